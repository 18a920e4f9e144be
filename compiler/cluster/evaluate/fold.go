package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// fold returns what the rules of a tier permit before what comes below it, at least or at most.
func (r *reduction) fold(units []unit, below []item, most bool) []item {
	// What is left of each item below, and what the rules of the tier accept.
	left := make([][]relation.Rule, len(below))
	whole := make([]bool, len(below))
	for i, b := range below {
		left[i], whole[i] = []relation.Rule{b.Rule}, true
	}
	var accepted []item
	take := func(others ...relation.Rule) {
		for i, changed := range r.minusEach(left, others) {
			whole[i] = whole[i] && !changed
		}
		if len(accepted) == 0 {
			return
		}
		each := make([][]relation.Rule, len(accepted))
		for i, a := range accepted {
			each[i] = []relation.Rule{a.Rule}
		}
		r.minusEach(each, others)
		var next []item
		for i, a := range accepted {
			for _, rule := range each[i] {
				next = append(next, item{Rule: rule, Origin: a.Origin})
			}
		}
		accepted = next
	}
	pass := func(b box) {
		var also []item // of what the tier accepts, what is permitted below as well
		if !b.sure && !most {
			for _, a := range accepted {
				both, some := a.And(b.Rule, r.facts)
				if !some {
					continue
				}
				for _, n := range below {
					r.steps--
					if rule, overlaps := both.And(n.Rule, r.facts); overlaps {
						also = append(also, item{Rule: rule, Origin: a.Origin})
					}
				}
			}
		}
		var kept []item
		if !b.sure && most {
			kept = accepted
		}
		before := slices.Clone(left)
		wasWhole := slices.Clone(whole)
		take(b.Rule)
		for i, n := range below {
			switch both, some := n.And(b.Rule, r.facts); {
			case wasWhole[i]: // passing it changes nothing
				left[i], whole[i] = before[i], true
			case !some:
			case b.sure || most:
				left[i] = append(slices.Clip(left[i]), both)
			default: // what is left is permitted either way
				left[i] = before[i]
			}
		}
		if kept != nil {
			accepted = kept
		}
		accepted = append(accepted, also...)
	}
	var denied []relation.Rule // by rules that follow each other, which are taken away together
	deny := func() {
		take(denied...)
		denied = nil
	}
	for _, u := range slices.Backward(units) {
		for _, b := range u.boxes {
			switch {
			case u.action == clusterpolicy.Pass:
				deny()
				pass(b)
			case u.action == clusterpolicy.Deny && (b.sure || !most):
				denied = append(denied, b.Rule)
			case u.action == clusterpolicy.Accept && (b.sure || most):
				deny()
				accepted = append(accepted, item{Rule: b.Rule, Origin: u.Origin})
			}
			if r.spent() {
				return nil
			}
		}
	}
	if deny(); r.spent() {
		return nil
	}
	out := accepted
	for i, b := range below {
		for _, rule := range left[i] {
			out = append(out, item{Rule: rule, Origin: b.Origin})
		}
	}
	return out
}
