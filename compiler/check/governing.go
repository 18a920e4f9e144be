package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// governing warns of edges that change nothing, since no governed namespace
// is on either side, and of isolating what the whole cluster needs.
func (c *checker) governing() {
	for _, n := range c.Namespaces {
		if n.Name == "kube-system" && n.Governed() {
			c.report(diag.New(diag.KubeSystemGoverned, n.IsolatesAt, "isolating kube-system can break services that the cluster needs").
				WithHelp("write `isolates nothing`, or add an edge for every connection of its pods"))
		}
	}
	for _, e := range c.Resolvers {
		n := e.Namespace
		isolated := n != nil && !(semantics.Free(e, relation.Ingress) && semantics.Free(e, relation.Egress))
		if isolated && (n.Name != "kube-system" || !n.Governed()) {
			at := n.IsolatesAt
			if e.Tier != nil && !e.Tier.IsolatesAt.IsZero() {
				at = e.Tier.IsolatesAt
			}
			if at.IsZero() {
				at = n.Span
			}
			c.report(diag.New(diag.KubeSystemGoverned, at, "isolating %s can cut other namespaces off from their resolvers", n.Name).
				WithHelp("write `isolates nothing`: the pods of %s resolve names for the whole cluster", e.Name))
		}
	}
	for _, e := range c.Edges {
		if !e.Implicit && !c.enforced(e) {
			c.report(notEnforced(e))
		}
	}
}

func notEnforced(e *topology.Edge) diag.Diagnostic {
	message, sides := fmt.Sprintf("neither %s nor %s is isolated", e.From, e.To), []*topology.Endpoint{e.From, e.To}
	switch e.Side {
	case topology.IngressSide:
		message, sides = fmt.Sprintf("it opens only the ingress of %s, which is not isolated", e.To), sides[1:]
	case topology.EgressSide:
		message, sides = fmt.Sprintf("it opens only the egress of %s, which is not isolated", e.From), sides[:1]
	}
	var help string
	switch pods := slices.DeleteFunc(sides, func(end *topology.Endpoint) bool { return end.Kind == topology.Addresses }); {
	case len(pods) == 0:
		help = "remove the edge: policies apply only to pods"
	case slices.ContainsFunc(pods, func(end *topology.Endpoint) bool { return end.Namespace == nil }):
		help = "remove the edge, or name pods that are isolated"
	case len(pods) == 1:
		help = fmt.Sprintf("remove the edge, or isolate %s", pods[0])
	default:
		help = "remove the edge, or isolate one side"
	}
	return diag.New(diag.NotEnforced, e.Span, "this edge has no effect: %s", message).WithHelp("%s", help)
}

// enforced reports whether some policy serves an edge.
func (c *checker) enforced(e *topology.Edge) bool {
	return c.enforcedSide(e, relation.Egress) || c.enforcedSide(e, relation.Ingress)
}

// enforcedSide reports whether some policy serves an edge in a direction.
func (c *checker) enforcedSide(e *topology.Edge, d relation.Direction) bool {
	own := endOf(e, d)
	return e.Opens(d) && own.Kind != topology.Everything && semantics.Enforced(own, d, c.Topology)
}
