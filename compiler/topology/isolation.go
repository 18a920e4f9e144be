package topology

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Isolation is which pods of a namespace are isolated in a direction.
type Isolation struct {
	Every bool    // every pod is
	Tiers []*Tier // else the pods of these are
	// Free is the pods that are not isolated, in sets that do not overlap.
	Free []relation.Selector
	// TooMany is set if there would be more such sets than zt can handle. Free is then every pod.
	TooMany bool
	index   *relation.Index // of the selectors of Tiers
}

// MaxFree is into how many sets the pods of a namespace that are not isolated may fall. If tiers
// select by different keys, their number can double with each tier.
const MaxFree = 1000

// Settle decides which pods are isolated, once the tiers and directions are known.
func (n *Namespace) Settle() {
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		n.isolation[d] = n.newIsolation(d)
	}
}

// Isolation returns which pods are isolated in a direction.
func (n *Namespace) Isolation(d relation.Direction) *Isolation {
	if i := n.isolation[d]; i != nil {
		return i
	}
	return n.newIsolation(d)
}

func (n *Namespace) newIsolation(d relation.Direction) *Isolation {
	i := &Isolation{Every: n.Ingress}
	if d == relation.Egress {
		i.Every = n.Egress
	}
	if i.Every {
		return i
	}
	var selectors []relation.Selector
	for _, t := range n.Tiers {
		if t.Isolates(d) {
			i.Tiers, selectors = append(i.Tiers, t), append(selectors, t.Selector)
		}
	}
	i.index = relation.NewIndex(selectors)
	free, ok := relation.Selector{}.SubtractAll(selectors, &relation.Remaining{Sets: MaxFree, Steps: relation.MaxSteps})
	if i.Free, i.TooMany = free, !ok; !ok {
		i.Free = []relation.Selector{{}}
	}
	return i
}

// Isolates reports whether the tier itself isolates its pods in a direction.
func (t *Tier) Isolates(d relation.Direction) bool {
	if d == relation.Egress {
		return t.Egress
	}
	return t.Ingress
}

// None reports whether no pod is isolated.
func (i *Isolation) None() bool { return !i.Every && len(i.Tiers) == 0 }

// Covers reports whether the pods of a selector are isolated, all of them by the namespace or all by one
// tier.
func (i *Isolation) Covers(s relation.Selector) bool {
	return i.Every || len(i.index.Implied(s)) > 0
}

// Overlapping returns the isolating tiers that may have pods of a selector.
func (i *Isolation) Overlapping(s relation.Selector) []*Tier {
	if i.Every {
		return nil
	}
	var out []*Tier
	for _, at := range i.index.Overlapping(s) {
		out = append(out, i.Tiers[at])
	}
	return out
}

// FreeOf returns the pods of a selector that are not isolated, in sets that do not overlap.
func (i *Isolation) FreeOf(s relation.Selector) []relation.Selector {
	if i.Covers(s) {
		return nil
	}
	var out []relation.Selector
	for _, free := range i.Free {
		if common := free.Intersect(s); !common.IsEmpty() {
			out = append(out, common)
		}
	}
	return out
}

// Of returns the pods of a selector that are isolated, in sets that may overlap.
func (i *Isolation) Of(s relation.Selector) []relation.Selector {
	if i.Covers(s) {
		return []relation.Selector{s}
	}
	var out []relation.Selector
	for _, t := range i.Overlapping(s) {
		out = append(out, t.Selector.Intersect(s))
	}
	return out
}

// Governed reports whether every pod of the namespace is isolated in some direction.
func (n *Namespace) Governed() bool { return n.Ingress || n.Egress }

// Enforced reports whether some pod of the namespace is isolated in some direction.
func (n *Namespace) Enforced() bool {
	return n.Governed() || slices.ContainsFunc(n.Tiers, func(t *Tier) bool { return t.Ingress || t.Egress })
}
