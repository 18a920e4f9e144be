package policycheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/spell"
)

// near is a workload that a selector without any most likely means.
type near struct {
	object inventory.Object
	labels map[string]string
	key    string // of the requirement that does not match
	label  label  // of the workload; its key is another one if that was meant, and "" if it lacks the label
}

func nearOf(w *inventory.Workload, key string, l label) near {
	return near{w.Object, w.Labels, key, l}
}

// nearest returns the workload that matches a selector but for one requirement: its value is nearly
// the required one, it has the value under another key, or it has no such label.
func (c *check) nearest(s *space, selector relation.Selector) (near, bool) {
	key := selector.String()
	n, ok := s.nearest[key]
	if !ok {
		n, _ = c.searchNearest(s, selector)
		s.nearest[key] = n
	}
	return n, n.key != ""
}

func (c *check) searchNearest(s *space, selector relation.Selector) (near, bool) {
	for _, k := range selector.Keys() {
		if k.Values.Others || k.Values.Absent || len(k.Values.Names) != 1 {
			continue
		}
		value := k.Values.Names[0]
		var others []relation.Requirement
		for _, o := range selector.Keys() {
			if o.Key != k.Key {
				others = append(others, o)
			}
		}
		rest := relation.Select(others...)
		list := c.find(s, rest)
		values := s.valuesOf(k.Key)
		if !rest.IsAny() {
			values = nil
			for _, w := range list {
				if v, ok := w.Labels[k.Key]; ok {
					values = append(values, v)
				}
			}
			c.work -= len(list)
		}
		c.work -= len(values) * (len(value) + 1)
		if v := spell.Nearest(value, values); v != "" {
			return nearOf(c.carrier(s, list, label{k.Key, v}), k.Key, label{k.Key, v}), true
		}
		if n, ok := c.otherKey(s, rest, k.Key, value); ok {
			return n, true
		}
		if !rest.IsAny() {
			for _, w := range list {
				if _, ok := w.Labels[k.Key]; !ok {
					return nearOf(w, k.Key, label{}), true
				}
			}
		}
	}
	return c.nearService(s, selector)
}

// nearService returns a Service without workloads that selects by nearly the same labels.
func (c *check) nearService(s *space, selector relation.Selector) (near, bool) {
	c.work -= 100 * len(s.orphans)
	for _, service := range s.orphans {
		for _, k := range selector.Keys() {
			value, ok := service.Selector[k.Key]
			if ok && !k.Values.Others && !k.Values.Absent && len(k.Values.Names) == 1 && spell.Nearest(k.Values.Names[0], []string{value}) != "" {
				return near{service.Object, service.Selector, k.Key, label{k.Key, value}}, true
			}
		}
	}
	return near{}, false
}

// carrier returns the first of some workloads that has a label.
func (c *check) carrier(s *space, list []*inventory.Workload, l label) *inventory.Workload {
	if len(list) == len(s.workloads) {
		list = s.byLabel[l]
	}
	list = slices.DeleteFunc(slices.Clone(list), func(w *inventory.Workload) bool { return w.Labels[l.key] != l.value })
	return first(list)
}

// nameKeys are labels that name an application. People mistake one for another.
var nameKeys = []string{"app.kubernetes.io/name", "app", "k8s-app", "name", "run", "app.kubernetes.io/component", "component", "role", "tier", "app.kubernetes.io/instance"}

// otherKey returns a workload that has a value under another key that names applications.
func (c *check) otherKey(s *space, rest relation.Selector, key, value string) (near, bool) {
	for _, k := range nameKeys {
		list := s.byLabel[label{k, value}]
		c.work -= 1 + len(list)
		fits := slices.DeleteFunc(slices.Clone(list), func(w *inventory.Workload) bool { return !rest.Matches(w.Labels) })
		if k != key && len(fits) > 0 {
			return nearOf(first(fits), key, label{k, value}), true
		}
	}
	return near{}, false
}

// Near reports whether labels match a selector but for one requirement, which they nearly meet: what
// the selector requires, and what the labels have instead.
func Near(selector relation.Selector, labels map[string]string) (required, carried string, ok bool) {
	var missed []relation.Requirement
	for _, k := range selector.Keys() {
		if value, has := labels[k.Key]; !k.Values.Has(value, has) {
			missed = append(missed, k)
		}
	}
	if len(missed) != 1 || missed[0].Values.Others || missed[0].Values.Absent || len(missed[0].Values.Names) != 1 {
		return "", "", false
	}
	k := missed[0]
	value, has := labels[k.Key]
	if has && spell.Nearest(k.Values.Names[0], []string{value}) != "" {
		return k.String(), "has " + k.Key + "=" + value, true
	}
	for _, key := range nameKeys {
		if labels[key] == k.Values.Names[0] {
			return k.String(), "has " + key + "=" + labels[key], true
		}
	}
	if !has && len(selector.Keys()) > 1 {
		return k.String(), "has no label " + k.Key, true
	}
	return "", "", false
}
