// Package evidence holds a topology against manifests of what it is about:
// workloads, Services and Namespaces. A program can be right in itself and speak of labels that no
// pod carries, or of ports that no container listens on; Kubernetes says nothing of that, and policies that
// match nothing are applied without complaint.
package evidence

import (
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

// Check reports where manifests and a topology do not fit.
func Check(t *topology.Topology, inv *inventory.Inventory) diag.List {
	e := gather(t, inv)
	e.selectors()
	e.hostNetwork()
	e.ports()
	e.namespaceLabels()
	e.callbacks()
	e.diags.Sort()
	return e.diags
}

// evidence is a topology with the workloads of its namespaces.
type evidence struct {
	topology   *topology.Topology
	inventory  *inventory.Inventory
	namespaces map[string]*topology.Namespace
	workloads  map[*topology.Namespace][]*inventory.Workload
	tiers      map[*inventory.Workload][]*topology.Tier // that a workload is in
	pods       map[*topology.Tier][]*inventory.Workload // that are in a tier
	services   map[string][]*inventory.Service          // by namespace
	diags      diag.List
}

func gather(t *topology.Topology, inv *inventory.Inventory) *evidence {
	e := &evidence{
		topology:   t,
		inventory:  inv,
		namespaces: map[string]*topology.Namespace{},
		workloads:  map[*topology.Namespace][]*inventory.Workload{},
		tiers:      map[*inventory.Workload][]*topology.Tier{},
		pods:       map[*topology.Tier][]*inventory.Workload{},
		services:   map[string][]*inventory.Service{},
	}
	for _, n := range t.Namespaces {
		e.namespaces[n.Name] = n
	}
	owners := map[string]bool{}
	for i := range inv.Workloads {
		owners[inv.Workloads[i].Object.String()] = true
	}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		n := e.namespaces[w.Namespace]
		owner := inventory.Object{Kind: w.Owner.Kind, Namespace: w.Namespace, Name: w.Owner.Name}
		if n == nil || owners[owner.String()] {
			continue // what made it is looked at in its stead
		}
		e.workloads[n] = append(e.workloads[n], w)
		for _, tier := range n.Tiers {
			if tier.Selector.Matches(w.Labels) {
				e.tiers[w] = append(e.tiers[w], tier)
				e.pods[tier] = append(e.pods[tier], w)
			}
		}
	}
	for i := range inv.Services {
		s := &inv.Services[i]
		e.services[s.Namespace] = append(e.services[s.Namespace], s)
	}
	return e
}

// selects reports whether a Service sends to the pods of a workload.
func selects(s *inventory.Service, w *inventory.Workload) bool {
	if len(s.Selector) == 0 {
		return false
	}
	for k, v := range s.Selector {
		if value, ok := w.Labels[k]; !ok || value != v {
			return false
		}
	}
	return true
}

// labelled returns labels as a selector writes them.
func labelled(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+labels[k])
	}
	return strings.Join(parts, ", ")
}
