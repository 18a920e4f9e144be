package check

import (
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// unused warns of declarations that nothing refers to: an external, and a tier that isolates nothing,
// whose only purpose is to be a peer.
func (c *checker) unused() {
	used := map[*topology.Endpoint]bool{}
	for _, e := range c.Edges {
		used[e.From], used[e.To] = true, true
	}
	for _, e := range c.Resolvers {
		used[e] = true
	}
	for _, d := range c.Denies {
		for _, list := range [][]topology.Party{d.From, d.To} {
			for _, p := range list {
				used[p.Endpoint] = true
			}
		}
	}
	for _, x := range c.Externals {
		if !used[x.Endpoint] {
			c.report(diag.New(diag.UnusedExternal, x.Span, "no edge uses external %s", x.Name).
				WithHelp("remove it, or add the missing edge"))
		}
	}
	for _, t := range c.Tiers {
		if !used[t.Endpoint] {
			c.report(diag.New(diag.UnusedTier, t.Span, "no edge uses tier %s, and a tier across namespaces isolates nothing", t).
				WithHelp("remove it, or add the missing edge"))
		}
	}
	for _, n := range c.Namespaces {
		for _, t := range n.Tiers {
			if !n.Governed() && !t.Ingress && !t.Egress && !t.Prelude && !used[t.Endpoint] {
				why := "its namespace is not isolated"
				if n.Enforced() {
					why = "it isolates nothing"
				}
				c.report(diag.New(diag.UnusedTier, t.Span, "no edge uses tier %s, and %s", t, why).
					WithHelp("remove it, or add the missing edge"))
			}
		}
	}
}
