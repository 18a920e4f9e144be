package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// A deny path holds when no chain of connections leads from one party to
// another. The search goes breadth first over what edges reach: from the
// parties that a step arrives at, through the pods of governed namespaces among them, to
// the edges that those pods may use. It runs twice: over what surely connects,
// and where that finds nothing over what a pod of two tiers would connect too.

// step is one connection of a chain.
type step struct {
	edge  *topology.Edge
	to    *topology.Endpoint
	ports relation.Ports
	prev  *step
}

// search is one breadth-first search.
type search struct {
	*checker
	least   meaning.Certainty // what counts as connected
	queue   []*step
	visited map[*topology.Endpoint]bool
	// arrived is the first step to each endpoint that is reached otherwise than
	// by resolving names in a namespace that nobody governs, in the order of arrival.
	arrived []*step
}

func (c *checker) search(least meaning.Certainty) *search {
	return &search{checker: c, least: least, visited: map[*topology.Endpoint]bool{}}
}

// route is one pair of a deny path's parties.
type route struct {
	denial   *topology.Denial
	from, to topology.Party
}

// denyPaths looks for a chain for each pair of each deny path, a batch of
// targets after the other.
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
				if may && c.denyRoute(r, meaning.Surely) {
					continue
				}
				if reach.mayLeave(r.from.Endpoint, target) {
					c.untraced(r)
				}
				if may {
					c.denyRoute(r, meaning.Possibly)
				}
			}
		}
	}
}

// denyRoute reports a chain along a route that is not to be, if there is one.
func (c *checker) denyRoute(r route, least meaning.Certainty) bool {
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
		if told(next.edge) {
			s.arrived = append(s.arrived, next)
		}
		if !s.visited[next.to] {
			s.visited[next.to] = true
			s.expandGoverned(next)
		}
	}
	return nil
}

// arrives reports whether a step reaches a party on a denied port.
func (s *search) arrives(last *step, to topology.Party) bool {
	target, _ := meaning.Overlap(last.to, to.Endpoint)
	if last.to.Kind == topology.Everything && !meaning.Free(to.Endpoint, relation.Ingress) {
		return false // whoever may accept: the party itself accepts nobody unnamed
	}
	port, _ := portsOverlap(last.ports, to.Ports)
	return min(target, port) >= s.least
}

// expand queues what pods and addresses of an endpoint may open.
func (s *search) expand(at *topology.Endpoint, prev *step) {
	sendsTo := relation.Ports{}
	for _, o := range s.from.overlapping(at) {
		if o.certainty < s.least || o.Kind == topology.Everything {
			continue
		}
		for _, e := range *o.edges {
			s.queue = append(s.queue, &step{e, e.To, e.Ports, prev})
			if e.To.Kind == topology.Everything {
				sendsTo = sendsTo.Union(e.Ports)
			}
		}
	}
	if meaning.Free(at, relation.Egress) {
		sendsTo = relation.EveryPort
	}
	// Edges from all open their destination to whoever may send.
	for _, all := range s.from.wide {
		if all.Kind != topology.Everything || sendsTo.IsEmpty() {
			continue
		}
		for _, e := range s.from.of(all) {
			if ports := e.Ports.Intersect(sendsTo); !ports.IsEmpty() {
				s.queue = append(s.queue, &step{e, e.To, ports, prev})
			}
		}
	}
}

// expandGoverned goes on from where a step arrives, through the pods there that are of
// governed namespaces: nobody isolates the others, so no chain is traced through them.
func (s *search) expandGoverned(last *step) {
	to := last.to
	switch to.Kind {
	case topology.TierPods, topology.NamespacePods:
		if to.Namespace.Governed() {
			s.expand(to, last)
		}
		return
	case topology.Addresses:
		if !to.MayBePods {
			return
		}
	}
	for _, n := range s.Namespaces {
		if !n.Governed() || to.Kind != topology.Addresses && !meaning.Contains(to, n) {
			continue
		}
		if to.Kind == topology.Everything && n.Ingress {
			continue // accepts only whom an edge names, which is a step of its own
		}
		every := s.everyPod(n)
		if !s.visited[every] {
			s.visited[every] = true
			s.expand(every, last)
		}
	}
}

// everyPod returns the endpoint of a namespace's pods, known to edges or not.
func (c *checker) everyPod(n *topology.Namespace) *topology.Endpoint {
	if e := c.every[n]; e != nil {
		return e
	}
	e := &topology.Endpoint{Kind: topology.NamespacePods, Namespace: n, Name: n.Name + "/*"}
	c.every[n] = e
	return e
}

func (c *checker) reportPath(r route, last *step, certainty meaning.Certainty) {
	d, from, to := r.denial, r.from, r.to
	var steps []*step
	for s := last; s != nil; s = s.prev {
		steps = append([]*step{s}, steps...)
	}
	_, source := meaning.Overlap(from.Endpoint, steps[0].edge.From)
	_, target := meaning.Overlap(last.to, to.Endpoint)
	_, port := portsOverlap(last.ports, to.Ports)
	code, help := diag.DeniedPath, "remove or narrow one of the edges of the chain, or change what is denied"
	if certainty == meaning.Possibly {
		code = diag.PossiblyDenied
		help = "if such a pod cannot exist, say so in the selectors (for example with !LABEL); --strict makes this an error"
	}
	noun := fmt.Sprintf("%d connections lead", len(steps))
	if len(steps) == 1 {
		noun = "one connection leads"
	}
	out := diag.New(code, d.Span, "%s from %s to %s: from %s on to %s on %s", noun, from, to, source, target, port)
	for i, s := range steps {
		what := s.edge.String()
		if s.edge.Implicit {
			what += " (to resolve names)"
		}
		out = out.WithRelated(s.edge.Span, "step %d: %s", i+1, what)
	}
	c.report(out.WithHelp("%s", help))
}

// enforcedDeny warns of a denial that no policy can hold: between parties that
// are isolated on neither side, everything flows without any edge.
func (c *checker) enforcedDeny(d *topology.Denial) {
	for i, from := range d.From {
		for j, to := range d.To {
			if d.Kind == topology.DenyIsolate && i == j {
				continue
			}
			if !meaning.Enforced(from.Endpoint, relation.Egress, c.Topology) && !meaning.Enforced(to.Endpoint, relation.Ingress, c.Topology) {
				c.report(diag.New(diag.DenyNotEnforced, d.Span, "nothing keeps %s from %s: neither side is isolated", from, to).
					WithHelp("only pods of namespaces that zt governs are isolated; govern one of the two, or remove the line"))
				return
			}
		}
	}
}
