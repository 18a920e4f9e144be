package answer

import (
	"maps"
	"slices"
)

// Comparison is what one view permits and another does not, both ways.
type Comparison struct {
	Added, Removed []Difference
	Undecided      []string
	// Objects is which policies are not as they were emitted, where that is known.
	Objects []ObjectChange
}

// Compare returns what the new view permits and the old does not, and the reverse. Both must
// be made with the same labels of namespaces.
func Compare(old, new *View) Comparison {
	undecided := slices.Sorted(slices.Values(slices.Concat(old.Undecided, new.Undecided)))
	return Comparison{Added: new.Beyond(old), Removed: old.Beyond(new), Undecided: slices.Compact(undecided)}
}

// Equal reports whether both permit the same, for every pod that could exist.
func (c Comparison) Equal() bool { return len(c.Added)+len(c.Removed) == 0 }

// Labels joins what is stated of namespaces; what the first says of one stands.
func Labels(statements ...map[string]map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, s := range slices.Backward(statements) {
		maps.Copy(out, s)
	}
	return out
}
