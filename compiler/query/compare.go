package query

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// Comparison is what one view permits and another does not, both ways.
type Comparison struct {
	Old, New       *Model
	Added, Removed []Difference
	// More is set if there are so many differences that not all are listed.
	More bool
	// Undecided is what zt cannot evaluate and what could change whether there is a difference.
	Undecided []Undecided
	// Partial is set if what is listed may be wrong or not all: Notes says why.
	Partial bool
	// Objects is which policies are not as they were emitted, where that is known.
	Objects []ObjectChange
	// Workloads is which workloads came, went, or changed labels or network: a note, and no difference.
	Workloads []WorkloadChange
	// Notes says what else makes the same rules apply to other pods than before.
	Notes []string
}

// Compare returns what the new view permits and the old does not, and the reverse. Both must
// be made with the same labels of namespaces.
func Compare(old, new *Model) Comparison {
	c := compareBothWays(old, new)
	c.Old, c.New = old, new
	c.Workloads = workloadChanges(old, new)
	c.Notes = slices.Concat(namespaceNotes(old, new), hostNotes(old, new), hostNotes(new, old))
	c.Undecided = sortUndecided(append(undecidedComparison(old, new, &c), c.Undecided...))
	c.markPerhaps(c.Added, new, old)
	c.markPerhaps(c.Removed, old, new)
	return c
}

// markPerhaps marks the differences that may be none: all if the comparison is undecided, and else those that are
// none in the other reading of what is open, or that policies which zt does not evaluate concern.
func (c *Comparison) markPerhaps(list []Difference, permits, not *Model) {
	foreign := slices.Concat(permits.foreign, not.foreign)
	for i := range list {
		w := list[i].Witness
		list[i].Perhaps = len(c.Undecided) > 0 ||
			permits.wide() != permits && !permits.wide().Relation.Permits(w) || not.wide() != not && not.wide().Relation.Permits(w) ||
			slices.ContainsFunc(foreign, func(f inventory.Foreign) bool {
				return touches(f, relation.Egress, w.From) || touches(f, relation.Ingress, w.To)
			})
	}
}

// compareBothWays returns what each view permits and the other does not. It is undecided if nothing
// was found, and the search gave up somewhere.
func compareBothWays(old, new *Model) Comparison {
	var c Comparison
	var opened, closed extent
	c.Added, opened = new.Beyond(old)
	c.Removed, closed = old.Beyond(new)
	c.More = opened.more || closed.more
	if len(c.Added)+len(c.Removed) == 0 && (opened.gaveUp || closed.gaveUp) {
		c.Undecided = []Undecided{tooMany}
	}
	return c
}

// moreText says that not all differences are listed.
const moreText = "there are more differences than zt lists"

// Equal reports whether both permit the same, for every pod that could exist.
func (c Comparison) Equal() bool { return c.Verdict() == Equal }

// selectsOthers reports whether the pods that policies apply to and select are others, as far as is known.
func (c Comparison) selectsOthers() bool {
	return len(c.Notes) > 0 || slices.ContainsFunc(c.Workloads, func(w WorkloadChange) bool { return w.HostNetwork || w.Selected || w.Change == moved })
}

// Verdict returns the comparison in one word.
func (c Comparison) Verdict() Verdict {
	switch {
	case len(c.Undecided) > 0:
		return Unknown
	case len(c.Added)+len(c.Removed) == 0:
		return Equal
	}
	return Different
}
