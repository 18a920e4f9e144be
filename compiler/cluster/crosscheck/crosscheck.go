// Package crosscheck compares a topology with manifests: workloads, Services and Namespaces. A
// correct program can select labels that no pod has, or permit ports on which no container listens.
// Kubernetes does not report that: it accepts policies that match nothing.
package crosscheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// Check reports where manifests and a topology do not match. If the manifests were read with their
// evidence, it also reports connections that they show and the topology does not permit.
func Check(t *topology.Topology, inv *inventory.Inventory) diag.List {
	e := gather(t, withServices(inv))
	e.selectors()
	e.ports()
	e.namespaceLabels()
	e.callbacks()
	e.apiServer()
	e.clusterPolicies()
	if inv.Evidence != nil {
		e.serviceAddresses()
		e.connections()
		e.exposures()
		e.unreached()
		e.accounts()
		e.resolvers()
		e.addresses()
		e.meshes()
		e.emptyEnvironments()
		e.hostsOfNamespaces()
		e.unusedPorts()
		e.outside()
	}
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
	maybe      map[*topology.Tier]bool                  // tiers that workloads may be in
	maybeIn    map[*inventory.Workload]bool             // workloads that may be in a tier
	index      *wiring.Index
	edges      *edgeIndex
	missed     map[*inventory.Workload]bool // workloads that a tier should select, and does not
	wrongPort  map[string]bool              // parties with a port on which no container listens
	told       map[string]bool              // ports of parties that a diagnostic says are closed
	hosts      map[*topology.Namespace]bool // with a diagnostic about workloads on the network of nodes
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
		maybe:      map[*topology.Tier]bool{},
		maybeIn:    map[*inventory.Workload]bool{},
		index:      wiring.NewIndex(inv),
		edges:      newEdgeIndex(t),
		missed:     map[*inventory.Workload]bool{},
		wrongPort:  map[string]bool{},
		told:       map[string]bool{},
		hosts:      map[*topology.Namespace]bool{},
	}
	for _, n := range t.Namespaces {
		e.namespaces[n.Name] = n
	}
	for _, w := range e.index.Workloads {
		n := e.namespaces[w.Namespace]
		if n != nil {
			e.workloads[n] = append(e.workloads[n], w)
			for _, tier := range n.Tiers {
				switch {
				case tier.Selector.Matches(w.Labels):
					e.tiers[w] = append(e.tiers[w], tier)
					e.pods[tier] = append(e.pods[tier], w)
				case mayMatch(tier.Selector, w):
					e.maybe[tier], e.maybeIn[w] = true, true
				}
			}
		}
		e.across(w)
	}
	for _, u := range inv.Unread {
		tiers := t.Tiers
		if n := e.namespaces[u.Namespace]; n != nil {
			tiers = slices.Concat(tiers, n.Tiers)
		}
		for _, tier := range tiers {
			if u.Labels == nil || tier.Selector.Matches(u.Labels) {
				e.maybe[tier] = true
			}
		}
	}
	return e
}
