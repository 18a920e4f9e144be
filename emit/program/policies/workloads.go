package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/spell"
)

// observe notes which tiers select no workload, where the manifests have workloads of the namespace.
func (d *draft) observe() {
	for _, p := range d.parties.list {
		if p.kind != tierPods || len(d.workloads[p.namespace]) == 0 || len(d.carriers(p)) > 0 {
			continue
		}
		p.note = "selects no workload"
		if near := d.nearest(p); near != "" {
			p.note += "; " + near
		}
	}
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
