package relation

import (
	"cmp"
	"slices"
	"strings"
)

// HostNames is a set of names by which a connection finds an address outside the cluster. Such a
// connection has one name at most: none if the address itself is used. The zero HostNames is every name,
// and none.
//
// A set is what all patterns of one list match and no pattern of another. That form is closed under
// intersection, and what a difference leaves is a few such sets.
type HostNames struct{ set *hostSet }

type hostSet struct {
	in  []string // patterns that all match
	out []string // patterns of which none matches
	// open is set if the search for a name gave up: the set may be empty.
	open bool
}

// AnyLabels begins a pattern of host names: one label or more. Alone it is every name.
//
// Any other * in a pattern is characters of one label, or none. What else a pattern has is itself.
// Names and patterns are in lower case and do not end in a dot.
const AnyLabels = "**"

// Host returns the names that a pattern matches.
func Host(pattern string) HostNames { return hostsOf([]string{pattern}, nil) }

// HostNamed returns the connections that have a name; "" is those that have none.
func HostNamed(name string) HostNames {
	if name == "" {
		return hostsOf(nil, []string{AnyLabels})
	}
	return Host(name)
}

// noHosts is the empty set.
var noHosts = HostNames{&hostSet{out: []string{AnyLabels}, in: []string{AnyLabels}}}

// hostsOf returns the names that some patterns all match, and of others none does.
func hostsOf(in, out []string) HostNames {
	in, out = sortedUnique(in), sortedUnique(out)
	if len(in) == 0 {
		if len(out) == 0 {
			return HostNames{}
		}
		return HostNames{&hostSet{out: widest(out)}}
	}
	if i := slices.IndexFunc(in, isName); i >= 0 {
		name := in[i]
		if matchesAll(in, name) && !matchesSome(out, name) {
			return HostNames{&hostSet{in: []string{name}}}
		}
		return noHosts
	}
	if slices.ContainsFunc(in, func(p string) bool { return endApart(p, longest(in)) }) {
		return noHosts
	}
	in = narrowest(in)
	out = widest(slices.DeleteFunc(out, func(p string) bool {
		if isName(p) {
			return !matchesAll(in, p)
		}
		if endApart(p, longest(in)) {
			return true
		}
		_, found, known := findHost(append(slices.Clone(in), p), nil)
		return known && !found
	}))
	_, found, known := findHost(in, out)
	if known && !found {
		return noHosts
	}
	return HostNames{&hostSet{in: in, out: out, open: !known}}
}

func sortedUnique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// maxCompared is how many patterns are compared with each other to leave out those without effect.
const maxCompared = 16

// narrowest leaves out the patterns that match all that another one does.
func narrowest(list []string) []string {
	return withoutUseless(list, func(p, q string) bool { return inside(q, p) })
}

// widest leaves out the patterns that match only what another one does.
func widest(list []string) []string { return withoutUseless(list, inside) }

func withoutUseless(list []string, useless func(p, other string) bool) []string {
	if len(list) < 2 || len(list) > maxCompared {
		return list
	}
	var out []string
	for i, p := range list {
		if !slices.ContainsFunc(slices.Concat(out, list[i+1:]), func(q string) bool { return useless(p, q) }) {
			out = append(out, p)
		}
	}
	return out
}

// inside reports whether one pattern matches only what another one does.
func inside(p, q string) bool {
	if isName(p) {
		return matchesHost(q, p)
	}
	if endApart(p, q) {
		return false
	}
	_, found, known := findHost([]string{p}, []string{q})
	return known && !found
}

// endOf returns what every name that a pattern matches ends in.
func endOf(pattern string) string { return pattern[strings.LastIndexByte(pattern, '*')+1:] }

// longest returns the pattern with the longest end. If the end of every pattern of a list fits this one, all
// of them fit each other.
func longest(patterns []string) string {
	return slices.MaxFunc(patterns, func(p, q string) int { return cmp.Compare(len(endOf(p)), len(endOf(q))) })
}

// endApart reports whether the ends of two patterns already show that no name matches both. Most patterns of
// a list are of different domains, and need no search for a name.
func endApart(p, q string) bool {
	short, long := endOf(p), endOf(q)
	if len(short) > len(long) {
		p, q, short, long = q, p, long, short
	}
	return !strings.HasSuffix(long, short) || isName(p) && len(long) > len(short)
}

func isName(pattern string) bool { return !strings.Contains(pattern, "*") }

// IsAny reports whether the set is every name, and none.
func (h HostNames) IsAny() bool { return h.set == nil }

// Only returns the pattern of which the set has all names, if there is one.
func (h HostNames) Only() (pattern string, ok bool) {
	if h.set == nil || len(h.set.in) != 1 || len(h.set.out) > 0 {
		return "", false
	}
	return h.set.in[0], true
}

// patterns returns how many patterns a set that is not every name has.
func (h HostNames) patterns() int { return len(h.set.in) + len(h.set.out) }

// mayOverlap reports whether it takes a search to say what is in both sets.
func (h HostNames) mayOverlap(g HostNames) bool {
	if h.set == nil || g.set == nil || h.set == g.set {
		return false
	}
	in := slices.Concat(h.set.in, g.set.in)
	return len(in) > 0 && !slices.ContainsFunc(in, func(p string) bool { return isName(p) || endApart(p, longest(in)) })
}

// IsEmpty reports whether nothing is in the set.
func (h HostNames) IsEmpty() bool { return h.set == noHosts.set }

// Open reports whether zt gave up on finding out whether the set is empty. It does not count as empty.
func (h HostNames) Open() bool { return h.set != nil && h.set.open }

// Has reports whether a name is in the set; "" is a connection without a name.
func (h HostNames) Has(name string) bool {
	if h.set == nil {
		return true
	}
	if name == "" {
		return len(h.set.in) == 0
	}
	return matchesAll(h.set.in, name) && !matchesSome(h.set.out, name)
}

func matchesAll(patterns []string, name string) bool {
	return !slices.ContainsFunc(patterns, func(p string) bool { return !matchesHost(p, name) })
}

func matchesSome(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matchesHost(p, name) })
}

// Intersect returns what is in both sets.
func (h HostNames) Intersect(g HostNames) HostNames {
	switch {
	case h.set == nil || g.set == h.set:
		return g
	case g.set == nil:
		return h
	}
	return hostsOf(slices.Concat(h.set.in, g.set.in), slices.Concat(h.set.out, g.set.out))
}

// Overlaps reports whether something is in both sets.
func (h HostNames) Overlaps(g HostNames) bool { return !h.Intersect(g).IsEmpty() }

// Subtract returns what is in h and not in g, as sets that do not overlap.
func (h HostNames) Subtract(g HostNames) (rest []HostNames) {
	everyName := g.set != nil && len(g.set.out) == 0 && slices.Equal(g.set.in, []string{AnyLabels})
	if g.set == nil || g.set == h.set || everyName && h.set != nil && len(h.set.in) > 0 {
		return nil
	}
	if !h.Overlaps(g) {
		return []HostNames{h}
	}
	var in, out []string
	if h.set != nil {
		in, out = h.set.in, h.set.out
	}
	keep := func(in, out []string) {
		if left := hostsOf(in, out); !left.IsEmpty() {
			rest = append(rest, left)
		}
	}
	for _, p := range g.set.in {
		keep(in, append(slices.Clone(out), p))
		in = append(slices.Clone(in), p)
	}
	for _, p := range g.set.out {
		keep(append(slices.Clone(in), p), out)
		out = append(slices.Clone(out), p)
	}
	return rest
}

// Sample returns a name of a set that is not empty, or "" if the set has connections without a name.
func (h HostNames) Sample() string {
	if h.set == nil || len(h.set.in) == 0 {
		return ""
	}
	for _, p := range h.set.in {
		if name := strings.ReplaceAll(strings.ReplaceAll(p, AnyLabels, "www"), "*", "www"); h.Has(name) {
			return name
		}
	}
	name, _, _ := findHost(h.set.in, h.set.out)
	return name
}

// String returns the set as a message shows it: by its patterns.
func (h HostNames) String() string {
	if h.set == nil {
		return AnyLabels
	}
	text := strings.Join(h.set.in, " and ")
	if text == "" {
		text = "any"
	}
	if len(h.set.out) > 0 {
		text += " except " + strings.Join(h.set.out, ", ")
	}
	return text
}

func (h HostNames) appendKey(b []byte) []byte {
	for _, list := range [][]string{h.set.in, h.set.out} {
		for _, p := range list {
			b = append(append(b, p...), 0)
		}
		b = append(b, 0)
	}
	return b
}
