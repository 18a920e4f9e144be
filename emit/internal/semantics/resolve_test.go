package semantics

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
	case externalRef:
		e.blocks, e.listens = r.external.blocks, r.external.listens
	case cidrRef:
		e.blocks = []addressBlock{{cidr: r.cidr}}
	case nodesRef:
		for _, c := range w.network.nodes {
			e.blocks = append(e.blocks, addressBlock{cidr: c})
		}
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
	case cidrRef:
		return r.cidr.String()
	case internetRef:
		return "internet"
	case clusterRef:
		return "cluster"
	case nodesRef:
		return "nodes"
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
			w.edges = append(w.edges, connection{from: from, to: to, ports: edgePorts(e.ports, to)})
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
			ports := []portSpec{{any: true}}
			if d.ports != nil {
				ports = namedPorts(d.ports, to)
			}
			w.denies = append(w.denies, denial{path: d.path, from: from, to: to, ports: ports})
		})
	}
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
		if e.from.kind == tierRef || e.from.kind == spaceRef {
			sources = append(sources, e.from)
		}
	}
	for _, s := range statements {
		for _, to := range w.resolveAll(s.to, "") {
			ports := edgePorts(s.ports, to)
			if s.ports == nil && len(to.listens) == 0 {
				ports = []portSpec{{low: 53, high: 53, protocol: "udp"}, {low: 53, high: 53, protocol: "tcp"}}
			}
			for _, from := range sources {
				w.edges = append(w.edges, connection{from, to, ports, true})
			}
		}
	}
}
