package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// equalEnvironments warns of two environments that are the same namespaces. Those without a selector
// are the namespaces of their blocks, which can be in only one.
func (c *checker) equalEnvironments() {
	first := map[string]*topology.Environment{}
	all := slices.Clone(c.Environments)
	slices.SortStableFunc(all, func(a, b *topology.Environment) int {
		if a.Span.File != b.Span.File {
			return 0
		}
		return a.Span.Start - b.Span.Start
	})
	for _, e := range all {
		if e.Undeclared.IsEmpty() && len(e.Namespaces) == 0 {
			continue
		}
		key := e.Selector.String()
		if other := first[key]; other != nil {
			c.report(diag.New(diag.EqualSelectors, e.Span, "environments %s and %s select the same namespaces", other.Name, e.Name).
				WithRelated(other.Span, "%s is declared here", other.Name).
				WithHelp("merge them, or write `by KEY` alone, which means KEY=%s for %s", e.Name, e.Name))
			continue
		}
		first[key] = e
	}
}

// equalSelectors warns of two tiers of a namespace, or across the same ones, that are the same pods
// under two names: edges of one are edges of the other.
func (c *checker) equalSelectors() {
	lists := [][]*topology.Tier{c.Tiers}
	for _, n := range c.Namespaces {
		lists = append(lists, n.Tiers)
	}
	for _, list := range lists {
		tiers := slices.Clone(list)
		slices.SortStableFunc(tiers, func(a, b *topology.Tier) int {
			if a.Span.File != b.Span.File {
				return 0
			}
			return a.Span.Start - b.Span.Start
		})
		first := map[string]*topology.Tier{}
		for _, t := range tiers {
			if t.Selector.IsEmpty() {
				continue // reported as such
			}
			key := t.Selector.String()
			if t.Namespace == nil {
				key += " in " + t.Set()
			}
			if other := first[key]; other != nil {
				help := "merge them, or add a label that tells them apart"
				if t.Prelude { // it is last
					t, other = other, t
					help = fmt.Sprintf("call it %s: it then replaces the tier of the prelude", other.Name)
				}
				c.report(diag.New(diag.EqualSelectors, t.Span, "tiers %s and %s select the same pods", other.Name, t.Name).
					WithRelated(other.Span, "%s is declared here", other.Name).
					WithHelp("%s", help))
				continue
			}
			first[key] = t
		}
	}
}
