package policycheck

import (
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// maxWider is how many policies a rule is compared with.
const maxWider = 20

// redundantAcross notes rules that permit nothing beyond another policy for the same pods, or for more.
// It is only a note, since a policy may well be meant to be complete by itself.
func (c *check) redundantAcross() {
	inNamespace := map[string][]*policy{}
	for _, p := range c.policies {
		inNamespace[p.Object.Namespace] = append(inNamespace[p.Object.Namespace], p)
	}
	for _, ns := range slices.Sorted(maps.Keys(inNamespace)) {
		policies := inNamespace[ns]
		var selectors []relation.Selector
		for _, p := range policies {
			selectors = append(selectors, p.own)
		}
		index := relation.NewIndex(selectors)
		wider := map[string][]int{} // by selector: the first policies for these pods, or for more
		for i, p := range policies {
			key := p.own.String()
			list, known := wider[key]
			if !known {
				list = index.Implied(p.own)
				slices.Sort(list)
				list = slices.Clone(list[:min(len(list), maxWider+1)]) // one may be the policy itself
				wider[key] = list
			}
			for _, j := range list {
				if j != i {
					c.redundantBeside(p, policies[j], j < i)
				}
			}
		}
	}
}

// redundantBeside notes rules of a policy that another permits. Of two that permit the same, the later
// one is noted.
func (c *check) redundantBeside(p, q *policy, isLater bool) {
	for _, r := range p.rules() {
		mine, theirs := c.permitted(p, r.direction, r.position), c.permitted(q, r.direction, -1)
		if len(mine) == 0 || len(theirs) == 0 || p.isReported(r.path) || q.isReported("") || !c.covers(theirs, mine) {
			continue
		}
		if q.own.Implies(p.own) && !isLater && c.covers(mine, theirs) {
			continue
		}
		p.reported[r.path] = true
		at := place{span: p.At(r.path)}
		c.cause("beside "+q.Object.String()+" "+r.direction.String(), at, "", func() diag.Diagnostic {
			d := diag.New(diag.RedundantRule, at.span, "%s is redundant: %s permits all of it", p.rule(r), q.Object)
			d.Severity = diag.Note
			return d.WithRelated(q.Object.Span, "%s", q.Object).
				WithHelp("if it should restrict these pods, narrow the other policy; otherwise it can stay")
		})
	}
}

// isReported reports whether something in a rule, or in any with an empty path, has a diagnostic. What is
// meant there is something else than what it permits.
func (p *policy) isReported(rule string) bool {
	for at := range p.reported {
		if strings.HasPrefix(at, rule) {
			return true
		}
	}
	return false
}

// permitted returns what one rule of a policy permits in a direction, or all rules for -1.
func (c *check) permitted(p *policy, d relation.Direction, position int) []relation.Rule {
	var out []relation.Rule
	for _, part := range p.parts[d] {
		if position < 0 || part.Rule == position {
			r := part.Permits
			r.Own = relation.Selector{} // its pods are compared before
			out = append(out, r)
		}
	}
	return out
}
