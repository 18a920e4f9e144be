package semantics

import (
	"net/netip"
	"slices"
)

// permits is the language's definition: a connection from s to d on p is
// permitted exactly when
//
//	(egress-isolated(s) implies Eout(s, d, p)) and (ingress-isolated(d) implies Ein(s, d, p))
//
// and a pod always reaches itself.
func (w *world) permits(s, d *party, on port) bool {
	return s == d || w.meant(s, d).permits(on)
}

// meant is the edges that speak of one pair of parties.
type meant struct {
	to                              *party
	egressIsolated, ingressIsolated bool
	out, in                         [][]portSpec // the ports of the edges of Eout and Ein
}

func (w *world) meant(s, d *party) meant {
	m := meant{to: d}
	if n := w.spaces[s.space]; s.isPod() && n != nil {
		m.egressIsolated = n.egress
	}
	if n := w.spaces[d.space]; d.isPod() && n != nil {
		m.ingressIsolated = n.ingress
	}
	for _, e := range w.edges {
		if !w.contains(e.from, s) || !w.contains(e.to, d) {
			continue
		}
		// Edges with the endpoint all speak for the other side only.
		if e.from.kind != allRef {
			m.out = append(m.out, e.ports)
		}
		if e.to.kind != allRef {
			m.in = append(m.in, e.ports)
		}
	}
	return m
}

func (m meant) permits(on port) bool {
	return (!m.egressIsolated || m.among(m.out, on)) && (!m.ingressIsolated || m.among(m.in, on))
}

func (m meant) among(edges [][]portSpec, on port) bool {
	return slices.ContainsFunc(edges, func(ports []portSpec) bool {
		return slices.ContainsFunc(ports, func(p portSpec) bool { return p.matches(m.to, on) })
	})
}

// matches reports whether a port of a destination is meant: a container's named port is what the
// pod says it is.
func (p portSpec) matches(to *party, on port) bool {
	switch {
	case p.any:
		return true
	case p.low == 0:
		number, ok := to.ports[p.name+"/"+p.transport()]
		return ok && p.transport() == on.protocol && number == on.number
	}
	return p.transport() == on.protocol && p.low <= on.number && on.number <= p.high
}

// contains reports whether a party belongs to an endpoint.
func (w *world) contains(e endpoint, x *party) bool {
	switch e.kind {
	case allRef:
		return true
	case clusterRef:
		return x.isPod()
	case environmentRef:
		return x.isPod() && e.env.has(x)
	case spaceRef:
		return x.isPod() && x.space == e.space
	case tierRef:
		return e.tier.has(x)
	case internetRef:
		return !x.isPod() && w.public(x.addr)
	}
	return !x.isPod() && slices.ContainsFunc(e.blocks, func(b addressBlock) bool { return b.has(x.addr) })
}

// has: `by KEY` it is the namespaces that carry the label, declared here or
// not; else exactly those declared in its block.
func (g *group) has(pod *party) bool {
	if g.key != "" {
		return pod.spaceLabels[g.key] == g.name
	}
	return slices.Contains(g.members, pod.space)
}

func (t *podSet) has(x *party) bool {
	return x.isPod() && x.space == t.space && holds(t.selector, x.labels)
}

// holds reports whether labels meet every requirement.
func holds(selector []requirement, labels map[string]string) bool {
	for _, r := range selector {
		if !r.holds(labels) {
			return false
		}
	}
	return true
}

// holds has the meaning that `kubectl -l` gives its operators: != and notin
// hold where the key is absent.
func (r requirement) holds(labels map[string]string) bool {
	value, present := labels[r.key]
	switch r.op {
	case "=", "in":
		return present && slices.Contains(r.values, value)
	case "!=", "notin":
		return !present || !slices.Contains(r.values, value)
	case "exists":
		return present
	case "!":
		return !present
	}
	panic("unknown operator " + r.op)
}

func (b addressBlock) has(a netip.Addr) bool {
	return b.cidr.Contains(a) && !slices.ContainsFunc(b.except, func(x netip.Prefix) bool { return x.Contains(a) })
}

// notPublic is the private, shared, link-local and loopback ranges.
var notPublic = prefixes(
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", // private
	"100.64.0.0/10",               // shared
	"169.254.0.0/16", "fe80::/10", // link-local
	"127.0.0.0/8", "::1/128", // loopback
)

// public: every address less those ranges and what the network statement declares.
func (w *world) public(a netip.Addr) bool {
	for _, list := range [][]netip.Prefix{notPublic, w.network.pods, w.network.services, w.network.nodes} {
		if slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) }) {
			return false
		}
	}
	return true
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}
