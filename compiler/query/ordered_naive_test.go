package query

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// The policies of this file are plain values, from which the manifests are written. What they permit is
// found here one connection at a time, as the documentation of the Network Policy API words it. It shares
// nothing with the code that it is held against but the names of directions.

type (
	// foreignSet is policies of all tiers, and the labels of the namespaces that are declared.
	foreignSet struct {
		namespaces map[string]map[string]string
		plain      []plainPolicy
		ordered    []orderedPolicy
	}
	// plainPolicy is a NetworkPolicy.
	plainPolicy struct {
		name, namespace string
		pods            match
		types           []string
		rules           map[string][]plainRule
	}
	plainRule struct {
		peers []plainPeer
		ports []plainPort
	}
	plainPeer struct {
		namespaces, pods *match
		block            string
	}
	plainPort struct {
		protocol, name string
		low, high      int
	}
	// orderedPolicy is a ClusterNetworkPolicy, or an older kind.
	orderedPolicy struct {
		name, tier string
		elder      bool
		priority   int
		namespaces match
		pods       *match
		rules      map[string][]orderedRule
		place      int // among those of its priority, in a reading
	}
	orderedRule struct {
		action string
		peers  []orderedPeer
		ports  []plainPort // nil for all
	}
	orderedPeer struct {
		namespaces match
		pods       *match
		networks   []string
		nodes      bool
		domain     string
	}
	// match is a label selector.
	match []term
	term  struct {
		key, operator string
		values        []string
	}
	// someone is one end of a connection.
	someone struct {
		namespace       string
		namespaceLabels map[string]string
		labels          map[string]string
		addr            netip.Addr // of a pod, one that it could have
	}
	attempt struct {
		from, to someone
		protocol string
		number   int
		names    []string
	}
	// reading settles what the API leaves open.
	reading struct {
		blocks, nodes bool   // blocks of NetworkPolicies match pods; nodes and domain names match addresses
		order         [3]int // of the policies of one priority, of which there are up to three
	}
)

func (m match) has(labels map[string]string) bool {
	for _, t := range m {
		value, present := labels[t.key]
		listed := present && slices.Contains(t.values, value)
		switch t.operator {
		case "In":
			if !listed {
				return false
			}
		case "NotIn":
			if listed {
				return false
			}
		case "Exists":
			if !present {
				return false
			}
		case "DoesNotExist":
			if present {
				return false
			}
		}
	}
	return true
}

func (s someone) isPod() bool { return s.namespace != "" }

func (s someone) in(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(s.addr) }

func (a attempt) onPort(ports []plainPort, direction string) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p plainPort) bool {
		switch {
		case p.protocol != "" && p.protocol != a.protocol:
			return false
		case p.name != "":
			return (direction == "ingress" || a.to.isPod()) && slices.Contains(a.names, p.name)
		}
		return p.low <= a.number && a.number <= p.high
	})
}

// ends returns the side whose rules are asked, and the other.
func (a attempt) ends(direction string) (own, peer someone) {
	if direction == "egress" {
		return a.from, a.to
	}
	return a.to, a.from
}

// decide returns whether a side permits an attempt, and the rule of an ordered policy that decides it.
func (s *foreignSet) decide(a attempt, direction string, r reading) (permits bool, by string) {
	own, peer := a.ends(direction)
	if !own.isPod() {
		return true, ""
	}
	if action, by := s.tier("Admin", a, direction, r); action == "Accept" || action == "Deny" {
		return action == "Accept", by
	}
	isolated, permitted := false, false
	for _, p := range s.plain {
		if p.namespace != own.namespace || !p.pods.has(own.labels) || !slices.Contains(p.types, direction) {
			continue
		}
		isolated = true
		for _, rule := range p.rules[direction] {
			if !a.onPort(rule.ports, direction) {
				continue
			}
			matches := len(rule.peers) == 0
			for _, q := range rule.peers {
				switch {
				case q.block != "":
					matches = matches || peer.in(q.block) && (!peer.isPod() || r.blocks)
				case !peer.isPod():
				case q.namespaces == nil:
					matches = matches || peer.namespace == own.namespace && q.pods.has(peer.labels)
				default:
					matches = matches || q.namespaces.has(peer.namespaceLabels) && (q.pods == nil || q.pods.has(peer.labels))
				}
			}
			permitted = permitted || matches
		}
	}
	if isolated {
		return permitted, ""
	}
	action, by := s.tier("Baseline", a, direction, r)
	if action == "Pass" {
		by = ""
	}
	return action != "Deny", by
}

// tier returns the action of the first rule of a tier that matches.
func (s *foreignSet) tier(tier string, a attempt, direction string, r reading) (action, by string) {
	own, peer := a.ends(direction)
	var list []orderedPolicy
	for i, p := range s.ordered {
		p.place = r.order[i%3]
		if p.tier == tier && p.namespaces.has(own.namespaceLabels) && (p.pods == nil || p.pods.has(own.labels)) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(p, q orderedPolicy) int { return cmp.Or(p.priority-q.priority, p.place-q.place) })
	for _, p := range list {
		for i, rule := range p.rules[direction] {
			if !a.onPort(rule.ports, direction) {
				continue
			}
			for _, q := range rule.peers {
				matches := false
				switch {
				case q.nodes || q.domain != "":
					matches = !peer.isPod() && r.nodes
				case q.networks != nil:
					matches = slices.ContainsFunc(q.networks, peer.in)
				default:
					matches = peer.isPod() && q.namespaces.has(peer.namespaceLabels) && (q.pods == nil || q.pods.has(peer.labels))
				}
				if matches {
					return rule.action, fmt.Sprintf("%s %s[%d]", p.name, direction, i)
				}
			}
		}
	}
	return "", ""
}

// always and ever report whether an attempt is permitted in all readings, and in some. What pods have for
// addresses is open, and so is the order of policies with one priority.
func (s *foreignSet) judge(a attempt) (always, ever bool) {
	always, ever = true, true
	for _, direction := range []string{"egress", "ingress"} {
		all, some := true, false
		for _, addr := range podAddrs {
			b := a
			if b.from.isPod() {
				b.from.addr = addr
			}
			if b.to.isPod() {
				b.to.addr = addr
			}
			for i := range 4 {
				for _, order := range orders {
					permits, _ := s.decide(b, direction, reading{i&1 != 0, i&2 != 0, order})
					all, some = all && permits, some || permits
				}
			}
		}
		always, ever = always && all, ever && some
	}
	return always, ever
}

// orders are the orders of three policies.
var orders = [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}

// podAddrs are addresses of pods: one for each set of the blocks that are drawn.
var podAddrs = []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.1.0.5"), netip.MustParseAddr("192.168.0.5"), netip.MustParseAddr("fd00::5")}

// draw makes policies at random.
type draw struct{ *rand.Rand }

func (d draw) one(of ...string) string { return of[d.IntN(len(of))] }

func (d draw) match(keys ...string) match {
	var m match
	for range d.IntN(3) {
		t := term{key: d.one(keys...), operator: d.one("In", "In", "NotIn", "Exists", "DoesNotExist")}
		if t.operator == "In" || t.operator == "NotIn" {
			t.values = []string{d.one("x", "y", "z")}
			if d.IntN(3) == 0 {
				t.values = append(t.values, d.one("x", "w"))
			}
		}
		m = append(m, t)
	}
	return m
}

func (d draw) namespaces() match {
	if d.IntN(5) == 0 {
		return match{{nameKey, d.one("In", "NotIn"), []string{d.one("a", "b", "c")}}}
	}
	return d.match("env", "team")
}

const nameKey = "kubernetes.io/metadata.name"

func (d draw) maybe(m match) *match {
	if d.IntN(2) == 0 {
		return nil
	}
	return &m
}

func (d draw) ports(names, every bool) []plainPort {
	if d.IntN(3) == 0 {
		return nil
	}
	var out []plainPort
	for range 1 + d.IntN(2) {
		p := plainPort{protocol: d.one("TCP", "TCP", "UDP")}
		switch n := d.IntN(5); {
		case n == 0 && names:
			p.name = d.one("http", "admin")
			if every { // of the whole cluster: of any protocol
				p.protocol = ""
			}
		case n == 1:
			p.low, p.high = 1, 65535
		case n < 4:
			p.low = []int{80, 81, 443}[d.IntN(3)]
			p.high = p.low
		default:
			p.low, p.high = 80, []int{81, 443}[d.IntN(2)]
		}
		out = append(out, p)
	}
	return out
}

func (d draw) networks() []string {
	all := []string{"10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "::/0", "203.0.113.0/24", "198.51.100.0/24"}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+d.IntN(2)]
}

// set draws a set. Without blocks no network covers pods, and without ties no two policies of a tier have one
// priority.
func (d draw) set(blocks, ties bool) *foreignSet {
	s := &foreignSet{namespaces: map[string]map[string]string{}}
	for _, name := range []string{"a", "b"} {
		s.namespaces[name] = d.labels("env", "team")
	}
	for i := range d.IntN(4) {
		p := plainPolicy{name: fmt.Sprint("p", i), namespace: d.one("a", "b", "c"), pods: d.match("app", "tier"), rules: map[string][]plainRule{}}
		p.types = [][]string{{"ingress"}, {"egress"}, {"ingress", "egress"}}[d.IntN(3)]
		for _, direction := range p.types {
			for range d.IntN(3) {
				r := plainRule{ports: d.ports(true, false)}
				for range d.IntN(3) {
					q := plainPeer{}
					switch pods := d.match("app", "tier"); d.IntN(4) {
					case 0:
						q.pods = &pods
					case 1:
						q.block = d.one("203.0.113.0/24", "198.51.100.0/24")
						if blocks {
							q.block = d.one("10.0.0.0/8", "0.0.0.0/0", "203.0.113.0/24")
						}
					default:
						namespaces := d.namespaces()
						q.namespaces, q.pods = &namespaces, d.maybe(pods)
					}
					r.peers = append(r.peers, q)
				}
				p.rules[direction] = append(p.rules[direction], r)
			}
		}
		s.plain = append(s.plain, p)
	}
	elder, baselines := d.IntN(4) == 0, 0
	for i := range d.IntN(5) {
		p := orderedPolicy{name: fmt.Sprint("o", i), elder: elder, tier: d.one("Admin", "Admin", "Baseline"), priority: 10 + i, namespaces: d.namespaces(), rules: map[string][]orderedRule{}}
		if ties {
			p.priority = 10 + i/3
		}
		p.pods = d.maybe(d.match("app", "tier"))
		if elder && p.tier == "Baseline" {
			if baselines++; baselines > 1 {
				p.tier = "Admin"
			} else {
				p.name, p.priority = "default", 0
			}
		}
		for _, direction := range []string{"ingress", "egress"} {
			for range d.IntN(4) {
				r := orderedRule{action: d.one("Accept", "Deny", "Pass")}
				if elder && p.tier == "Baseline" {
					r.action = d.one("Accept", "Deny")
				}
				outside := false
				for range 1 + d.IntN(2) {
					q := orderedPeer{namespaces: d.namespaces(), pods: d.maybe(d.match("app", "tier"))}
					if n := d.IntN(8); direction == "egress" && n < 4 {
						q.networks, outside = []string{d.one("203.0.113.0/24", "198.51.100.0/24")}, true
						switch {
						case blocks:
							q.networks = d.networks()
						case n == 0:
							q.networks = []string{"0.0.0.0/0", "::/0"}
						}
					} else if direction == "egress" && n == 4 && blocks {
						q.nodes, outside = true, true
					} else if direction == "egress" && n == 5 && blocks && r.action == "Accept" && p.tier == "Admin" {
						q.domain, outside = "*.example.com", true
					}
					r.peers = append(r.peers, q)
				}
				r.ports = d.ports(!outside, true)
				p.rules[direction] = append(p.rules[direction], r)
			}
		}
		s.ordered = append(s.ordered, p)
	}
	return s
}

func (d draw) labels(keys ...string) map[string]string {
	labels := map[string]string{}
	for _, k := range keys {
		if v := d.one("x", "y", "z", "w", ""); v != "" {
			labels[k] = v
		}
	}
	return labels
}

// attempts draws connections between pods of declared and other namespaces, and addresses.
func (d draw) attempts(s *foreignSet, n int) (out []attempt) {
	others := map[string]map[string]string{"c": d.labels("env", "team"), "d": d.labels("env", "team"), "e": d.labels("env", "team")}
	end := func() someone {
		if d.IntN(5) == 0 {
			return someone{addr: netip.MustParseAddr(d.one("203.0.113.9", "198.51.100.9", "8.8.8.8", "10.0.3.3", "2001:db8::9"))}
		}
		name := d.one("a", "b", "c", "c", "d", "e")
		labels := maps.Clone(s.namespaces[name])
		if labels == nil {
			labels = maps.Clone(others[name])
		}
		labels[nameKey] = name
		return someone{namespace: name, namespaceLabels: labels, labels: d.labels("app", "tier"), addr: podAddrs[0]}
	}
	for range n {
		a := attempt{from: end(), to: end(), protocol: d.one("TCP", "TCP", "UDP", "SCTP"), number: []int{22, 80, 81, 443}[d.IntN(4)]}
		a.names = [][]string{nil, {"http"}, {"admin"}, {"http", "admin"}}[d.IntN(4)]
		if !a.to.isPod() {
			a.names = nil
		}
		if a.from.isPod() || a.to.isPod() {
			out = append(out, a)
		}
	}
	return out
}
