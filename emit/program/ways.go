package program

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// exposures adds the edges to what routes and Services open to everyone.
func (d *draft) exposures() {
	for _, x := range d.inventory.Evidence.Exposures {
		s := d.Service(x.Service.Namespace, x.Service.Name)
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

// monitors adds the edges from Prometheus to what it scrapes.
func (d *draft) monitors() {
	prometheus := slices.IndexFunc(d.tiers, func(t *tier) bool {
		return slices.Contains(slices.Collect(maps.Values(t.labels)), "prometheus")
	})
	var idle, scraped []string
	for _, m := range d.inventory.Evidence.Monitors {
		var found bool
		for _, c := range d.Scraped(m) {
			to := d.tierOf[c.To]
			if to == nil {
				continue
			}
			if found = true; prometheus >= 0 {
				d.connect(d.tiers[prometheus], to, to.ports(c.Ports), "%s", c.Evidence)
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

// callbacks adds the edges from the API server to the Services that it calls.
func (d *draft) callbacks() {
	for _, c := range d.inventory.Callbacks {
		s := d.Service(c.Service.Namespace, c.Service.Name)
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
			for _, a := range d.Bindings(w) {
				d.connect(from, apiServer, nil, "%s %s", a.Binding.Kind, a.Binding.Name)
			}
		}
	}
}
