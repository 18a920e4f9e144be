package model

import (
	"maps"
	"slices"
)

// This file gives endpoints and ports their meaning.

// resolve turns a ref into an endpoint. It fails for what belongs to an
// environment that is not being built.
func (w *world) resolve(r ref, stamp string) (endpoint, bool) {
	e := endpoint{kind: r.kind, label: r.text(stamp)}
	missing := func(found bool) bool {
		if !found && w.chosen == "" {
			panic("nothing is called " + e.label)
		}
		return !found
	}
	switch r.kind {
	case tierRef:
		e.space = stamped(r.space, stamp)
		e.tier = w.tiers[e.space+"/"+r.name]
		if missing(e.tier != nil) {
			return e, false
		}
		e.listens = e.tier.listens
	case spaceRef:
		e.space = stamped(r.space, stamp)
		if missing(w.spaces[e.space] != nil) {
			return e, false
		}
	case environmentRef, stampRef:
		name := r.name
		if r.kind == stampRef {
			name = stamp
		}
		e.kind = environmentRef
		e.env = w.envs[name]
		if missing(e.env != nil) {
			return e, false
		}
	case acrossRef:
		e.tier = w.across[acrossKey{r.across, stamp}]
		if e.tier == nil {
			e.tier = w.across[acrossKey{r.across, ""}]
		}
		if missing(e.tier != nil) {
			return e, false
		}
		e.listens = e.tier.listens
	case externalRef:
		e.blocks, e.hosts, e.listens = r.external.blocks, r.external.hosts, r.external.listens
	case cidrRef:
		e.blocks = []addressBlock{r.block()}
	case nodesRef:
		e.blocks = w.network.nodes
	case apiserverRef:
		e.blocks, e.listens = w.network.apiserver, w.network.listens
	}
	return e, true
}

// text is the ref with its whole name.
func (r ref) text(stamp string) string {
	switch r.kind {
	case tierRef:
		return stamped(r.space, stamp) + "/" + r.name
	case spaceRef:
		return stamped(r.space, stamp) + "/*"
	case environmentRef:
		return r.name
	case stampRef:
		return "$environment"
	case externalRef:
		return r.external.name
	case acrossRef:
		return r.across.names[0]
	case cidrRef:
		if r.except.IsValid() {
			return r.cidr.String() + " except " + r.except.String()
		}
		return r.cidr.String()
	case internetRef:
		return "internet"
	case clusterRef:
		return "cluster"
	case nodesRef:
		return "nodes"
	case apiserverRef:
		return "apiserver"
	}
	return "all"
}

func (w *world) resolveAll(refs []ref, stamp string) []endpoint {
	var out []endpoint
	for _, r := range refs {
		if e, ok := w.resolve(r, stamp); ok {
			out = append(out, e)
		} else {
			w.leftOut++
		}
	}
	return out
}

// connect resolves the edges and denies of a block.
func (w *world) connect(b *block, stamp string) {
	for _, e := range b.edges {
		eachPair(w.resolveAll(e.from, stamp), w.resolveAll(e.to, stamp), e.both, func(from, to endpoint) {
			for _, t := range w.goals(e.ports, to) {
				w.edges = append(w.edges, connection{from: from, to: t.endpoint, ports: edgePorts(t.ports, t.endpoint), side: e.side})
			}
		})
	}
	for _, d := range b.denies {
		from, to := w.resolveAll(d.from, stamp), w.resolveAll(d.to, stamp)
		if d.isolate {
			for i := range from {
				for j := range from {
					if i != j {
						w.denies = append(w.denies, denial{
							isolate: true, oneself: from[i].same(from[j]),
							from: from[i], to: from[j], ports: []portSpec{{any: true}},
						})
					}
				}
			}
			continue
		}
		eachPair(from, to, d.both, func(from, to endpoint) {
			for _, t := range w.goals(d.ports, to) {
				ports := []portSpec{{any: true}}
				if t.ports != nil {
					ports = namedPorts(t.ports, t.endpoint)
				}
				w.denies = append(w.denies, denial{path: d.path, from: from, to: t.endpoint, ports: ports})
			}
		})
	}
}

// goal is a destination with the ports that an edge names there.
type goal struct {
	endpoint
	ports []portSpec
}

// goals spreads out the names of ports at a set of namespaces: each means the tiers there that
// declare a port of this name.
func (w *world) goals(ports []portSpec, to endpoint) []goal {
	if !to.kind.isSpaces() || ports == nil {
		return []goal{{to, ports}}
	}
	var out []goal
	var others []portSpec
	for _, p := range ports {
		if p.name == "" || p.protocol != "" {
			others = append(others, p)
			continue
		}
		for _, t := range w.tiersIn(to) {
			if t.declares(p.name) {
				out = append(out, goal{endpoint{kind: tierRef, space: t.space, tier: t, listens: t.listens, label: t.space + "/" + t.name}, []portSpec{p}})
			}
		}
	}
	if others != nil {
		out = append(out, goal{to, others})
	}
	return out
}

// isSpaces reports whether an endpoint is a set of namespaces.
func (k refKind) isSpaces() bool {
	return k == spaceRef || k == environmentRef || k == stampRef || k == clusterRef
}

// tiersIn returns the declared tiers in a set of namespaces, in order.
func (w *world) tiersIn(e endpoint) []*podSet {
	var out []*podSet
	for _, name := range slices.Sorted(maps.Keys(w.tiers)) {
		t := w.tiers[name]
		if w.contains(e, &party{space: t.space, spaceLabels: w.spaces[t.space].labels}) {
			out = append(out, t)
		}
	}
	return out
}

func (t *podSet) declares(port string) bool {
	return slices.ContainsFunc(t.listens, func(l portSpec) bool { return l.name == port })
}

func eachPair(from, to []endpoint, both bool, f func(from, to endpoint)) {
	for _, a := range from {
		for _, b := range to {
			f(a, b)
			if both {
				f(b, a)
			}
		}
	}
}

// edgePorts: without ports an edge means those that the destination
// declares, and every port where it declares none.
func edgePorts(written []portSpec, to endpoint) []portSpec {
	switch {
	case written != nil:
		return namedPorts(written, to)
	case len(to.listens) > 0:
		return to.listens
	}
	return []portSpec{{any: true}}
}

// namedPorts gives the names that the destination declares their meaning; any other name is a
// container's port.
func namedPorts(written []portSpec, to endpoint) []portSpec {
	var out []portSpec
	for _, p := range written {
		declared := false
		if p.name != "" {
			for _, l := range to.listens {
				if l.name == p.name && (p.protocol == "" || l.transport() == p.protocol) {
					out = append(out, l)
					declared = true
				}
			}
		}
		if !declared {
			out = append(out, p)
		}
	}
	return out
}

// transport is the port's protocol: TCP unless it says otherwise.
func (p portSpec) transport() string {
	if p.protocol == "" {
		return "tcp"
	}
	return p.protocol
}

// resolvers adds the implicit edges: from every tier and ns/* that is the
// source of an edge to each resolver.
func (w *world) resolvers(p *program) {
	statements := p.dns
	if p.dnsOff {
		return
	}
	if len(statements) == 0 {
		statements = []*dns{{to: []ref{{kind: tierRef, space: "kube-system", name: "kube-dns"}}}}
	}
	var sources []endpoint
	for _, e := range w.edges {
		if e.side != "ingress" && (e.from.kind == tierRef || e.from.kind == acrossRef || e.from.kind == spaceRef) {
			sources = append(sources, e.from)
		}
	}
	for _, s := range statements {
		for _, to := range w.resolveAll(s.to, "") {
			for _, t := range w.goals(s.ports, to) {
				ports := edgePorts(t.ports, t.endpoint)
				if s.ports == nil && len(to.listens) == 0 {
					ports = []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}}
				}
				for _, from := range sources {
					w.edges = append(w.edges, connection{from: from, to: t.endpoint, ports: ports, implicit: true})
				}
			}
		}
	}
}
