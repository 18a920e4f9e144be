package check

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// denials holds every deny, isolate and deny path against the edges.
//
// A deny counts by the pods and addresses that match, not by names. An edge
// breaks it where both have a connection in common; where that takes a pod that carries the
// labels of two unrelated tiers, or a named port that happens to be that
// number, it is a warning.
func (c *checker) denials() {
	for _, d := range c.Denies {
		if d.Kind != topology.DenyPath {
			c.deny(d)
		}
		c.enforcedDeny(d)
	}
	c.denyPaths()
}

// breach is a connection that an edge permits and a denial forbids.
type breach struct {
	edge      *topology.Edge
	with      *topology.Edge // for an edge of all: the edge that speaks for the other side
	certainty meaning.Certainty
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
	if count(c.to, d.To) < count(c.from, d.From) {
		near, far, ends = d.To, d.From, c.to
	}
	match := newMatcher(far)
	for i, party := range near {
		for _, o := range ends.overlapping(party.Endpoint) {
			for _, edge := range *o.edges {
				other := edge.To
				if ends == c.to {
					other = edge.From
				}
				for _, hit := range match.of(other) {
					if d.Kind == topology.DenyIsolate && hit.party == i {
						continue
					}
					b := breach{edge: edge, certainty: min(o.certainty, hit.certainty), to: hit.sample}
					_, b.from = meaning.Overlap(party.Endpoint, o.Endpoint)
					ports, from, to := far[hit.party].Ports, party.Endpoint, far[hit.party].Endpoint
					if ends == c.to {
						b.from, b.to = b.to, b.from
						ports, from, to = party.Ports, to, from
					}
					c.breach(b, ports, from, to, yield)
				}
			}
		}
	}
}

// breach completes a breach with its port, and looks for the other half of an edge of all.
func (c *checker) breach(b breach, denied relation.Ports, from, to *topology.Endpoint, yield func(breach)) {
	certainty, port := portsOverlap(b.edge.Ports, denied)
	if certainty == meaning.Never {
		return
	}
	b.guessed = b.certainty == meaning.Surely && certainty == meaning.Possibly
	b.certainty, b.port = min(b.certainty, certainty), port
	switch {
	case b.edge.From.Kind == topology.Everything && !meaning.Free(from, relation.Egress):
		// The edge opens the destination only; somebody must let the source send.
		for _, other := range c.from.overlapping(from) {
			for _, e := range *other.edges {
				if e.To.Kind == topology.Everything && e.Ports.Intersect(b.edge.Ports).Overlaps(denied) {
					b.with = e
					_, b.from = meaning.Overlap(from, other.Endpoint)
					b.certainty = min(b.certainty, other.certainty)
					yield(b)
					return
				}
			}
		}
	case b.edge.To.Kind == topology.Everything && !meaning.Free(to, relation.Ingress):
		// The pair with an edge from all is found from that edge.
	default:
		yield(b)
	}
}

func (c *checker) reportBreach(d *topology.Denial, b breach) {
	code, forbids := diag.Denied, "a deny forbids"
	if d.Kind == topology.DenyIsolate {
		code, forbids = diag.Isolated, "an isolate forbids"
	}
	help := "remove the edge or narrow it, or change what is forbidden"
	lets := "lets"
	if b.certainty == meaning.Possibly {
		code, lets = diag.PossiblyDenied, "could let"
		help = "if such a pod cannot exist, say so in the selectors (for example with !LABEL); --strict makes this an error"
		if b.guessed {
			help = "a container's named port may be any number: write the number in both places; --strict makes this an error"
		}
	}
	connection := fmt.Sprintf("%s %s reach %s on %s, which %s", lets, b.from, b.to, b.port, forbids)
	var out diag.Diagnostic
	if b.edge.Implicit {
		out = diag.New(code, d.Span, "resolving names %s", connection).
			WithRelated(b.edge.Because[0].Span, "this edge makes %s open connections, so it resolves names", b.edge.From).
			WithRelated(b.edge.Span, "the resolvers are declared here")
	} else {
		out = diag.New(code, b.edge.Span, "%s -> %s %s", b.edge.From, b.edge.To, connection).
			WithRelated(d.Span, "forbidden here")
	}
	if b.with != nil {
		out = out.WithRelated(b.with.Span, "this edge lets %s send", b.with.From)
	}
	c.report(out.WithHelp("%s", help))
}

// portsOverlap says whether two sets of ports have one in common, and which.
// A named port could be any number of its protocol.
func portsOverlap(a, b relation.Ports) (meaning.Certainty, string) {
	if common := a.Intersect(b); !common.IsEmpty() {
		return meaning.Surely, common.Sample()
	}
	if a.MayOverlap(b) {
		return meaning.Possibly, a.Sample()
	}
	return meaning.Never, ""
}

func count(x *ends, parties []topology.Party) int {
	n := 0
	for _, p := range parties {
		n += x.count(p.Endpoint)
	}
	return n
}

// matcher finds which of a list of parties have something in common with an
// endpoint, and remembers it.
type matcher struct {
	parties []topology.Party
	known   map[*topology.Endpoint][]hit
}

type hit struct {
	party     int
	certainty meaning.Certainty
	sample    relation.Party
}

func newMatcher(parties []topology.Party) *matcher {
	return &matcher{parties, map[*topology.Endpoint][]hit{}}
}

func (m *matcher) of(e *topology.Endpoint) []hit {
	if hits, ok := m.known[e]; ok {
		return hits
	}
	var hits []hit
	for i, p := range m.parties {
		if certainty, sample := meaning.Overlap(p.Endpoint, e); certainty != meaning.Never {
			hits = append(hits, hit{i, certainty, sample})
		}
	}
	m.known[e] = hits
	return hits
}
