package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

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
