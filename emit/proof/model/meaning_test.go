package model

import (
	"net/netip"
	"slices"
	"strings"
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

// meant holds the edges that match one pair of parties.
type meant struct {
	to                              *party
	egressIsolated, ingressIsolated bool
	out, in                         [][]portSpec // the ports of the edges of Eout and Ein
}

func (w *world) meant(s, d *party) meant { return w.meantBy(w.edges, s, d) }

// meantBy is meant for some of the edges.
func (w *world) meantBy(edges []connection, s, d *party) meant {
	m := meant{to: d, egressIsolated: w.isolated(s, "egress"), ingressIsolated: w.isolated(d, "ingress")}
	for _, e := range edges {
		if !w.contains(e.from, s) || !w.contains(e.to, d) {
			continue
		}
		// An edge opens both sides, unless it names one. An edge of `all` or of an address block gives a rule to the other side only: no policy
		// selects these.
		if e.side != "ingress" && e.from.kind != allRef && len(e.from.blocks) == 0 {
			m.out = append(m.out, e.ports)
		}
		if e.side != "egress" && e.to.kind != allRef && len(e.to.blocks) == 0 {
			m.in = append(m.in, e.ports)
		}
	}
	return m
}

// isolated: a pod is isolated in a direction if its namespace is, or if some tier that has it is.
func (w *world) isolated(x *party, direction string) bool {
	n := w.spaces[x.space]
	if !x.isPod() || n == nil {
		return false
	}
	if n.says == "" || n.says == direction {
		return true
	}
	for _, t := range w.tiers {
		if !t.has(x) {
			continue
		}
		// What the tier says itself counts, or else what the namespace says of its tiers.
		switch {
		case t.isolates != "":
			if t.isolates == direction {
				return true
			}
		case !t.prelude && (n.says == "tiers" || n.says == "tiers "+direction):
			return true
		}
	}
	return false
}

func (m meant) permits(on port) bool {
	return (!m.egressIsolated || m.among(m.out, on)) && (!m.ingressIsolated || m.among(m.in, on))
}

func (m meant) among(edges [][]portSpec, on port) bool {
	return slices.ContainsFunc(edges, func(ports []portSpec) bool {
		return slices.ContainsFunc(ports, func(p portSpec) bool { return p.matches(m.to, on) })
	})
}

// matches reports whether it includes a port of a destination. The pod decides the number of a
// container's named port.
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
	case tierRef, acrossRef:
		return e.tier.has(x)
	case internetRef:
		return !x.isPod() && w.public(x.addr)
	}
	return slices.ContainsFunc(e.blocks, func(b addressBlock) bool { return x.inBlock(b.has) }) ||
		slices.ContainsFunc(e.hosts, x.isFoundBy)
}

// isFoundBy reports whether a connection finds the party by a DNS name, or by any name below a domain.
func (p *party) isFoundBy(host string) bool {
	domain, below := strings.CutPrefix(host, "*")
	return p.host == host || below && len(p.host) > len(domain) && strings.HasSuffix(p.host, domain)
}

// has: with `by` it is the namespaces whose labels meet what follows, declared here or
// not; else exactly those declared in its block.
func (g *group) has(pod *party) bool {
	if g.selector != nil {
		return holds(g.selector, pod.spaceLabels)
	}
	return slices.Contains(g.members, pod.space)
}

func (t *podSet) has(x *party) bool {
	in := x.space == t.space
	if t.across {
		in = t.set == nil || t.set.has(x)
	}
	return x.isPod() && in && holds(t.selector, x.labels)
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

// holds reports whether labels meet the requirement, as in `kubectl -l`: != and notin also match if
// the key is absent.
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

// private is the private and shared ranges, from which pods have their addresses.
var private = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "100.64.0.0/10")

// notPublic is those, and the link-local and loopback ranges.
var notPublic = append(prefixes("169.254.0.0/16", "fe80::/10", "127.0.0.0/8", "::1/128"), private...)

// public: every address less those ranges and what the network statement declares.
func (w *world) public(a netip.Addr) bool {
	return !anyPrefix(notPublic, a) &&
		!anyHas(w.network.pods, a) && !anyHas(w.network.services, a) && !anyHas(w.network.nodes, a) && !anyHas(w.network.apiserver, a)
}

func anyPrefix(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// anyHas reports whether an address is in one of the blocks.
func anyHas(blocks []addressBlock, a netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(b addressBlock) bool { return b.has(a) })
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}
