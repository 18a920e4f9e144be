package check

import (
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// unused warns of declarations that nothing refers to: an external, and a
// tier of an ungoverned namespace, which is there only to be somebody's peer.
func (c *checker) unused() {
	used := map[*topology.Endpoint]bool{}
	for _, e := range c.Edges {
		used[e.From], used[e.To] = true, true
	}
	for _, e := range c.Resolvers {
		used[e] = true
	}
	tiers := map[*topology.Tier]bool{}
	for _, d := range c.Denies {
		for _, list := range [][]topology.Party{d.From, d.To} {
			for _, p := range list {
				used[p.Endpoint] = true
			}
		}
	}
	for e := range used {
		if e.Tier != nil {
			tiers[e.Tier] = true
		}
	}
	for _, x := range c.Externals {
		if !used[x.Endpoint] {
			c.report(diag.New(diag.UnusedExternal, x.Span, "no edge uses external %s", x.Name).
				WithHelp("remove it, or write the edge that was meant"))
		}
	}
	for _, n := range c.Namespaces {
		for _, t := range n.Tiers {
			if !n.Governed() && !t.Prelude && !tiers[t] {
				c.report(diag.New(diag.UnusedTier, t.Span, "no edge names tier %s, and its namespace is not governed", t).
					WithHelp("a tier of an ungoverned namespace gets no policy; remove it, or write the edge that was meant"))
			}
		}
	}
}
