package relation

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"
)

// Index finds, among many selectors, those that overlap or contain a given one, without looking at
// all of them.
//
// Nearly every selector pins some key to one value or a few (role=frontend), and two that pin one key
// to different values have nothing in common. So selectors are grouped by the keys that they pin, and
// found in a group by the values of those keys that the given selector pins as well. The tables only
// narrow the search: what they yield is compared exactly.
type Index struct {
	selectors []Selector

	mu      sync.Mutex            // of what follows, which is made when it is first asked for
	groups  []*group              // in the order of their first member; for Overlapping
	implied map[requirement][]int // for Implied
}

// group is the selectors that pin the same keys.
type group struct {
	pins    []string // keys, sorted
	members []int
	tables  []table // by the keys asked for
}

// table is a group's members by the values of some keys.
type table struct {
	keys    []string
	members map[string][]int
}

// requirement is where Implied finds a selector: a value of a key, or with any set, the key alone.
type requirement struct {
	key, value string
	any        bool
}

// maxCombinations limits how often one selector is in a table, if it pins keys to several values
// each.
const maxCombinations = 16

// maxAlone is how many values the only key may have that a selector pins.
const maxAlone = 256

// fewMembers is how many selectors take less to compare than to find in a table. What is left of pods after many
// keys told them apart is in groups of one selector.
const fewMembers = 4

// NewIndex returns an index of these selectors.
func NewIndex(selectors []Selector) *Index { return &Index{selectors: selectors} }

// group groups the selectors by the keys that they pin.
func (x *Index) group() {
	x.groups = []*group{}
	groups := map[string]*group{}
	for i, s := range x.selectors {
		if s.IsEmpty() {
			continue
		}
		pins := pinned(s)
		name := strings.Join(pins, "\x00")
		g := groups[name]
		if g == nil {
			g = &group{pins: pins}
			groups[name] = g
			x.groups = append(x.groups, g)
		}
		g.members = append(g.members, i)
	}
}

// pinned returns the keys that a selector pins to few values: as many as fit
// into maxCombinations, those with the fewest values first, or one of maxAlone.
func pinned(s Selector) []string {
	var few []Requirement
	for _, k := range s.keys {
		if v := k.Values; !v.Others && !v.Absent {
			few = append(few, k)
		}
	}
	slices.SortStableFunc(few, func(a, b Requirement) int { return cmp.Compare(len(a.Values.Names), len(b.Values.Names)) })
	pins := make([]string, 0, len(few))
	combinations := 1
	for _, k := range few {
		combinations *= len(k.Values.Names)
		if alone := len(pins) == 0 && combinations <= maxAlone; combinations > maxCombinations && !alone {
			break
		}
		pins = append(pins, k.Key)
	}
	slices.Sort(pins)
	return pins
}

// Overlapping returns, in order, the positions of the selectors that some
// object could match together with s.
func (x *Index) Overlapping(s Selector) []int {
	if s.IsEmpty() {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.groups == nil {
		x.group()
	}
	var out []int
	pins := pinned(s)
	for _, g := range x.groups {
		candidates := g.members
		if len(g.members) > fewMembers {
			candidates = g.candidates(x.selectors, s, common(g.pins, pins))
		}
		for _, i := range candidates {
			if x.selectors[i].Overlaps(s) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// candidates returns the members that agree with s on keys, which both pin.
func (g *group) candidates(selectors []Selector, s Selector, keys []string) []int {
	if len(keys) == 0 {
		return g.members
	}
	t := g.table(selectors, keys)
	values := combinations(s, keys)
	if len(values) == 1 {
		return t.members[values[0]]
	}
	var out []int
	for _, v := range values {
		out = append(out, t.members[v]...)
	}
	slices.Sort(out)
	return slices.Compact(out) // one may have several of the values
}

// table returns the table of keys.
func (g *group) table(selectors []Selector, keys []string) *table {
	for i := range g.tables {
		if slices.Equal(g.tables[i].keys, keys) {
			return &g.tables[i]
		}
	}
	t := table{keys, make(map[string][]int, len(g.members))}
	for _, i := range g.members {
		for _, values := range combinations(selectors[i], keys) {
			t.members[values] = append(t.members[values], i)
		}
	}
	g.tables = append(g.tables, t)
	return &g.tables[len(g.tables)-1]
}

// combinations returns every choice of one value for each key, which s pins.
func combinations(s Selector, keys []string) []string {
	all := []string{""}
	for _, key := range keys {
		names := s.Get(key).Names
		next := make([]string, 0, len(all)*len(names))
		for _, first := range all {
			for _, name := range names {
				next = append(next, first+name+"\x00")
			}
		}
		all = next
	}
	return all
}

// file enters every selector under one of its requirements, which every selector that implies it
// must meet: the values of a key that the fewest selectors name, or else a key.
func (x *Index) file() {
	x.implied = map[requirement][]int{}
	count := map[requirement]int{}
	for _, s := range x.selectors {
		for _, k := range s.keys {
			for r := range filings(k) {
				count[r]++
			}
		}
	}
	rarity := func(k Requirement) int {
		total := 0
		for r := range filings(k) {
			total += count[r]
		}
		return total
	}
	for i, s := range x.selectors {
		switch {
		case s.IsEmpty(): // implied by nothing that an object can match
		case s.IsAny():
			x.implied[requirement{any: true}] = append(x.implied[requirement{any: true}], i)
		default:
			rarest := slices.MinFunc(s.keys, func(a, b Requirement) int { return cmp.Compare(rarity(a), rarity(b)) })
			for r := range filings(rarest) {
				x.implied[r] = append(x.implied[r], i)
			}
		}
	}
}

func filings(k Requirement) iter.Seq[requirement] {
	return func(yield func(requirement) bool) {
		if k.Values.Others || k.Values.Absent {
			yield(requirement{key: k.Key, any: true})
			return
		}
		for _, value := range k.Values.Names {
			if !yield(requirement{key: k.Key, value: value}) {
				return
			}
		}
	}
}

// Implied returns, in order, the positions of the selectors that match every object that s matches.
// There must be some object that s matches. The list must not be changed.
func (x *Index) Implied(s Selector) []int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.implied == nil {
		x.file()
	}
	var out []int
	look := func(r requirement) {
		for _, i := range x.implied[r] {
			if s.Implies(x.selectors[i]) {
				out = append(out, i)
			}
		}
	}
	look(requirement{any: true})
	for _, k := range s.keys {
		look(requirement{key: k.Key, any: true})
		// All values that s leaves to the key must be among those of a
		// selector which it implies, so any one of them finds it.
		if !k.Values.Others && len(k.Values.Names) > 0 {
			look(requirement{key: k.Key, value: k.Values.Names[0]})
		}
	}
	slices.Sort(out)
	return out
}
