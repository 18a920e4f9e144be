package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// equalSelectors warns of two tiers of a namespace that are the same pods
// under two names: edges of one are edges of the other.
func (c *checker) equalSelectors() {
	for _, n := range c.Namespaces {
		tiers := slices.Clone(n.Tiers)
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
			if other := first[key]; other != nil {
				c.report(diag.New(diag.EqualSelectors, t.Span, "tiers %s and %s select the same pods", other.Name, t.Name).
					WithRelated(other.Span, "%s is declared here", other.Name).
					WithHelp("merge them, or add a label that tells them apart"))
				continue
			}
			first[key] = t
		}
	}
}
