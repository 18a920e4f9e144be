package query

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// The limits of how finely pods are told apart. What pods there can be is more than the policies
// have selectors, up to any combination of these.
const (
	manyClasses = 1000      // sets of pods of a namespace
	manyPairs   = 2_000_000 // requirements of selectors to compare, in all namespaces
	manyParts   = 5_000     // parts that no policy isolates of selectors that fit no workload
)

// budget is what may still be spent on telling pods apart.
type budget struct{ pairs, nested, parts int }

// classes cuts all pods into sets that none of the selectors cuts. If these are too many, it returns
// the selectors themselves, and whether they cut each other only by being a part: then what a rule
// grants to some of a set, it grants to all, or it is another set's.
func (b *budget) classes(selectors []relation.Selector) ([]relation.Selector, bool) {
	byText := map[string]relation.Selector{}
	for _, s := range selectors {
		if !s.IsEmpty() {
			byText[s.String()] = s
		}
	}
	var given []relation.Selector // in an order that no file's or object's place decides
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		given = append(given, byText[text])
	}
	if len(given) > manyClasses {
		return given, b.areNested(given)
	}
	sets := []relation.Selector{{}}
	for _, s := range given {
		var next []relation.Selector
		for _, set := range sets {
			if b.pairs -= 1 + len(set.Keys()); b.pairs < 0 {
				return given, b.areNested(given)
			}
			if in := set.Intersect(s); !in.IsEmpty() {
				next = append(next, in)
			}
			next = append(next, set.Subtract(s)...)
		}
		if sets = next; len(sets) > manyClasses {
			return given, b.areNested(given)
		}
	}
	return sets, true
}

// areNested reports whether of any two selectors that overlap, one matches all that the other matches.
func (b *budget) areNested(selectors []relation.Selector) bool {
	x := relation.NewIndex(selectors)
	for _, s := range selectors {
		others := x.Overlapping(s)
		if b.nested -= len(others); b.nested < 0 {
			return false
		}
		for _, i := range others {
			if t := selectors[i]; !s.Implies(t) && !t.Implies(s) {
				return false
			}
		}
	}
	return true
}

// freeParts returns the parts of selectors that no policy isolates, except of those that no policy
// isolates as a whole. It is false if they are too many.
func (b *budget) freeParts(selectors, free []relation.Selector) ([]relation.Selector, bool) {
	if b.pairs -= len(selectors) * len(free); b.pairs < 0 {
		return nil, false
	}
	var parts []relation.Selector
	for _, f := range free {
		for _, s := range selectors {
			if part := s.Intersect(f); !part.IsEmpty() && !s.Implies(f) {
				if parts = append(parts, part); len(parts) > b.parts {
					return nil, false
				}
			}
		}
	}
	b.parts -= len(parts)
	return parts, true
}

// wideSelectors are selectors of pods in several namespaces: by what selects these, and by their text.
type wideSelectors map[string]*wideSelector

type wideSelector struct {
	namespaces relation.Selector
	labels     map[string]relation.Selector
}

func (w wideSelectors) note(p relation.Pods) {
	key := p.Namespaces.String()
	if w[key] == nil {
		w[key] = &wideSelector{p.Namespaces, map[string]relation.Selector{}}
	}
	w[key].labels[p.Labels.String()] = p.Labels
}

// of returns those that select pods of all of some namespaces.
func (w wideSelectors) of(namespaces relation.Selector, facts *relation.Facts) (out []relation.Selector) {
	for _, s := range w {
		if (relation.Pods{Namespaces: namespaces}).Inside(relation.Pods{Namespaces: s.namespaces}, facts) {
			out = slices.AppendSeq(out, maps.Values(s.labels))
		}
	}
	return out
}
