package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// Denying returns what rules for the pods of a home deny in a direction, or may deny, whatever the rules before
// them accept or pass.
func (o *Ordered) Denying(home string, d relation.Direction) (out []relation.Rule) {
	l := o.layers[d][home]
	if l == nil {
		return nil
	}
	for _, u := range slices.Concat(l.admin, l.denied, l.baseline) {
		if u.action != clusterpolicy.Deny {
			continue
		}
		for _, b := range u.boxes {
			out = append(out, b.Rule)
		}
	}
	return out
}

// LeftOpen returns what the rules for the pods of a home deny to nobody: what is permitted, at least or at most,
// if policies permit everything to the pods that they isolate. It is false if that takes too long.
func (o *Ordered) LeftOpen(home string, d relation.Direction, most bool) (*relation.RuleSet, bool) {
	l := *o.layers[d][home]
	isolated, ok := (relation.Selector{}).SubtractAll(l.free, &o.reduction.left)
	if !ok {
		return nil, false
	}
	l.accepted = everything(isolated)
	r := *o.reduction
	r.bounds = newBounds()
	rules, _ := r.reduced(&l, most)
	return rules, rules != nil
}
