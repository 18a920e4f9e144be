package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// A deny path holds when no chain of connections leads from one party to another. The search goes
// breadth first over what edges reach: from the parties that a step arrives at, through the pods of
// governed namespaces among them, to the edges that those pods may use. It runs over
// the connections that are certain and, if it finds no chain there, also over those that only a pod of
// two tiers would make.

// step is one connection of a chain.
type step struct {
	edge  *topology.Edge
	to    *topology.Endpoint
	ports relation.Ports
	prev  *step
}

// arrival is where steps arrive, at all pods there or, if their edges open only the egress of the
// source, at those that are not isolated for ingress.
type arrival struct {
	*topology.Endpoint
	freely bool
}

// freely reports whether a step arrives only at pods that are not isolated for ingress.
func (s *step) freely() bool { return !s.edge.Opens(relation.Ingress) }

// search is one breadth-first search.
type search struct {
	*checker
	least   semantics.Certainty // what counts as connected
	queue   []*step
	visited map[arrival]bool
	// arrived is the first step to each endpoint that is reached otherwise than
	// by resolving names in a namespace that is not isolated, in the order of arrival.
	arrived []*step
}

func (c *checker) search(least semantics.Certainty) *search {
	return &search{checker: c, least: least, visited: map[arrival]bool{}}
}

// route is one pair of a deny path's parties.
type route struct {
	denial   *topology.Denial
	from, to topology.Party
}

// denyPaths looks for a chain for each pair of each deny path, a batch of targets after the other.
func (c *checker) denyPaths() {
	routes := map[*topology.Endpoint][]route{}
	var targets []*topology.Endpoint
	for _, d := range c.Denies {
		if d.Kind != topology.DenyPath {
			continue
		}
		for _, to := range d.To {
			if routes[to.Endpoint] == nil {
				targets = append(targets, to.Endpoint)
			}
			for _, from := range d.From {
				routes[to.Endpoint] = append(routes[to.Endpoint], route{d, from, to})
			}
		}
	}
	if len(targets) == 0 {
		return
	}
	reach := newReach(c)
	for some := range slices.Chunk(targets, batch) {
		reach.aim(some)
		for _, target := range some {
			for _, r := range routes[target] {
				may := reach.may(r.from.Endpoint, target)
				if may && c.denyRoute(r, semantics.Surely) {
					continue
				}
				if reach.mayLeave(r.from.Endpoint, target) {
					c.untraced(r)
				}
				if may {
					c.denyRoute(r, semantics.Possibly)
				}
			}
		}
	}
}

// denyRoute reports a chain along a route that is not to be, if there is one.
func (c *checker) denyRoute(r route, least semantics.Certainty) bool {
	found := c.search(least).chain(r.from.Endpoint, r.to)
	if found != nil {
		c.reportPath(r, found, least)
	}
	return found != nil
}

// chain returns the last step of a shortest chain to a party, or nil.
func (s *search) chain(from *topology.Endpoint, to topology.Party) *step {
	s.expand(from, nil)
	for len(s.queue) > 0 {
		next := s.queue[0]
		s.queue = s.queue[1:]
		if s.arrives(next, to) {
			return next
		}
		if tracked(next.edge) && (!next.freely() || semantics.Free(next.to, relation.Ingress)) {
			s.arrived = append(s.arrived, next)
		}
		if at := (arrival{next.to, next.freely()}); !s.visited[at] {
			s.visited[at] = true
			s.expandGoverned(next)
		}
	}
	return nil
}

// arrives reports whether a step reaches a party on a denied port.
func (s *search) arrives(last *step, to topology.Party) bool {
	target, _ := semantics.Overlap(last.to, to.Endpoint)
	if opensOneSide(last.to, to.Endpoint) && !semantics.Free(to.Endpoint, relation.Ingress) {
		return false // the party itself accepts only what an edge names
	}
	if last.freely() {
		free, _ := s.free(last.to, to.Endpoint, relation.Ingress)
		target = min(target, free)
	}
	port, _ := portsInAll(last.ports, to.Ports)
	return min(target, port) >= s.least
}

// expand queues what pods and addresses of an endpoint may open.
func (s *search) expand(at *topology.Endpoint, prev *step) {
	sendsTo := relation.Ports{}             // what edges from at open towards every pod
	var accepting, sending []*topology.Edge // edges that open one side only
	for _, o := range s.from.overlapping(at) {
		if o.certainty < s.least {
			continue
		}
		for _, e := range *o.edges {
			if opensOneSide(o.Endpoint, at) || !e.Opens(relation.Egress) {
				accepting = append(accepting, e)
				continue
			}
			s.queue = append(s.queue, &step{e, e.To, e.Ports, prev})
			switch toEvery := e.To.Kind == topology.Everything || e.To.MayBePods; {
			case e.Side == topology.EgressSide, toEvery && s.oneSided:
				sending = append(sending, e)
			case toEvery:
				sendsTo = sendsTo.Union(e.Ports)
			}
		}
	}
	if semantics.Free(at, relation.Egress) {
		sendsTo = relation.EveryPort
	}
	for _, e := range accepting {
		ports := relation.Ports{}
		if !s.oneSided || e.Opens(relation.Egress) {
			ports = e.Ports.Intersect(sendsTo)
		} else if certainty, _ := s.free(at, e.From, relation.Egress); certainty >= s.least {
			ports = e.Ports
		}
		for _, other := range sending {
			if s.meet(at, other, e) {
				ports = ports.Union(other.Ports.Intersect(e.Ports))
			}
		}
		if !ports.IsEmpty() {
			s.queue = append(s.queue, &step{e, e.To, ports, prev})
		}
	}
}

// meet reports whether two edges together permit a connection that starts at an endpoint: the first
// opens the egress of the source, and the second the ingress of the destination.
func (s *search) meet(at *topology.Endpoint, sends, accepts *topology.Edge) bool {
	if apart(sends, accepts) {
		return false
	}
	source, _ := s.common(at, sends.From, accepts.From)
	if sends.To.Kind == topology.Everything || sends.To.MayBePods {
		return source >= s.least
	}
	return min(source, semantics.Overlaps(sends.To, accepts.To)) >= s.least
}

// opensOneSide reports whether edges with an endpoint open only their other side for the parties of
// another: edges of all, and for pods those of an address block that may match pods.
func opensOneSide(end, party *topology.Endpoint) bool {
	return end.Kind == topology.Everything || end.Kind == topology.Addresses && party.Kind != topology.Addresses
}

// expandGoverned continues from where a step arrives, through the pods there that are isolated in some
// direction. Nothing isolates the others, so chains are not followed through them.
func (s *search) expandGoverned(last *step) {
	to := last.to
	switch to.Kind {
	case topology.TierPods, topology.NamespacePods:
		for _, part := range s.governed(to, s.least, last.freely()) {
			if part != to {
				s.expandOnce(part, last)
			} else {
				s.expand(to, last)
			}
		}
		return
	case topology.Addresses:
		if !to.MayBePods {
			return
		}
	case topology.EnvironmentPods, topology.AcrossPods, topology.ClusterPods, topology.Everything:
	default:
		panic(unknownKind(to))
	}
	for _, n := range s.Namespaces {
		if to.Kind != topology.Addresses && !semantics.HasPodsIn(to, n) {
			continue
		}
		// Pods that are isolated for ingress accept only what an edge names, which is its own step.
		for _, part := range s.governed(s.local(to, n), s.least, last.freely() || opensOneSide(to, n.Endpoint)) {
			s.expandOnce(part, last)
		}
	}
}

// expandOnce expands an endpoint, unless the search has done so.
func (s *search) expandOnce(e *topology.Endpoint, last *step) {
	if at := (arrival{e, false}); !s.visited[at] {
		s.visited[at] = true
		s.expand(e, last)
	}
}

func (c *checker) reportPath(r route, last *step, certainty semantics.Certainty) {
	d, from, to := r.denial, r.from, r.to
	reaches := "reaches"
	var steps []*step
	for s := last; s != nil; s = s.prev {
		steps = append([]*step{s}, steps...)
	}
	_, source := semantics.Overlap(from.Endpoint, steps[0].edge.From)
	_, target := semantics.Overlap(last.to, to.Endpoint)
	_, port := portsInAll(last.ports, to.Ports)
	code, help := diag.DeniedPath, "remove or narrow an edge of the chain, or change the deny path"
	if certainty == semantics.Possibly {
		code, reaches = diag.PossiblyDenied, "could reach"
		help = "if no pod has both sets of labels, exclude one in a selector, as in !LABEL"
	}
	length := "one connection"
	if len(steps) > 1 {
		length = fmt.Sprintf("%d connections", len(steps))
	}
	out := diag.New(code, d.Span, "%s %s %s on %s through %s", source, reaches, target, port, length)
	for i, s := range steps {
		what := s.edge.String()
		if s.edge.Implicit {
			what += " (implicit, for DNS)"
		}
		out = out.WithRelated(s.edge.Span, "step %d: %s", i+1, what)
	}
	c.report(out.WithHelp("%s", help))
}
