package relation

import (
	"slices"
	"strconv"
	"strings"
)

// Values is a set of what one label key can be on an object: any value, or no
// such label. Since anything may be a value, the set is either the named ones
// or all others.
type Values struct {
	Names  []string // sorted
	Others bool     // the set is every value but Names, instead of Names
	Absent bool     // the set contains "no such label"
}

// The sets that a requirement of a label selector describes. NotIn, like
// "!=", holds where the key is absent: the API says so, and tools get it wrong.
func In(values ...string) Values    { return Values{Names: sorted(values)} }
func NotIn(values ...string) Values { return Values{Names: sorted(values), Others: true, Absent: true} }
func Exists() Values                { return Values{Others: true} }
func NotExists() Values             { return Values{Absent: true} }

func sorted(values []string) []string {
	own := slices.Clone(values)
	if len(own) < 2 {
		return own
	}
	slices.Sort(own)
	return slices.Compact(own)
}

// anyValues is every state that a key can have.
var anyValues = Values{Others: true, Absent: true}

// IsAny reports whether the set holds every state, so that it says nothing.
func (v Values) IsAny() bool { return v.Others && v.Absent && len(v.Names) == 0 }

// IsEmpty reports whether the set holds nothing.
func (v Values) IsEmpty() bool { return !v.Others && !v.Absent && len(v.Names) == 0 }

// Has reports whether the set holds a label of this value, or with present
// unset the state without the label.
func (v Values) Has(value string, present bool) bool {
	if !present {
		return v.Absent
	}
	_, named := slices.BinarySearch(v.Names, value)
	return named != v.Others
}

// Intersect returns what is in both sets.
func (v Values) Intersect(w Values) Values {
	r := Values{Absent: v.Absent && w.Absent}
	switch {
	case v.Others && w.Others:
		r.Others = true
		r.Names = joined(v.Names, w.Names)
	case v.Others:
		r.Names = without(w.Names, v.Names)
	case w.Others:
		r.Names = without(v.Names, w.Names)
	default:
		r.Names = common(v.Names, w.Names)
	}
	return r
}

// Complement returns everything that is not in the set.
func (v Values) Complement() Values {
	return Values{Names: v.Names, Others: !v.Others, Absent: !v.Absent}
}

// Overlaps reports whether something is in both sets.
func (v Values) Overlaps(w Values) bool {
	switch {
	case v.Absent && w.Absent, v.Others && w.Others:
		return true
	case v.Others, !w.Others && len(v.Names) > len(w.Names):
		v, w = w, v // the fewer are looked up
	}
	return slices.ContainsFunc(v.Names, func(name string) bool { return w.Has(name, true) })
}

// Subset reports whether everything in v is in w.
func (v Values) Subset(w Values) bool { return !v.Overlaps(w.Complement()) }

// Sample returns a member of a set that is not empty: a value, or present
// unset for "no such label", which it prefers where the set leaves any other value open.
func (v Values) Sample() (value string, present bool) {
	switch {
	case !v.Others && len(v.Names) > 0:
		return v.Names[0], true
	case v.Absent:
		return "", false
	}
	value = "other"
	for i := 2; !v.Has(value, true); i++ {
		value = "other-" + strconv.Itoa(i)
	}
	return value, true
}

// joined returns the names of both lists, in order and each once.
func joined(a, b []string) []string {
	out := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		c := strings.Compare(a[0], b[0])
		if c <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out = append(out, b[0])
		}
		if c >= 0 {
			b = b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// common returns the names of a that are in b, and without those that are not.
func common(a, b []string) []string {
	if len(a) > len(b) {
		a, b = b, a // the fewer are looked up
	}
	return filter(a, b, true)
}

func without(a, b []string) []string { return filter(a, b, false) }

func filter(a, b []string, want bool) []string {
	var r []string
	for _, s := range a {
		if _, ok := slices.BinarySearch(b, s); ok == want {
			r = append(r, s)
		}
	}
	return r
}
