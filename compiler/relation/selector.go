package relation

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// Selector is a set of label maps: a set of values for each of some keys. Keys are sorted, and a key
// with the set of all values is left out. The zero Selector matches every object.
type Selector struct{ keys []Requirement }

// Requirement is the values that a selector permits for one key.
type Requirement struct {
	Key    string
	Values Values
}

// Select returns the selector of these requirements, all of which must hold;
// a key may occur more than once.
func Select(requirements ...Requirement) Selector {
	keys := slices.Clone(requirements)
	if len(keys) > 1 {
		slices.SortStableFunc(keys, func(a, b Requirement) int { return cmp.Compare(a.Key, b.Key) })
	}
	out := keys[:0]
	for rest := keys; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Key == rest[0].Key {
			n++
		}
		k := Requirement{rest[0].Key, intersection(rest[:n])}
		out, rest = append(out, k), rest[n:]
	}
	out = slices.DeleteFunc(out, func(k Requirement) bool { return k.Values.IsAny() })
	return Selector{out}
}

// Labelled selects what has a label with one of some values.
func Labelled(key string, values ...string) Selector {
	return Select(Requirement{Key: key, Values: In(values...)})
}

// intersection returns what is in all of the sets, halving them so that each value is moved a few times
// only.
func intersection(sets []Requirement) Values {
	if len(sets) == 1 {
		return sets[0].Values
	}
	half := len(sets) / 2
	return intersection(sets[:half]).Intersect(intersection(sets[half:]))
}

// Keys returns the requirements, sorted by key. The list must not be changed.
func (s Selector) Keys() []Requirement { return s.keys }

// Get returns the values that the selector permits for a key.
func (s Selector) Get(key string) Values {
	i := sort.Search(len(s.keys), func(i int) bool { return s.keys[i].Key >= key })
	if i < len(s.keys) && s.keys[i].Key == key {
		return s.keys[i].Values
	}
	return anyValues
}

// IsAny reports whether the selector matches every object.
func (s Selector) IsAny() bool { return len(s.keys) == 0 }

// IsEmpty reports whether no object can match.
func (s Selector) IsEmpty() bool {
	for _, k := range s.keys {
		if k.Values.IsEmpty() {
			return true
		}
	}
	return false
}

// Matches reports whether an object with these labels is selected.
func (s Selector) Matches(labels map[string]string) bool {
	for _, k := range s.keys {
		if value, ok := labels[k.Key]; !k.Values.Has(value, ok) {
			return false
		}
	}
	return true
}

// Intersect returns the selector of what both match.
func (s Selector) Intersect(t Selector) Selector {
	if s.IsAny() {
		return t
	}
	if t.IsAny() {
		return s
	}
	keys := make([]Requirement, 0, len(s.keys)+len(t.keys))
	i, j := 0, 0
	for i < len(s.keys) && j < len(t.keys) {
		switch c := cmp.Compare(s.keys[i].Key, t.keys[j].Key); {
		case c < 0:
			keys = append(keys, s.keys[i])
			i++
		case c > 0:
			keys = append(keys, t.keys[j])
			j++
		default:
			keys = append(keys, Requirement{s.keys[i].Key, s.keys[i].Values.Intersect(t.keys[j].Values)})
			i++
			j++
		}
	}
	return Selector{append(append(keys, s.keys[i:]...), t.keys[j:]...)}
}

// Overlaps reports whether some object could match both.
func (s Selector) Overlaps(t Selector) bool {
	if s.IsEmpty() || t.IsEmpty() {
		return false
	}
	for _, k := range s.keys {
		if !k.Values.Overlaps(t.Get(k.Key)) {
			return false
		}
	}
	return true
}

// Implies reports whether every object that s matches is matched by t.
func (s Selector) Implies(t Selector) bool {
	if s.IsEmpty() {
		return true
	}
	// Both are sorted: walk the keys of both. s must require everything that t requires.
	i := 0
	for _, k := range t.keys {
		for i < len(s.keys) && s.keys[i].Key < k.Key {
			i++
		}
		if i == len(s.keys) || s.keys[i].Key != k.Key || !s.keys[i].Values.Subset(k.Values) {
			return false
		}
	}
	return true
}

// Mentions reports whether s has a requirement for every key for which t has one.
func (s Selector) Mentions(t Selector) bool {
	for _, k := range t.keys {
		if s.Get(k.Key).IsAny() {
			return false
		}
	}
	return true
}

// Subtract returns what s matches and t does not, as selectors that do not overlap.
func (s Selector) Subtract(t Selector) []Selector {
	if s.IsEmpty() {
		return nil
	}
	for _, k := range t.keys {
		if !s.Get(k.Key).Overlaps(k.Values) {
			return []Selector{s}
		}
	}
	var rest []Selector
	inside := s
	for i, k := range t.keys {
		values := s.Get(k.Key)
		outside := values.Intersect(k.Values.Complement())
		if outside.IsEmpty() {
			continue // the part inside is the same
		}
		rest = append(rest, inside.Intersect(Selector{[]Requirement{{k.Key, outside}}}))
		if i < len(t.keys)-1 {
			inside = inside.Intersect(Selector{[]Requirement{k}})
		}
	}
	return rest
}

// Remaining is what subtractions may still take together.
type Remaining struct {
	Sets  int // that are left
	Steps int // requirements of selectors that are compared
}

// MaxSteps is how many steps take a few seconds.
const MaxSteps = 30_000_000

// SubtractAll returns what s matches and none of the others do, as selectors that do not overlap. It is
// false if that takes more than what is left of a budget.
func (s Selector) SubtractAll(others []Selector, left *Remaining) ([]Selector, bool) {
	// Those of one key leave one set together. Then the widest come first, so that less is compared.
	none := slices.Clone(s.keys)
	var wider []Selector
	for _, o := range United(others) {
		switch len(o.keys) {
		case 0:
			return nil, true
		case 1:
			k := o.keys[0]
			none = append(none, Requirement{k.Key, k.Values.Complement()})
		default:
			wider = append(wider, o)
		}
	}
	rest := Select(none...)
	if rest.IsEmpty() {
		return nil, true
	}
	slices.SortStableFunc(wider, func(a, b Selector) int { return len(a.keys) - len(b.keys) })
	sets := []Selector{rest}
	for _, o := range wider {
		var next []Selector
		for _, l := range sets {
			next = append(next, l.Subtract(o)...)
			left.Steps -= 1 + len(l.keys)
		}
		if sets = next; len(sets) > left.Sets || left.Steps < 0 {
			return nil, false
		}
	}
	left.Sets -= len(sets)
	return sets, true
}

// United returns selectors that together match the same: those that differ only in which values they name
// for one key become one. Thousands of tiers with one label key would else take the square of their number.
func United(list []Selector) []Selector {
	list = slices.Clone(list)
	for at, deeper := 0, true; deeper; at++ {
		deeper = false
		var out []Selector
		groups, names := map[string]int{}, map[int][]string{} // what is in out, and all of its names
		for _, s := range list {
			if at >= len(s.keys) || s.keys[at].Values.Others {
				out = append(out, s)
				continue
			}
			deeper = true
			id := slices.Clone(s.keys)
			id[at].Values = Values{Absent: s.keys[at].Values.Absent}
			key := string(Selector{id}.appendKey(nil))
			i, known := groups[key]
			if !known {
				i, groups[key] = len(out), len(out)
				out = append(out, s)
			}
			names[i] = append(names[i], s.keys[at].Values.Names...)
		}
		for i, all := range names {
			keys := slices.Clone(out[i].keys)
			keys[at].Values.Names = sorted(all)
			out[i] = Selector{keys}
		}
		list = out
	}
	return list
}

// Sample returns the labels of an object that a selector which is not empty matches.
func (s Selector) Sample() map[string]string {
	labels := map[string]string{}
	for _, k := range s.keys {
		if value, present := k.Values.Sample(); present {
			labels[k.Key] = value
		}
	}
	return labels
}

// appendKey appends bytes that only equal selectors share. They show where they end.
func (s Selector) appendKey(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s.keys)))
	for _, k := range s.keys {
		b = appendText(b, k.Key)
		kind := byte(0)
		if k.Values.Others {
			kind |= 1
		}
		if k.Values.Absent {
			kind |= 2
		}
		b = binary.AppendUvarint(append(b, kind), uint64(len(k.Values.Names)))
		for _, name := range k.Values.Names {
			b = appendText(b, name)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// String returns the selector in the syntax of `kubectl -l`.
func (s Selector) String() string {
	parts := make([]string, 0, len(s.keys))
	for _, k := range s.keys {
		parts = append(parts, k.String())
	}
	return strings.Join(parts, ",")
}

// String returns the requirement in the syntax of `kubectl -l`.
func (k Requirement) String() string {
	v := k.Values
	switch {
	case v.IsEmpty():
		return k.Key + " in ()"
	case !v.Others && v.Absent && len(v.Names) == 0:
		return "!" + k.Key
	case !v.Others && len(v.Names) == 1 && !v.Absent:
		return k.Key + "=" + v.Names[0]
	case !v.Others:
		return k.Key + " in (" + strings.Join(v.Names, ", ") + ")"
	case len(v.Names) == 0:
		return k.Key
	case v.Absent && len(v.Names) == 1:
		return k.Key + "!=" + v.Names[0]
	case v.Absent:
		return k.Key + " notin (" + strings.Join(v.Names, ", ") + ")"
	default: // any value but these, and there must be one
		return k.Key + "," + k.Key + " notin (" + strings.Join(v.Names, ", ") + ")"
	}
}
