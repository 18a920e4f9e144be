package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// denials holds every deny, isolate and deny path against what the policies permit.
//
// A connection of a deny is permitted in two ways: an edge permits it on each side that is isolated,
// or neither side is isolated (open.go). It counts by the pods and addresses that match, not by
// names. Where it takes a pod that carries the labels of two unrelated tiers, or a named port that
// happens to be that number, it is a warning.
func (c *checker) denials() {
	for _, d := range c.Denies {
		c.emptyParties(d)
		switch d.Kind {
		case topology.Deny, topology.DenyIsolate:
			c.deny(d)
			c.open(d)
		case topology.DenyPath: // denyPaths searches for all of them together
			c.enforcedPath(d)
		default:
			panic(fmt.Sprintf("unknown kind of denial %d", d.Kind))
		}
	}
	c.denyPaths()
}

// breach is a connection that an edge permits and a denial forbids.
type breach struct {
	edge      *topology.Edge
	with      *topology.Edge // for an edge that opens one side: the edge that opens the other
	certainty semantics.Certainty
	from, to  relation.Party
	port      string
	guessed   bool // that a named port is this number
}

func (c *checker) deny(d *topology.Denial) {
	worst := map[span.Span]breach{}
	var order []span.Span
	c.breaches(d, func(b breach) {
		old, seen := worst[b.edge.Span]
		if !seen {
			order = append(order, b.edge.Span)
		}
		if !seen || b.certainty > old.certainty {
			worst[b.edge.Span] = b
		}
	})
	for _, at := range order {
		c.reportBreach(d, worst[at])
	}
}

// breaches calls yield for each edge that permits what a denial forbids. It
// walks the edges of the side where fewer are concerned.
func (c *checker) breaches(d *topology.Denial, yield func(breach)) {
	near, far, ends := d.From, d.To, c.from
	if c.count(c.to, d.To) < c.count(c.from, d.From) {
		near, far, ends = d.To, d.From, c.to
	}
	hits := c.matcher(far)
	for i, party := range near {
		found := ends.overlapping(party.Endpoint)
		if covering := c.mayCover(ends, party.Endpoint); covering != nil {
			found = slices.Concat(found, covering)
		}
		for _, o := range found {
			for _, edge := range *o.edges {
				other := edge.To
				if ends == c.to {
					other = edge.From
				}
				for _, hit := range hits(other) {
					if d.Kind == topology.DenyIsolate && hit.party == i {
						continue
					}
					b := breach{edge: edge, certainty: min(o.certainty, hit.certainty), to: hit.sample}
					_, b.from = c.overlap(party.Endpoint, o.Endpoint)
					from, to := party, far[hit.party]
					if ends == c.to {
						b.from, b.to = b.to, b.from
						from, to = to, from
					}
					if c.breach(&b, from.Endpoint, to) {
						yield(b)
					}
				}
			}
		}
	}
}

// breach completes a breach with its port, and with what permits the other side of an edge that
// opens one side only. It reports whether there is such a connection.
func (c *checker) breach(b *breach, from *topology.Endpoint, to topology.Party) bool {
	certainty, port := portsInAll(b.edge.Ports, to.Ports)
	if certainty == semantics.Never {
		return false
	}
	if opensOther(b.edge, relation.Ingress, b.to) {
		certain, free := c.free(b.edge.To, to.Endpoint, relation.Ingress)
		if certain == semantics.Never {
			return false // an edge that opens the destination finds the pair
		}
		b.certainty, b.to = min(b.certainty, certain), free
	}
	if opensOther(b.edge, relation.Egress, b.from) {
		if certain, free := c.free(b.edge.From, from, relation.Egress); certain != semantics.Never {
			b.certainty, b.from = min(b.certainty, certain), free
		} else if certainty, port = c.sender(b, from, to); certainty == semantics.Never {
			return false
		}
	}
	b.guessed = b.certainty == semantics.Surely && certainty == semantics.Possibly
	b.certainty, b.port = min(b.certainty, certainty), port
	return true
}

// opensOther reports whether an edge opens only its other side for a party at this end: for
// any party if the end is all, for a pod if the end is an address block that may match pods, and for a
// pod if the edge is written so. Only tiers, namespaces and environments have pods that a rule is for.
func opensOther(e *topology.Edge, d relation.Direction, party relation.Party) bool {
	end := endOf(e, d)
	return party.Namespace != "" && (end.Kind == topology.Everything || end.Kind == topology.Addresses || !e.Opens(d))
}

// free returns a party of both endpoints that is not isolated in a direction. All, and an address block
// that may match pods, count as every pod.
func (c *checker) free(a, b *topology.Endpoint, d relation.Direction) (semantics.Certainty, relation.Party) {
	whole := b // all that they share
	switch {
	case a.Kind == topology.Everything || a.Kind == topology.Addresses || a == b:
	case b.Kind == topology.Everything || b.Kind == topology.Addresses:
		whole = a
	case a.Kind == topology.ClusterPods:
	case b.Kind == topology.ClusterPods:
		whole = a
	case a.Namespace != nil || b.Namespace != nil:
		if pod, ok := semantics.FreePod(cmp.Or(a.Namespace, b.Namespace), d, a, b); ok {
			return semantics.Overlaps(a, b), pod
		}
		return semantics.Never, relation.Party{}
	default:
		return c.freeOfBoth(a, b, d)
	}
	if party, ok := c.unisolated(whole, d).any(); ok {
		return semantics.Surely, party
	}
	return semantics.Never, relation.Party{}
}

// freeOfBoth is free for two sets of namespaces, or tiers across namespaces.
func (c *checker) freeOfBoth(a, b *topology.Endpoint, d relation.Direction) (semantics.Certainty, relation.Party) {
	for _, n := range semantics.Declared(a, c.Topology) {
		if pod, ok := semantics.FreePod(n, d, a, b); ok && semantics.HasPodsIn(b, n) {
			return semantics.Overlaps(a, b), pod
		}
	}
	return semantics.StrangersOfBoth(a, b)
}

// common returns a pod that endpoints share.
func (c *checker) common(list ...*topology.Endpoint) (semantics.Certainty, relation.Party) {
	certainty := semantics.Surely
	var home *topology.Namespace
	var labels relation.Selector
	var environments []*topology.Endpoint
	for i, e := range list {
		for _, other := range list[:i] {
			certainty = min(certainty, c.overlaps(e, other))
		}
		if e.Namespace != nil {
			home = e.Namespace
		}
		if e.Tier != nil {
			labels = labels.Intersect(e.Tier.Selector)
		}
		if e.Environment != nil && !slices.Contains(environments, e) {
			environments = append(environments, e)
		}
	}
	switch {
	case certainty == semantics.Never || labels.IsEmpty():
		return semantics.Never, relation.Party{}
	case home == nil && environments == nil:
		return certainty, relation.Party{Namespace: "any-namespace", Labels: labels.Sample()}
	case home == nil:
		_, pod := semantics.Overlap(environments[0], environments[len(environments)-1])
		pod.Labels = labels.Sample()
		return certainty, pod
	}
	return certainty, relation.Party{Namespace: home.Name, Labels: labels.Sample()}
}

// sender completes a breach whose edge opens the destination only with an edge that opens the
// egress of the source, but not the ingress of the destination: those that do are breaches by themselves.
func (c *checker) sender(b *breach, from *topology.Endpoint, to topology.Party) (best semantics.Certainty, port string) {
	for _, other := range c.from.overlapping(from) {
		if other.Kind == topology.Everything || other.Kind == topology.Addresses {
			continue
		}
		for _, e := range *other.edges {
			target, arrives := semantics.Surely, b.to
			switch {
			case !e.Opens(relation.Egress):
				continue
			case e.To.Kind == topology.Everything || b.to.Namespace != "" && c.mayBeSamePod(e.To, to.Endpoint):
			case b.to.Namespace != "" && c.coverable[e.To]:
				target = semantics.Possibly
			case e.Side == topology.EgressSide && b.to.Namespace != "" && !opensOther(b.edge, relation.Ingress, b.to):
				target, arrives = c.common(to.Endpoint, b.edge.To, e.To)
			default:
				continue
			}
			certainty, p := portsInAll(e.Ports, b.edge.Ports, to.Ports)
			sent, sends := c.common(from, other.Endpoint, b.edge.From)
			if certainty = min(certainty, target, sent); certainty > best {
				best, port, b.with = certainty, p, e
				b.from, b.to = sends, arrives
			}
		}
	}
	return best, port
}

// mayBeSamePod reports whether an address block may match a pod of a party. If that is a block too,
// both must have the pod's address.
func (c *checker) mayBeSamePod(block, party *topology.Endpoint) bool {
	if !block.MayBePods || party.Kind != topology.Addresses {
		return block.MayBePods
	}
	common := block.Addrs.Intersect(party.Addrs)
	return slices.ContainsFunc(c.Network.Pods, func(b topology.Block) bool { return common.Overlaps(b.Addrs()) })
}

func (c *checker) reportBreach(d *topology.Denial, b breach) {
	code, forbids := forbidden(d)
	help := "remove or narrow the edge, or change what is forbidden"
	lets := "lets"
	if b.certainty == semantics.Possibly {
		code, lets = diag.PossiblyDenied, "could let"
		help = "if no pod has both sets of labels, exclude one in a selector, as in !LABEL"
		switch {
		case c.coverable[b.edge.From] || c.coverable[b.edge.To] || b.with != nil && c.coverable[b.with.To]:
			help = "a private block may cover pods: declare them with `network { pods CIDR }`"
		case b.to.Host != "":
			help = "a DNS name can have any address: if this one has none that is denied, ignore this"
		case b.guessed:
			help = "a named port can be any number in a container; write the number in both places"
		}
	}
	connection := fmt.Sprintf("%s %s reach %s on %s, which %s", lets, b.from, b.to, b.port, forbids)
	var out diag.Diagnostic
	if b.edge.Implicit {
		out = diag.New(code, d.Span, "resolving names %s", connection).
			WithRelated(b.edge.Because[0].Span, "because of this edge, %s gets an implicit edge to the resolvers", b.edge.From).
			WithRelated(b.edge.Span, "the resolvers are declared here")
	} else {
		out = diag.New(code, b.edge.Span, "this edge %s", connection).
			WithRelated(d.Span, "forbidden here")
	}
	if b.with != nil {
		out = out.WithRelated(b.with.Span, "this edge lets %s send", b.with.From)
	}
	c.report(out.WithHelp("%s", help))
}

// forbidden returns the code for what violates a denial, and how to call that.
func forbidden(d *topology.Denial) (diag.Code, string) {
	if d.Kind == topology.DenyIsolate {
		return diag.Isolated, "an isolate forbids"
	}
	return diag.Denied, "a deny forbids"
}

// portsInAll returns whether sets of ports, the last of which is denied, have one in common, and
// which. A named port could be any number of its protocol.
func portsInAll(sets ...relation.Ports) (semantics.Certainty, string) {
	common := sets[0]
	for _, s := range sets[1:] {
		common = common.Intersect(s)
	}
	if !common.IsEmpty() {
		return semantics.Surely, common.Sample()
	}
	if port, ok := relation.PossiblyCommon(sets...); ok {
		return semantics.Possibly, port.String()
	}
	return semantics.Never, ""
}

// count returns how many edges and blocks breaches looks at on a side.
func (c *checker) count(x *ends, parties []topology.Party) int {
	n := 0
	if len(c.coverable) > 0 {
		n = len(parties) * len(x.addresses)
	}
	for _, p := range parties {
		n += x.count(p.Endpoint)
	}
	return n
}

// hit is a party, by its number, that has something in common with an endpoint.
type hit struct {
	party     int
	certainty semantics.Certainty
	sample    relation.Party
}

// matcher returns a function that finds the hits of an endpoint among parties, and remembers them.
func (c *checker) matcher(parties []topology.Party) func(*topology.Endpoint) []hit {
	known := map[*topology.Endpoint][]hit{}
	return func(e *topology.Endpoint) []hit {
		hits, ok := known[e]
		if ok {
			return hits
		}
		for i, p := range parties {
			if certainty, sample := c.overlap(p.Endpoint, e); certainty != semantics.Never {
				hits = append(hits, hit{i, certainty, sample})
			}
		}
		known[e] = hits
		return hits
	}
}
