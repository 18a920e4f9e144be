package wiring

import (
	"net/netip"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// Index finds objects of an inventory.
type Index struct {
	inventory *inventory.Inventory
	// Workloads are those that no other workload of the inventory makes, and pods whose labels were
	// changed since.
	Workloads []*inventory.Workload

	services map[object]*inventory.Service
	addrs    map[netip.Addr]*inventory.Service
	byLabel  map[label][]*inventory.Workload
	behind   map[*inventory.Service][]*inventory.Workload
	before   map[*inventory.Workload][]*inventory.Service
	bindings map[object][]inventory.Account // of ServiceAccounts
}

type (
	object struct{ namespace, name string }
	label  struct{ namespace, key, value string }
)

// NewIndex returns the index of an inventory.
func NewIndex(inv *inventory.Inventory) *Index {
	services, workloads := len(inv.Services), len(inv.Workloads)
	x := &Index{
		inventory: inv,
		services:  make(map[object]*inventory.Service, services),
		addrs:     map[netip.Addr]*inventory.Service{},
		behind:    make(map[*inventory.Service][]*inventory.Workload, services),
		byLabel:   make(map[label][]*inventory.Workload, workloads),
		before:    make(map[*inventory.Workload][]*inventory.Service, workloads),
	}
	given := make(map[inventory.Object]*inventory.Workload, workloads)
	key := func(kind, namespace, name string) inventory.Object {
		return inventory.Object{Kind: kind, Namespace: namespace, Name: name}
	}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		given[key(w.Kind, w.Namespace, w.Name)] = w
		for k, v := range w.Labels {
			l := label{w.Namespace, k, v}
			x.byLabel[l] = append(x.byLabel[l], w)
		}
	}
	for i := range inv.Workloads {
		w := &inv.Workloads[i]
		owner := given[key(w.Owner.Kind, w.Namespace, w.Owner.Name)]
		if owner == nil || w.Name != "" && owner.Labels != nil && !inventory.Carries(w.Labels, owner.Labels) {
			x.Workloads = append(x.Workloads, w)
		}
	}
	for i := range inv.Services {
		s := &inv.Services[i]
		x.services[object{s.Namespace, s.Name}] = s
		for _, a := range s.Addrs {
			x.addrs[a] = s
		}
		x.behind[s] = x.Carriers(s.Namespace, s.Selector)
		for _, w := range x.behind[s] {
			x.before[w] = append(x.before[w], s)
		}
	}
	return x
}

// Service returns a Service of the manifests, or nil.
func (x *Index) Service(namespace, name string) *inventory.Service {
	return x.services[object{namespace, name}]
}

// Carriers returns the workloads of a namespace whose pods have all these labels; none for no labels.
func (x *Index) Carriers(namespace string, labels map[string]string) (found []*inventory.Workload) {
	var fewest []*inventory.Workload
	first := true
	for k, v := range labels {
		if some := x.byLabel[label{namespace, k, v}]; first || len(some) < len(fewest) {
			fewest, first = some, false
		}
	}
	for _, w := range fewest {
		if inventory.Carries(w.Labels, labels) {
			found = append(found, w)
		}
	}
	return found
}

// Behind returns the workloads whose pods a Service selects.
func (x *Index) Behind(s *inventory.Service) []*inventory.Workload {
	if pods, ok := x.behind[s]; ok {
		return pods
	}
	return x.Carriers(s.Namespace, s.Selector)
}

// Before returns the Services that select the pods of a workload.
func (x *Index) Before(w *inventory.Workload) []*inventory.Service { return x.before[w] }

// Ports returns the ports that the containers of a workload declare, and those to which Services send.
func (x *Index) Ports(w *inventory.Workload) []inventory.Port {
	ports := append([]inventory.Port(nil), w.Ports...)
	for _, s := range x.before[w] {
		for _, p := range s.Ports {
			if to, ok := Target(p, w); ok {
				ports = addPort(ports, to)
			}
		}
	}
	return ports
}

func addPort(ports []inventory.Port, p inventory.Port) []inventory.Port {
	for _, old := range ports {
		if old.Number == p.Number && old.Protocol == p.Protocol {
			return ports
		}
	}
	return append(ports, p)
}
