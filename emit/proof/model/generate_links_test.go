package model

import (
	"slices"
)

// links draws edges, denies and dns statements, once everything is declared.
func (g *generator) links() {
	g.block(&g.p.top, scope{}, 6)
	for _, e := range g.p.envs {
		if e.body != nil {
			g.block(e.body, scope{env: e}, 3)
		}
	}
	switch g.n(10) {
	case 7:
		g.p.dnsOff = true
	case 8, 9:
		for range 1 + g.count(1) {
			s := &dns{}
			for range 1 + g.count(1) {
				if r, ok := g.ref(scope{}); ok && r.kind != allRef && !slices.Contains(s.to, r) {
					s.to = append(s.to, r)
				}
			}
			if g.chance(40) {
				s.ports = g.ports(scope{}, s.to, false)
			}
			if len(s.to) > 0 {
				g.p.dns = append(g.p.dns, s)
			}
		}
	}
}

func (g *generator) block(b *block, at scope, most int) {
	for range g.n(most + 1) {
		if e := g.edge(at, false); e != nil {
			b.edges = append(b.edges, e)
		}
	}
	if g.forbids || g.chance(25) {
		for range 1 + g.count(1) {
			g.deny(b, at)
		}
	}
	for _, s := range b.spaces {
		inside := scope{env: at.env, space: s.name}
		for range g.count(2) {
			if e := g.edge(inside, false); e != nil {
				s.body.edges = append(s.body.edges, e)
			}
		}
		if g.chance(8) {
			g.deny(&s.body, inside)
		}
	}
}

func (g *generator) edge(at scope, denies bool) *edge {
	e := &edge{both: g.chance(15), doc: g.doc()}
	if !denies && g.chance(15) {
		e.side = g.pick("ingress", "egress")
	}
	e.from, e.to = g.refs(at), g.refs(at)
	if len(e.from) == 0 || len(e.to) == 0 {
		return nil
	}
	isAll := func(r ref) bool { return r.kind == allRef }
	if slices.ContainsFunc(e.from, isAll) && slices.ContainsFunc(e.to, isAll) {
		e.to = slices.DeleteFunc(e.to, isAll)
		if len(e.to) == 0 {
			return nil
		}
	}
	if g.chance(60) {
		to := e.to
		if e.both {
			to = slices.Concat(e.to, e.from)
		}
		e.ports = g.ports(at, to, denies)
	}
	return e
}

func (g *generator) deny(b *block, at scope) {
	d := &deny{path: g.chance(30)}
	if !d.path && at.space == "" && g.chance(25) {
		d.isolate = true
		for range 2 + g.count(1) {
			if r, ok := g.ref(at); ok && r.kind != allRef && !slices.Contains(d.from, r) {
				d.from = append(d.from, r)
			}
		}
		if len(d.from) > 1 {
			b.denies = append(b.denies, d)
		}
		return
	}
	e := g.edge(at, true)
	if e == nil {
		return
	}
	d.edge = *e
	d.doc = ""
	if isAll := func(r ref) bool { return r.kind == allRef }; len(b.edges) > 0 && g.chance(40) {
		// One end of an edge that there is, and another end that might overlap its own.
		near := choose(g, b.edges)
		from, to := near.from, d.to
		if g.chance(50) {
			from, to = d.from, near.to
		}
		if !slices.ContainsFunc(from, isAll) || !slices.ContainsFunc(to, isAll) {
			d.from, d.to, d.ports = from, to, nil
		}
	}
	b.denies = append(b.denies, d)
}

func (g *generator) refs(at scope) []ref {
	var out []ref
	for range 1 + g.count(1) {
		if r, ok := g.ref(at); ok && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// ref draws an endpoint that a place can name.
func (g *generator) ref(at scope) (ref, bool) {
	r := ref{kind: cidrRef}
	switch k := g.n(100); {
	case k < 54:
		tiers := g.tierRefs(at)
		if len(tiers) == 0 {
			return ref{}, false
		}
		return choose(g, tiers), true
	case k < 64:
		spaces := g.spaceRefs(at)
		if len(spaces) == 0 {
			return ref{}, false
		}
		return choose(g, spaces), true
	case k < 77:
		others := g.otherRefs(at)
		if len(others) == 0 {
			return ref{}, false
		}
		return choose(g, others), true
	case k < 84:
		r.cidr = choose(g, blockPool)
		if inside := blocksIn(r.cidr); len(inside) > 0 && g.chance(50) {
			r.except = choose(g, inside)
		}
	case k < 88:
		r.kind = internetRef
	case k < 91:
		r.kind = clusterRef
	case k < 94:
		r.kind = allRef
	case len(g.p.network.apiserver) > 0 && (len(g.p.network.nodes) == 0 || g.chance(50)):
		r.kind = apiserverRef
	case len(g.p.network.nodes) > 0:
		r.kind = nodesRef
	case at.env != nil:
		r.kind = stampRef
	default:
		r.kind = internetRef
	}
	return r, true
}

// eachSpace calls f with each namespace block as a place can name it: by its
// stamp's own name in its own environment, by the name of one stamp elsewhere.
func (g *generator) eachSpace(at scope, f func(name string, b *block)) {
	blocks := func(env *environment, b *block) {
		name := func(template string) string {
			if env == nil || env == at.env && g.chance(75) {
				return template
			}
			return stamped(template, choose(g, env.names))
		}
		for _, s := range b.spaces {
			f(name(s.name), &s.body)
		}
		if len(b.tiers) > 0 {
			f(g.p.defaultNamespace(), &block{tiers: b.tiers})
		}
	}
	blocks(nil, &g.p.top)
	for _, e := range g.p.envs {
		if e.body != nil {
			blocks(e, e.body)
		}
	}
	f("kube-system", &block{tiers: []*tier{preludeTier}})
}

func (g *generator) tierRefs(at scope) []ref {
	var out []ref
	g.eachSpace(at, func(name string, b *block) {
		for _, t := range b.tiers {
			for _, n := range t.names {
				r := ref{kind: tierRef, space: name, name: n}
				out = append(out, r)
				if name == at.space {
					out = append(out, r, r) // its own more often
				}
			}
		}
	})
	return out
}

func (g *generator) spaceRefs(at scope) []ref {
	var out []ref
	g.eachSpace(at, func(name string, _ *block) {
		out = append(out, ref{kind: spaceRef, space: name})
	})
	return out
}

// otherRefs returns the externals and environments that a place can name.
func (g *generator) otherRefs(at scope) []ref {
	var out []ref
	add := func(r ref) {
		if g.names.bare(at, r) {
			out = append(out, r)
		}
	}
	if at.env != nil {
		out = append(out, ref{kind: stampRef})
	}
	for _, e := range g.p.envs {
		for _, name := range e.names {
			add(ref{kind: environmentRef, name: name})
		}
	}
	externals := func(b *block, env *environment) {
		for _, t := range b.across {
			add(ref{kind: acrossRef, across: t})
			add(ref{kind: acrossRef, across: t})
		}
		for _, x := range b.externals {
			add(ref{kind: externalRef, external: x})
		}
		for _, s := range b.spaces {
			for _, x := range s.body.externals {
				if env == at.env {
					add(ref{kind: externalRef, space: s.name, external: x})
				}
			}
		}
	}
	externals(&g.p.top, nil)
	if at.env != nil && at.env.body != nil {
		externals(at.env.body, at.env)
	}
	return out
}

// ports draws ports that all destinations have; none where they have none in common.
func (g *generator) ports(at scope, to []ref, denies bool) []portSpec {
	var pool []portSpec
	for _, r := range to {
		for _, name := range g.namesIn(at, r) {
			pool = append(pool, portSpec{name: name}, portSpec{name: name})
		}
		for _, l := range g.listensOf(at, r) {
			pool = append(pool, l)
			if l.name != "" && l.low > 0 {
				pool = append(pool, portSpec{name: l.name, protocol: l.protocol}, portSpec{name: l.name}, portSpec{low: l.low, high: l.high, protocol: l.protocol})
			} else if l.name != "" {
				pool = append(pool, portSpec{name: l.name})
			}
		}
	}
	if len(pool) == 0 || denies {
		pool = append(pool, g.number(), g.number(), portSpec{any: true}, portSpec{name: "http", protocol: "tcp"}, portSpec{name: "domain", protocol: "udp"})
	}
	var out []portSpec
	for range 1 + g.count(2) {
		p := choose(g, pool)
		if p.low > 0 {
			p.name = "" // an edge has no NAME=NUMBER
		}
		if !slices.Contains(out, p) && !slices.ContainsFunc(to, func(r ref) bool { return !g.has(at, r, p, denies) }) {
			out = append(out, p)
		}
	}
	return out
}

// listensOf returns the ports that an endpoint declares.
func (g *generator) listensOf(at scope, r ref) []portSpec {
	switch r.kind {
	case tierRef:
		for _, stamp := range at.stamps() {
			if t := g.names.built[stamped(r.space, stamp)+"/"+r.name]; t != nil {
				return t.listens
			}
		}
	case acrossRef:
		return r.across.listens
	case externalRef:
		return r.external.listens
	case apiserverRef:
		return g.p.network.listens
	}
	return nil
}

// namesIn returns the names of ports that tiers declare in a set of namespaces.
func (g *generator) namesIn(at scope, r ref) []string {
	if !r.kind.isSpaces() {
		return nil
	}
	var out []string
	for _, name := range []string{"http", "domain", "x-1"} {
		if g.has(at, r, portSpec{name: name}, false) {
			out = append(out, name)
		}
	}
	return out
}

// has reports whether an edge to an endpoint may name a port, or a deny.
func (g *generator) has(at scope, to ref, p portSpec, denies bool) bool {
	if to.kind.isSpaces() && p.name != "" && p.protocol == "" {
		return !slices.ContainsFunc(at.stamps(), func(stamp string) bool {
			if stamp != "" && !g.p.builds(stamp) {
				return false
			}
			e, ok := g.world.resolve(to, stamp)
			return ok && !slices.ContainsFunc(g.world.tiersIn(e), func(t *podSet) bool { return t.declares(p.name) })
		})
	}
	if template := to.kind == tierRef && len(at.stamps()) > 1; template {
		// The stamps of one name could be tiers of several statements.
		for _, stamp := range at.stamps() {
			if t := g.names.built[stamped(to.space, stamp)+"/"+to.name]; t != nil && !has(t.listens, to, p, denies) {
				return false
			}
		}
		return true
	}
	return has(g.listensOf(at, to), to, p, denies)
}

func has(listens []portSpec, to ref, p portSpec, denies bool) bool {
	if p.name != "" {
		declared := slices.ContainsFunc(listens, func(l portSpec) bool {
			return l.name == p.name && (p.protocol == "" || l.transport() == p.protocol)
		})
		same := slices.ContainsFunc(listens, func(l portSpec) bool { return l.name == p.name })
		switch {
		case declared:
			return true
		case p.protocol == "" || same:
			return false
		case to.kind == externalRef || to.kind == cidrRef || to.kind == internetRef || to.kind == nodesRef || to.kind == apiserverRef || to.kind == allRef:
			return false // no containers
		}
		return len(listens) == 0 || denies || slices.Contains(listens, portSpec{any: true})
	}
	if len(listens) == 0 || denies || slices.Contains(listens, portSpec{any: true}) {
		return true
	}
	if p.any {
		return false
	}
	for n := p.low; n <= p.high; n++ {
		if !slices.ContainsFunc(listens, func(l portSpec) bool {
			return l.low > 0 && l.transport() == p.transport() && l.low <= n && n <= l.high
		}) {
			return false
		}
	}
	return true
}
