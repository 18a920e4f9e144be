package check

import (
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// webPorts are the ports of edges to all that are most often meant for addresses.
var webPorts = relation.UnionPorts(
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 80, High: 80}),
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 443, High: 443}))

// maxOneSided bounds how many tiers and edges toAll looks at.
const maxOneSided = 1_000_000

// toAll notes edges to all on a port on which tiers listen, if no edge lets the source into any of
// them. An edge to all opens no ingress, so these connections are denied. An edge with egress before it
// states that this is the intent.
func (c *checker) toAll() {
	work := 0
	for _, e := range c.Edges {
		pods := e.From.Tier != nil || e.From.Kind == topology.NamespacePods
		if e.Implicit || e.Side != topology.BothSides || !pods || e.To.Kind != topology.Everything || e.PortsSpan.IsZero() || e.Ports.Overlaps(webPorts) {
			continue
		}
		var closed []*topology.Tier
		for _, n := range c.Namespaces {
			for _, t := range n.Tiers {
				if work++; !listensOn(t, e.Ports).IsEmpty() && !semantics.Free(t.Endpoint, relation.Ingress) && semantics.Overlaps(e.From, t.Endpoint) == semantics.Never {
					closed = append(closed, t)
				}
			}
		}
		if work += c.from.count(e.From) * len(closed); work > maxOneSided {
			return
		}
		if len(closed) > 0 && !c.opensAny(e, closed) {
			c.reportOneSided(e, closed)
		}
	}
}

// listensOn returns those of some ports on which a tier listens.
func listensOn(t *topology.Tier, ports relation.Ports) (common relation.Ports) {
	for _, l := range t.Listens {
		if l.Ports.Overlaps(ports) {
			common = common.Union(l.Ports.Intersect(ports))
		}
	}
	return common
}

// opensAny reports whether some edge lets the source of e into one of the tiers on its ports.
func (c *checker) opensAny(e *topology.Edge, tiers []*topology.Tier) bool {
	for _, o := range c.from.overlapping(e.From) {
		for _, other := range *o.edges {
			if other.To.Kind == topology.Everything || !other.Opens(relation.Ingress) || !other.Ports.Overlaps(e.Ports) {
				continue
			}
			for _, t := range tiers {
				if semantics.Overlaps(other.To, t.Endpoint) != semantics.Never {
					return true
				}
			}
		}
	}
	return false
}

func (c *checker) reportOneSided(e *topology.Edge, closed []*topology.Tier) {
	const most = 3
	ports := listensOn(closed[0], e.Ports).String()
	var names []string
	for _, t := range closed {
		if len(names) < most && listensOn(t, e.Ports).String() == ports {
			names = append(names, t.String())
		}
	}
	help := "write the tiers as well: `%s -> %s :%s`"
	if len(names) < len(closed) {
		help = "write all such tiers as well, for example `%s -> %s :%s`"
	}
	c.report(diag.New(diag.OneSided, e.ToSpan, "an edge to all opens no ingress: %s cannot connect to %s", e.From, closed[0]).
		WithRelated(closed[0].Span, "%s listens on this port", closed[0]).
		WithHelp(help, e.From, strings.Join(names, ", "), ports))
}
