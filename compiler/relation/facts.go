package relation

import (
	"maps"
	"slices"
)

// NameLabel is the label that every Namespace object carries, with its own
// name as the value.
const NameLabel = "kubernetes.io/metadata.name"

// Facts is what is known about namespaces: the labels of the declared ones. Any other may exist, with
// any labels. It is also what is known of the network plugin.
type Facts struct {
	labels    map[string]map[string]string // by name; NameLabel included
	*Universe                              // of the rules of rule sets with these facts
	others    Selector                     // the namespaces that are not declared
	Enforcement
	Hosts
}

// Hosts is addresses of a cluster that are no pods', as far as they are known.
type Hosts struct{ Nodes, APIServer Addrs }

// MayBeNodes returns the addresses that nodes can have: those that are stated, or else private ones.
func (h Hosts) MayBeNodes() Addrs {
	if h.Nodes.IsEmpty() {
		return Private
	}
	return h.Nodes
}

// Enforcement is how policies are enforced where the Kubernetes API leaves that open. Its zero value is
// what the API says.
type Enforcement struct {
	// Unmatched is addresses that no address block of a policy matches.
	Unmatched Addrs
	// OmittedTypes is set if rules of a direction count, and isolate, although the types of their policy
	// omit the direction.
	OmittedTypes bool
}

// NewFacts returns the facts of declared namespaces: their labels by name.
func NewFacts(labels map[string]map[string]string) *Facts {
	f := &Facts{labels: map[string]map[string]string{}, Universe: &Universe{}}
	for name, l := range labels {
		f.labels[name] = map[string]string{}
		maps.Copy(f.labels[name], l)
		f.labels[name][NameLabel] = name
	}
	f.others = Select(Requirement{NameLabel, NotIn(slices.Collect(maps.Keys(labels))...)})
	return f
}

// Names lists the declared namespaces in order.
func (f *Facts) Names() []string { return slices.Sorted(maps.Keys(f.labels)) }

// Labels returns the labels of a declared namespace, which must not be changed; nil if it is not
// declared.
func (f *Facts) Labels(namespace string) map[string]string { return f.labels[namespace] }

// Undeclared returns the labels of a namespace that is not declared and that a selector matches, if
// there can be one.
func (f *Facts) Undeclared(s Selector) (map[string]string, bool) {
	s = s.Intersect(Select(Requirement{NameLabel, Exists()}))
	if s.IsEmpty() {
		return nil, false
	}
	names := s.Get(NameLabel)
	if names.Others {
		// There are always more names than those excluded and declared.
		names = names.Intersect(f.others.Get(NameLabel))
	} else {
		names = In(slices.DeleteFunc(slices.Clone(names.Names), func(n string) bool { return f.labels[n] != nil })...)
	}
	if names.IsEmpty() {
		return nil, false
	}
	sample := s.Sample()
	sample[NameLabel], _ = names.Sample()
	return sample, true
}

// labelled returns the labels of the namespace with a name, if a selector can match it: the declared
// ones, or those that the selector requires.
func (f *Facts) labelled(name string, s Selector) (map[string]string, bool) {
	if labels, declared := f.labels[name]; declared {
		return labels, s.Matches(labels)
	}
	s = s.Intersect(Select(Requirement{NameLabel, In(name)}))
	if s.IsEmpty() {
		return nil, false
	}
	return s.Sample(), true
}

// Declared lists the declared namespaces that a selector matches, in order.
func (f *Facts) Declared(s Selector) []string {
	candidates := s.Get(NameLabel).Names
	if s.Get(NameLabel).Others {
		candidates = f.Names()
	}
	var out []string
	for _, n := range candidates {
		if l := f.labels[n]; l != nil && s.Matches(l) {
			out = append(out, n)
		}
	}
	return out
}

// possible reports whether a namespace that a selector matches can exist.
func (f *Facts) possible(s Selector) bool {
	if names := s.Get(NameLabel); !names.Others {
		for _, n := range names.Names {
			if l := f.labels[n]; l == nil && !s.IsEmpty() || l != nil && s.Matches(l) {
				return true
			}
		}
		return false
	}
	// An excluded name leaves all others.
	if _, ok := f.Undeclared(s); ok {
		return true
	}
	return len(f.Declared(s)) > 0
}
