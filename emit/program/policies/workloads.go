package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/spell"
)

// observe notes which tiers select no workload, where the manifests have workloads of the namespace.
// From a custom resource there an operator may create the pods of a tier, so only a near match tells
// that its selector is wrong.
func (d *draft) observe() {
	for _, p := range d.parties.list {
		if p.kind != tierPods || len(d.workloads[p.namespace]) == 0 || len(d.carriers(p)) > 0 {
			continue
		}
		custom := d.custom[p.namespace]
		makers := slices.DeleteFunc(slices.Clone(custom), func(o inventory.Object) bool { return !mayCreate(o, p.pods) })
		switch near := d.nearest(p); {
		case len(makers) == 1:
			p.note = fmt.Sprintf("pods of %s %s, if its operator creates them", makers[0].Kind, makers[0].Name)
		case len(makers) > 1:
			p.note = fmt.Sprintf("pods of resources of kind %s, if their operator creates them", makers[0].Kind)
		case near != "":
			p.note = "selects no workload; " + near
		case len(custom) == 0:
			p.note = "selects no workload"
		}
	}
}

// mayCreate reports whether pods that a selector requires may come from a custom resource: a label has
// the resource's kind as its value, as in app.kubernetes.io/name=prometheus.
func mayCreate(o inventory.Object, pods relation.Selector) bool {
	return slices.ContainsFunc(pods.Keys(), func(k relation.Requirement) bool {
		v := k.Values
		return !v.Others && !v.Absent && len(v.Names) == 1 && strings.EqualFold(v.Names[0], o.Kind)
	})
}

// carriers returns the workloads of which a tier selects the pods.
func (d *draft) carriers(p *party) (out []*inventory.Workload) {
	for _, w := range d.workloads[p.namespace] {
		if p.kind == tierPods && p.pods.Matches(w.Labels) {
			out = append(out, w)
		}
	}
	return out
}

// nearest says which workload has a label that is nearly what a tier requires: the value under another
// key, or a value that is spelled almost alike.
func (d *draft) nearest(p *party) string {
	for _, required := range p.pods.Keys() {
		v := required.Values
		if v.Others || v.Absent || len(v.Names) != 1 {
			continue
		}
		var values []string
		byValue := map[string]*inventory.Workload{}
		for _, w := range d.workloads[p.namespace] {
			for _, key := range sorted(w.Labels) {
				if w.Labels[key] == v.Names[0] && key != required.Key {
					return carries(w, key)
				}
			}
			if value, ok := w.Labels[required.Key]; ok && byValue[value] == nil {
				byValue[value] = w
				values = append(values, value)
			}
		}
		slices.Sort(values)
		if near := spell.Nearest(v.Names[0], values); near != "" && near != v.Names[0] {
			return carries(byValue[near], required.Key)
		}
		if i := slices.IndexFunc(values, func(value string) bool { return strings.HasPrefix(value, v.Names[0]+"-") }); i >= 0 {
			return carries(byValue[values[i]], required.Key)
		}
	}
	return ""
}

func carries(w *inventory.Workload, key string) string {
	return fmt.Sprintf("%s %s has %s=%s", w.Kind, w.Name, key, w.Labels[key])
}
