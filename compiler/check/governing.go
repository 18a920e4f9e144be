package check

import (
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// governing warns of edges that change nothing, since no governed namespace
// is on either side, and of isolating what the whole cluster needs.
func (c *checker) governing() {
	for _, n := range c.Namespaces {
		if n.Name == "kube-system" && n.Governed() {
			c.report(diag.New(diag.KubeSystemGoverned, n.IsolatesAt, "isolating kube-system can cut what the whole cluster needs").
				WithHelp("its pods speak to nodes, the API server and each other in ways that no manifest shows; write `isolates nothing`, or open what they need"))
		}
	}
	for _, e := range c.Edges {
		if !e.Implicit && !c.enforced(e) {
			c.report(diag.New(diag.NotEnforced, e.Span, "no policy enforces this edge: neither %s nor %s is isolated", e.From, e.To).
				WithHelp("what flows between parties that zt does not govern flows anyway; remove the edge, or govern one of the two"))
		}
	}
}

// enforced reports whether some policy serves an edge.
func (c *checker) enforced(e *topology.Edge) bool {
	return e.From.Kind != topology.Everything && meaning.Enforced(e.From, relation.Egress, c.Topology) ||
		e.To.Kind != topology.Everything && meaning.Enforced(e.To, relation.Ingress, c.Topology)
}
