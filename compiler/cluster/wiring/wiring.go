// Package wiring finds the connections that manifests show: texts that name a Service, monitors, and
// the peers of a StatefulSet.
package wiring

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// Connection is a connection that manifests show.
type Connection struct {
	From, To *inventory.Workload
	Service  *inventory.Service // nil for pods that are found without one
	Ports    []inventory.Port   // of the pods of To; at least one
	Any      bool               // it may use only some of the ports
	Evidence string
	Span     source.Span // of the evidence
	// Unsure is set if the workload may not use the value that names the Service.
	Unsure bool
}

// Target returns the port of a workload's pods to which a port of a Service leads. It is the
// container's, if one declares it.
func Target(p inventory.ServicePort, w *inventory.Workload) (inventory.Port, bool) {
	for _, c := range w.Ports {
		if c.Protocol != p.Protocol {
			continue
		}
		if p.Target.Type == intstr.String && c.Name == p.Target.StrVal || p.Target.Type == intstr.Int && c.Number == int(p.Target.IntVal) {
			return c, true
		}
	}
	n := int(p.Target.IntVal)
	isPort := p.Target.Type == intstr.Int && n >= relation.MinPort && n <= relation.MaxPort
	return inventory.Port{Number: n, Protocol: p.Protocol}, isPort
}

// Peers returns the connections between the pods of StatefulSets that find each other by a Service.
func (x *Index) Peers() (found []Connection) {
	for _, w := range x.Workloads {
		if w.Kind != "StatefulSet" || w.Details.Replicas < 2 {
			continue
		}
		s := x.Service(w.Namespace, w.Details.Service)
		if ports := x.Ports(w); s != nil && s.Headless && len(ports) > 0 {
			found = append(found, Connection{From: w, To: w, Service: s, Ports: ports, Any: true, Span: w.Span,
				Evidence: fmt.Sprintf("StatefulSet %s has %d pods, found by Service %s", w.Name, w.Details.Replicas, s.Name)})
		}
	}
	return found
}

// Scraped returns the connections of a monitor. They have no From.
func (x *Index) Scraped(m inventory.Monitor) (found []Connection) {
	there := func(namespace string) bool {
		return m.Everywhere || slices.Contains(m.Namespaces, namespace) || m.Namespaces == nil && namespace == m.Namespace
	}
	add := func(s *inventory.Service, w *inventory.Workload, ports []inventory.Port) {
		if len(ports) > 0 {
			found = append(found, Connection{To: w, Service: s, Ports: ports, Evidence: m.Object.String(), Span: m.Span})
		}
	}
	if m.Kind == "PodMonitor" {
		for _, w := range x.Workloads {
			if there(w.Namespace) && (len(m.Labels) == 0 || inventory.Carries(w.Labels, m.Labels)) {
				add(nil, w, slices.DeleteFunc(slices.Clone(w.Ports), func(p inventory.Port) bool { return !slices.Contains(m.Ports, p.Name) }))
			}
		}
		return found
	}
	for i := range x.inventory.Services {
		s := &x.inventory.Services[i]
		if !there(s.Namespace) || len(m.Labels) > 0 && !inventory.Carries(x.inventory.Evidence.Labels(s.Object), m.Labels) {
			continue
		}
		for _, w := range x.Behind(s) {
			var ports []inventory.Port
			for _, p := range s.Ports {
				if to, ok := Target(p, w); ok && (slices.Contains(m.Ports, p.Name) || slices.Contains(m.Ports, p.Target.String())) {
					ports = addPort(ports, to)
				}
			}
			add(s, w, ports)
		}
	}
	return found
}

// Bindings returns what binds the ServiceAccount of a workload to a role.
func (x *Index) Bindings(w *inventory.Workload) []inventory.Account {
	if x.bindings == nil {
		x.bindings = map[object][]inventory.Account{}
		for _, a := range x.inventory.Evidence.Accounts {
			key := object{a.Namespace, a.Name}
			x.bindings[key] = append(x.bindings[key], a)
		}
	}
	return x.bindings[object{w.Namespace, cmp.Or(w.Details.Account, "default")}]
}
