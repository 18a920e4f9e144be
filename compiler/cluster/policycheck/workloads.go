package policycheck

import (
	"cmp"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// space is the workloads of a namespace, or of all.
type space struct {
	workloads []*inventory.Workload
	open      []*inventory.Workload // those that can have more labels than the manifests show
	byLabel   map[label][]*inventory.Workload
	values    map[string][]string // of each label key, sorted; made when they are asked for
	found     map[string][]*inventory.Workload
	nearest   map[string]near
	orphans   []*inventory.Service // that select none of the workloads
}

type label struct{ key, value string }

func newSpace() *space {
	return &space{byLabel: map[label][]*inventory.Workload{}, found: map[string][]*inventory.Workload{}, nearest: map[string]near{}}
}

func (s *space) add(w *inventory.Workload) {
	s.workloads = append(s.workloads, w)
	if w.Open {
		s.open = append(s.open, w)
	}
	for k, v := range w.Labels {
		s.byLabel[label{k, v}] = append(s.byLabel[label{k, v}], w)
	}
}

// addWorkloads adds the workloads, except those that another one made.
func (c *check) addWorkloads() {
	given := map[inventory.Object]bool{}
	for _, w := range c.inventory.Workloads {
		given[inventory.Object{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}] = true
	}
	for i := range c.inventory.Workloads {
		w := &c.inventory.Workloads[i]
		if given[inventory.Object{Kind: w.Owner.Kind, Namespace: w.Namespace, Name: w.Owner.Name}] {
			continue
		}
		c.peopled(w.Namespace).add(w)
		c.all.add(w)
	}
}

// space returns the workloads of a namespace, of which there may be none.
func (c *check) space(namespace string) *space {
	if s := c.spaces[namespace]; s != nil {
		return s
	}
	return newSpace()
}

// peopled returns the workloads of a namespace for more to be added.
func (c *check) peopled(namespace string) *space {
	s := c.space(namespace)
	c.spaces[namespace] = s
	return s
}

func (c *check) addServices() {
	for i := range c.inventory.Services {
		s := &c.inventory.Services[i]
		if len(s.Selector) == 0 {
			continue
		}
		var keys []relation.Requirement
		for _, k := range slices.Sorted(maps.Keys(s.Selector)) {
			keys = append(keys, relation.Requirement{Key: k, Values: relation.In(s.Selector[k])})
		}
		in := c.peopled(s.Namespace)
		pods := c.find(in, relation.Select(keys...))
		for _, w := range pods {
			c.services[w] = append(c.services[w], s)
		}
		if len(pods) == 0 {
			in.orphans = append(in.orphans, s)
		}
	}
}

// maxKept is how many workloads a remembered answer may have.
const maxKept = 1000

// find returns the workloads that a selector matches.
func (c *check) find(s *space, selector relation.Selector) []*inventory.Workload {
	if selector.IsAny() {
		return s.workloads
	}
	key := selector.String()
	if out, ok := s.found[key]; ok {
		return out
	}
	candidates := s.workloads
	for _, k := range selector.Keys() {
		if v := k.Values; !v.Others && !v.Absent && len(v.Names) == 1 {
			if list := s.byLabel[label{k.Key, v.Names[0]}]; len(list) < len(candidates) {
				candidates = list
			}
		}
	}
	var out []*inventory.Workload
	for _, w := range candidates {
		if selector.Matches(w.Labels) {
			out = append(out, w)
		}
	}
	for _, w := range s.open {
		if !selector.Matches(w.Labels) && mayCarry(w.Labels, selector) {
			out = append(out, w)
		}
	}
	c.work -= 1 + len(candidates) + len(s.open)
	if len(out) <= maxKept {
		s.found[key] = out
	}
	return out
}

// hasService reports whether a Service shows that pods exist which a selector may match: it selects
// no workload of the manifests, and has some label of the selector and none that contradicts it.
func (c *check) hasService(s *space, selector relation.Selector) bool {
	c.work -= len(s.orphans)
	return slices.ContainsFunc(s.orphans, func(service *inventory.Service) bool { return mayCarry(service.Selector, selector) })
}

// mayBeUnread reports whether a selector may match a workload of a namespace that could not be read.
func (c *check) mayBeUnread(ns string, selector relation.Selector) bool {
	c.work -= len(c.inventory.Unread)
	return slices.ContainsFunc(c.inventory.Unread, func(u inventory.Unread) bool {
		return u.Namespace == ns && (u.Labels == nil || selector.Matches(u.Labels))
	})
}

// mayCarry reports whether pods with some labels, and others, most likely match a selector: some label
// is common to both, and none contradicts it.
func mayCarry(labels map[string]string, selector relation.Selector) bool {
	common := false
	for _, k := range selector.Keys() {
		if value, ok := labels[k.Key]; ok {
			if !k.Values.Has(value, true) {
				return false
			}
			common = true
		}
	}
	return common
}

// namespaces is what is known of those that a selector matches.
type namespaces struct {
	names []string // the manifests show them
	open  bool     // others may exist
	maybe bool     // it depends on labels that the manifests do not show
}

// namespacesOf returns the namespaces of the manifests that a selector matches.
func (c *check) namespacesOf(selector relation.Selector) namespaces {
	key := selector.String()
	if n, ok := c.matched[key]; ok {
		return n
	}
	n := namespaces{names: c.facts.Declared(selector)}
	c.work -= len(c.spaces) + 1
	for _, name := range slices.Sorted(maps.Keys(c.spaces)) {
		switch at := map[string]string{relation.NameLabel: name}; {
		case c.facts.Labels(name) != nil, !selector.Get(relation.NameLabel).Has(name, true):
		case selector.Matches(at):
			n.names = append(n.names, name)
		default:
			n.maybe = true
		}
	}
	slices.Sort(n.names)
	if by := selector.Get(relation.NameLabel); by.Others {
		n.open = !c.whole()
	} else {
		n.open = slices.ContainsFunc(by.Names, func(name string) bool { return c.spaces[name] == nil && c.facts.Labels(name) == nil })
	}
	if len(n.names) <= maxKept {
		c.matched[key] = n
	}
	return n
}

// whole reports whether the manifests have every namespace of a cluster, as an export has.
func (c *check) whole() bool { return c.facts.Labels("kube-system") != nil }

// valuesOf returns the values that a label has in a namespace, sorted.
func (s *space) valuesOf(key string) []string {
	if s.values == nil {
		s.values = map[string][]string{}
		for l := range s.byLabel {
			s.values[l.key] = append(s.values[l.key], l.value)
		}
		for _, list := range s.values {
			slices.Sort(list)
		}
	}
	return s.values[key]
}

// first returns the first of some workloads by name.
func first(list []*inventory.Workload) *inventory.Workload {
	return slices.MinFunc(list, func(a, b *inventory.Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}
