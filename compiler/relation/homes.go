package relation

import (
	"maps"
	"slices"
)

// A home is namespaces whose pods have the same rules. Most homes are one namespace, and are called
// by its name. Where rules select namespaces by labels, namespaces that nobody declares fall into
// classes by their labels. A class is called by its selector in braces, which no namespace is.

// Class returns the name of the home of the namespaces that a selector matches.
func Class(s Selector) string { return "{" + s.String() + "}" }

// Namespaces selects the namespaces of a home.
func (r *Relation) Namespaces(home string) Selector {
	if s, ok := r.Classes[home]; ok {
		return s
	}
	return Labelled(NameLabel, home)
}

// Home returns the home of a pod.
func (r *Relation) Home(p Party) string {
	if len(r.Classes) == 0 || p.Namespace == "" || r.Facts.labels[p.Namespace] != nil {
		return p.Namespace
	}
	labels := maps.Clone(p.NamespaceLabels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[NameLabel] = p.Namespace
	for home, s := range r.Classes {
		if s.Matches(labels) {
			return home
		}
	}
	return p.Namespace
}

// Homes lists the homes with rules in a direction that have namespaces which a selector can match;
// others reports whether it can match one that has no rules.
func (r *Relation) Homes(s Selector, d Direction) (homes []string, others bool) {
	for _, name := range r.Facts.Declared(s) {
		if r.RuleSets[d][name] != nil {
			homes = append(homes, name)
		} else {
			others = true
		}
	}
	homes = append(homes, r.undeclaredHomes(d, s)...)
	if !others {
		others = slices.ContainsFunc(r.unisolated(s, d), func(rest Selector) bool {
			_, can := r.Facts.Undeclared(rest)
			return can
		})
	}
	return homes, others
}

// undeclaredHomes lists the homes with rules of namespaces that are not declared, and that a selector
// can match.
func (r *Relation) undeclaredHomes(d Direction, s Selector) []string {
	names := s.Get(NameLabel)
	candidates := names.Names
	if names.Others {
		candidates = slices.Sorted(maps.Keys(r.RuleSets[d]))
	}
	var out []string
	for _, name := range candidates {
		if _, isClass := r.Classes[name]; !isClass && r.RuleSets[d][name] != nil && r.Facts.labels[name] == nil && names.Has(name, true) {
			out = append(out, name)
		}
	}
	if len(r.Classes) == 0 {
		return out
	}
	for _, home := range slices.Sorted(maps.Keys(r.Classes)) {
		if r.RuleSets[d][home] != nil && r.Facts.possible(s.Intersect(r.Classes[home])) {
			out = append(out, home)
		}
	}
	return out
}

// unisolated returns the part of a selector of namespaces that matches those without rules.
func (r *Relation) unisolated(s Selector, d Direction) []Selector {
	names := s.Get(NameLabel)
	if names.Others {
		s = s.Intersect(Select(Requirement{NameLabel, NotIn(slices.Collect(maps.Keys(r.RuleSets[d]))...)}))
	} else {
		without := slices.DeleteFunc(slices.Clone(names.Names), func(n string) bool { return r.RuleSets[d][n] != nil })
		s = s.Intersect(Select(Requirement{NameLabel, In(without...)}))
	}
	rest := []Selector{s}
	for home, class := range r.Classes {
		if r.RuleSets[d][home] == nil {
			continue
		}
		var next []Selector
		for _, t := range rest {
			next = append(next, t.Subtract(class)...)
		}
		rest = next
	}
	return rest
}

// within is a home, and those of its namespaces that a selector matches.
type within struct {
	home string
	at   Selector
}

// split returns the homes of the undeclared namespaces that a selector matches. Those without rules in
// either direction are one home, called "".
func (r *Relation) split(s Selector) (out []within) {
	rest := []Selector{s}
	for _, home := range slices.Sorted(maps.Keys(r.Classes)) {
		var next []Selector
		for _, t := range rest {
			if both := t.Intersect(r.Classes[home]); r.Facts.possible(both) {
				out = append(out, within{home, both})
			}
			next = append(next, t.Subtract(r.Classes[home])...)
		}
		rest = next
	}
	for _, t := range rest {
		if name, ok := t.Get(NameLabel).only(); ok {
			out = append(out, within{name, t})
		} else if r.Facts.possible(t) {
			out = append(out, within{"", t})
		}
	}
	return out
}

// only returns the one value that a key can have.
func (v Values) only() (string, bool) {
	if v.Others || v.Absent || len(v.Names) != 1 {
		return "", false
	}
	return v.Names[0], true
}

// pairOfHomes is namespaces whose pods have the same rules in each of two relations.
type pairOfHomes struct {
	a, b string
	at   Selector
}

// homePairs lists the homes with rules in a direction, in both relations.
func homePairs(a, b *Relation, d Direction) (out []pairOfHomes) {
	names := maps.Clone(a.RuleSets[d])
	maps.Copy(names, b.RuleSets[d])
	classes := len(a.Classes)+len(b.Classes) > 0
	var known []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		_, inA := a.Classes[name]
		_, inB := b.Classes[name]
		if inA || inB {
			continue
		}
		known = append(known, name)
		if !classes || a.Facts.labels[name] != nil {
			out = append(out, pairOfHomes{name, name, Labelled(NameLabel, name)})
			continue
		}
		out = appendPairs(out, a, b, Labelled(NameLabel, name))
	}
	if classes {
		known = append(known, a.Facts.Names()...)
		out = appendPairs(out, a, b, Select(Requirement{NameLabel, Exists()}, Requirement{NameLabel, NotIn(known...)}))
	}
	return out
}

func appendPairs(out []pairOfHomes, a, b *Relation, s Selector) []pairOfHomes {
	for _, x := range a.split(s) {
		if _, same := b.Classes[x.home]; same { // and no other class of b has any of its namespaces
			out = append(out, pairOfHomes{x.home, x.home, x.at})
			continue
		}
		for _, y := range b.split(x.at) {
			if x.home != "" || y.home != "" {
				out = append(out, pairOfHomes{x.home, y.home, y.at})
			}
		}
	}
	return out
}

// namespace returns the labels of a namespace that a selector matches, if one can exist. Declared
// namespaces that it names come first.
func (f *Facts) namespace(s Selector) (map[string]string, bool) {
	if names := s.Get(NameLabel); !names.Others {
		for _, name := range names.Names {
			if labels, ok := f.labelled(name, s); ok {
				return labels, true
			}
		}
		return nil, false
	}
	if labels, ok := f.Undeclared(s); ok {
		return labels, true
	}
	if declared := f.Declared(s); len(declared) > 0 {
		return f.labels[declared[0]], true
	}
	return nil, false
}

// namespacePair returns the labels of a namespace that one selector matches and of one that another
// matches: two namespaces if they can be, or else one that both match.
func (f *Facts) namespacePair(s, t Selector) (mine, theirs map[string]string, ok bool) {
	other := func(s Selector, names ...string) (map[string]string, bool) {
		return f.namespace(s.Intersect(Select(Requirement{NameLabel, Exists()}, Requirement{NameLabel, NotIn(names...)})))
	}
	mine, ok = f.namespace(s)
	if names := t.Get(NameLabel); !names.Others {
		if free, can := other(s, names.Names...); can {
			mine, ok = free, true
		}
	}
	if !ok {
		return nil, nil, false
	}
	if theirs, ok = other(t, mine[NameLabel]); ok {
		return mine, theirs, true
	}
	both, ok := f.namespace(s.Intersect(t))
	return both, both, ok
}

// Others selects the namespaces that are not declared.
func (f *Facts) Others() Selector { return f.others }
