package program

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// exposures adds the edges to what routes and Services open to everyone.
func (d *draft) exposures() {
	for _, x := range d.inventory.Evidence.Exposures {
		s := d.services[object{x.Service.Namespace, x.Service.Name}]
		if s == nil {
			d.note("%s names %s, which is not in the manifests.", x.Object, x.Service)
			continue
		}
		for _, to := range d.behind(s) {
			var ports []listen
			for _, p := range s.Ports {
				if target, ok := to.target(p); ok && (x.Port == "" || x.Port == p.Name || x.Port == strconv.Itoa(p.Number)) {
					ports = append(ports, target)
				}
			}
			if x.Type != "" {
				d.connect(everyone, to, ports, "Service %s is a %s", s.Name, x.Type)
			} else {
				d.connect(everyone, to, ports, "%s; narrow it to the proxy's pods", x.Object)
			}
		}
	}
}

// peers adds the edges between the pods of a StatefulSet that find each other by a Service.
func (d *draft) peers() {
	for _, t := range d.tiers {
		for _, w := range t.workloads {
			s := d.services[object{w.Namespace, w.Details.Service}]
			if w.Kind == "StatefulSet" && w.Details.Replicas > 1 && s != nil && s.Headless {
				d.connect(t, t, t.listens, "StatefulSet %s has %d pods, found by Service %s", w.Name, w.Details.Replicas, w.Details.Service)
			}
		}
	}
}

// monitors adds the edges from Prometheus to what it scrapes.
func (d *draft) monitors() {
	prometheus := slices.IndexFunc(d.tiers, func(t *tier) bool {
		return slices.Contains(slices.Collect(maps.Values(t.labels)), "prometheus")
	})
	var idle, scraped []string
	for _, m := range d.inventory.Evidence.Monitors {
		var found bool
		for to, ports := range d.scraped(m) {
			if found = true; prometheus >= 0 {
				d.connect(d.tiers[prometheus], to, ports, "%s", m.Object)
			} else if name := to.String(); !slices.Contains(scraped, name) {
				scraped = append(scraped, name)
			}
		}
		if !found {
			idle = append(idle, m.Object.String())
		}
	}
	if len(scraped) > 0 {
		d.note("Prometheus scrapes these, but its pods are not in these manifests: %s.", strings.Join(scraped, ", "))
	}
	if len(idle) > 0 {
		d.note("These select nothing in these manifests: %s.", strings.Join(idle, ", "))
	}
}

// scraped yields the tiers that a monitor selects, with the ports.
func (d *draft) scraped(m inventory.Monitor) func(func(*tier, []listen) bool) {
	there := func(namespace string) bool {
		return m.Everywhere || slices.Contains(m.Namespaces, namespace) || m.Namespaces == nil && namespace == m.Namespace
	}
	return func(yield func(*tier, []listen) bool) {
		if m.Kind == "PodMonitor" {
			for _, t := range d.tiers {
				carries := func(w *inventory.Workload) bool { return len(m.Labels) == 0 || inventory.Carries(w.Labels, m.Labels) }
				if there(t.namespace) && slices.ContainsFunc(t.workloads, carries) {
					ports := slices.DeleteFunc(slices.Clone(t.listens), func(l listen) bool { return !slices.Contains(m.Ports, l.name) })
					if len(ports) > 0 && !yield(t, ports) {
						return
					}
				}
			}
			return
		}
		for i := range d.inventory.Services {
			s := &d.inventory.Services[i]
			labels := d.inventory.Evidence.Labels(s.Object)
			if !there(s.Namespace) || len(m.Labels) > 0 && !inventory.Carries(labels, m.Labels) {
				continue
			}
			for _, t := range d.behind(s) {
				var ports []listen
				for _, p := range s.Ports {
					if target, ok := t.target(p); ok && (slices.Contains(m.Ports, p.Name) || slices.Contains(m.Ports, p.Target.String())) {
						ports = append(ports, target)
					}
				}
				if len(ports) > 0 && !yield(t, ports) {
					return
				}
			}
		}
	}
}

// callbacks adds the edges from the API server to the Services that it calls.
func (d *draft) callbacks() {
	for _, c := range d.inventory.Callbacks {
		s := d.services[object{c.Service.Namespace, c.Service.Name}]
		if s == nil {
			continue
		}
		for _, to := range d.behind(s) {
			var ports []listen
			for _, p := range s.Ports {
				if target, ok := to.target(p); ok && p.Number == c.Port && p.Protocol == relation.TCP {
					ports = append(ports, target)
				}
			}
			d.connect(apiServer, to, ports, "%s", c.Object)
		}
	}
}

// accounts adds the edges to the API server of workloads whose account has a role.
func (d *draft) accounts() {
	for _, from := range d.tiers {
		for _, w := range from.workloads {
			account := w.Details.Account
			if account == "" {
				account = "default"
			}
			for _, a := range d.inventory.Evidence.Accounts {
				if a.Name == account && a.Namespace == w.Namespace {
					d.connect(from, apiServer, nil, "%s %s", a.Binding.Kind, a.Binding.Name)
				}
			}
		}
	}
}
