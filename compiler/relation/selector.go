package relation

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// Selector is a set of label maps: a box, with a set of values for each key
// that it speaks of. It is normal: keys are sorted, and a key whose set is
// everything is left out. The zero Selector matches every object.
type Selector struct{ keys []KeyValues }

// KeyValues is what a selector says of one key.
type KeyValues struct {
	Key    string
	Values Values
}

// Select returns the selector of these requirements, all of which must hold;
// a key may occur more than once.
func Select(requirements ...KeyValues) Selector {
	keys := slices.Clone(requirements)
	if len(keys) > 1 {
		slices.SortStableFunc(keys, func(a, b KeyValues) int { return cmp.Compare(a.Key, b.Key) })
	}
	out := keys[:0]
	for rest := keys; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Key == rest[0].Key {
			n++
		}
		k := KeyValues{rest[0].Key, intersection(rest[:n])}
		out, rest = append(out, k), rest[n:]
	}
	out = slices.DeleteFunc(out, func(k KeyValues) bool { return k.Values.IsAny() })
	return Selector{out}
}

// intersection returns what is in all of the sets, halving them so that each value is moved a few times
// only.
func intersection(sets []KeyValues) Values {
	if len(sets) == 1 {
		return sets[0].Values
	}
	half := len(sets) / 2
	return intersection(sets[:half]).Intersect(intersection(sets[half:]))
}

// Keys returns what the selector says, by key in order. It is not to be changed.
func (s Selector) Keys() []KeyValues { return s.keys }

// Get returns the states that the selector leaves to a key.
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
	keys := make([]KeyValues, 0, len(s.keys)+len(t.keys))
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
			keys = append(keys, KeyValues{s.keys[i].Key, s.keys[i].Values.Intersect(t.keys[j].Values)})
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
	// Both are sorted: walk the keys that they share.
	for i, j := 0, 0; i < len(s.keys) && j < len(t.keys); {
		switch c := cmp.Compare(s.keys[i].Key, t.keys[j].Key); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			if !s.keys[i].Values.Overlaps(t.keys[j].Values) {
				return false
			}
			i++
			j++
		}
	}
	return true
}

// Implies reports whether every object that s matches is matched by t.
func (s Selector) Implies(t Selector) bool {
	if s.IsEmpty() {
		return true
	}
	for _, k := range t.keys {
		if !s.Get(k.Key).Subset(k.Values) {
			return false
		}
	}
	return true
}

// Equal reports whether both match the same objects; neither may be empty.
func (s Selector) Equal(t Selector) bool {
	return slices.EqualFunc(s.keys, t.keys, func(a, b KeyValues) bool {
		return a.Key == b.Key && a.Values.Equal(b.Values)
	})
}

// SpeaksOf reports whether s says something of every key that t says something of.
func (s Selector) SpeaksOf(t Selector) bool {
	for _, k := range t.keys {
		if s.Get(k.Key).IsAny() {
			return false
		}
	}
	return true
}

// Subtract returns what s matches and t does not, as selectors that do not overlap.
func (s Selector) Subtract(t Selector) []Selector {
	if s.Implies(t) {
		return nil
	}
	if !s.Overlaps(t) {
		return []Selector{s}
	}
	var rest []Selector
	inside := s
	for _, k := range t.keys {
		outside := inside.Intersect(Selector{[]KeyValues{{k.Key, k.Values.Complement()}}})
		if !outside.IsEmpty() {
			rest = append(rest, outside)
		}
		inside = inside.Intersect(Selector{[]KeyValues{k}})
		if inside.IsEmpty() {
			break
		}
	}
	return rest
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

// appendKey appends bytes that selectors share only if they are equal. They tell by
// themselves where they end.
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
func (k KeyValues) String() string {
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
