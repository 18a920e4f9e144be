// Package judge draws sets of policies of all tiers at random, and says what they permit, one connection
// at a time, as the documentation of the Network Policy API words it. It is for tests. It shares nothing
// with what it is held against: its policies are plain values, from which it writes manifests.
package judge

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

// Set is policies of all tiers, and the labels of the namespaces that are declared.
type Set struct {
	Namespaces map[string]map[string]string
	Ordered    []Policy
	Cilium     []CiliumPolicy // if there are any, Cilium enforces them all
	plain      []plainPolicy
}

// Policy is a ClusterNetworkPolicy, or an older kind.
type Policy struct {
	// Elder is set for an AdminNetworkPolicy or BaselineAdminNetworkPolicy.
	Elder      bool
	name, tier string
	priority   int
	namespaces match
	pods       *match
	rules      map[string][]orderedRule
	place      int // among those of its priority, in a reading
}

// End is one end of a connection.
type End struct {
	Namespace       string // "" for an address
	NamespaceLabels map[string]string
	Labels          map[string]string
	Addr            netip.Addr // of a pod, one that it could have
	Host            string     // of an address: the name by which the connection finds it
}

// Attempt is an attempt to connect, to a port that a container gives names.
type Attempt struct {
	From, To End
	Protocol string
	Number   int
	Names    []string
}

// Reading settles what the API leaves open, and how a network plugin departs from it.
type Reading struct {
	Blocks, Nodes bool   // blocks of NetworkPolicies match pods; nodes match addresses
	Order         [3]int // of the policies of one priority, of which there are up to three
	// OmittedTypes: rules of a direction count, and isolate, although policyTypes omits the direction.
	OmittedTypes bool
}

type (
	// plainPolicy is a NetworkPolicy.
	plainPolicy struct {
		name, namespace string
		pods            match
		types           []string // nil if the policy has no policyTypes
		rules           map[string][]plainRule
	}
	plainRule struct {
		peers []plainPeer
		ports []plainPort
	}
	plainPeer struct {
		namespaces, pods *match
		block            string
		except           []string
	}
	plainPort struct {
		protocol, name string
		low, high      int // 0 for every port of the protocol
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

// IsPod reports whether the end is a pod.
func (s End) IsPod() bool { return s.Namespace != "" }

func (s End) in(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(s.Addr) }

func (a Attempt) onPort(ports []plainPort, direction string) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p plainPort) bool {
		switch {
		case p.protocol != "" && p.protocol != a.Protocol:
			return false
		case p.name != "":
			return (direction == "ingress" || a.To.IsPod()) && slices.Contains(a.Names, p.name)
		case p.low == 0:
			return true
		}
		return p.low <= a.Number && a.Number <= p.high
	})
}

// Ends returns the side whose rules are asked, and the other.
func (a Attempt) Ends(direction string) (own, peer End) {
	if direction == "egress" {
		return a.From, a.To
	}
	return a.To, a.From
}

// Decide returns whether a side permits an Attempt, and the rule of an ordered policy that decides it.
func (s *Set) Decide(a Attempt, direction string, r Reading) (permits bool, by string) {
	own, _ := a.Ends(direction)
	if !own.IsPod() {
		return true, ""
	}
	if len(s.Cilium) > 0 {
		return s.decideByCilium(a, direction, r)
	}
	if action, by := s.tier("Admin", a, direction, r); action == "Accept" || action == "Deny" {
		return action == "Accept", by
	}
	isolated, permitted := s.plainly(a, direction, r)
	if isolated {
		return permitted, ""
	}
	action, by := s.tier("Baseline", a, direction, r)
	if action == "Pass" {
		by = ""
	}
	return action != "Deny", by
}

// plainly returns whether NetworkPolicies isolate a side, and whether one permits an attempt.
func (s *Set) plainly(a Attempt, direction string, r Reading) (isolated, permitted bool) {
	own, peer := a.Ends(direction)
	for _, p := range s.plain {
		if p.namespace != own.Namespace || !p.pods.has(own.Labels) || !p.isolates(direction, r) {
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
					matches = matches || peer.in(q.block) && !slices.ContainsFunc(q.except, peer.in) && (!peer.IsPod() || r.Blocks && len(s.Cilium) == 0)
				case !peer.IsPod():
				case q.namespaces == nil:
					matches = matches || peer.Namespace == own.Namespace && q.pods.has(peer.Labels)
				default:
					matches = matches || q.namespaces.has(peer.NamespaceLabels) && (q.pods == nil || q.pods.has(peer.Labels))
				}
			}
			permitted = permitted || matches
		}
	}
	return isolated, permitted
}

// isolates reports whether the policy isolates its pods in a direction. Without policyTypes this is
// ingress always, and egress if there are egress rules.
func (p *plainPolicy) isolates(direction string, r Reading) bool {
	switch {
	case r.OmittedTypes && len(p.rules[direction]) > 0:
		return true
	case p.types == nil:
		return direction == "ingress" || len(p.rules["egress"]) > 0
	}
	return slices.Contains(p.types, direction)
}

// tier returns the action of the first rule of a tier that matches.
func (s *Set) tier(tier string, a Attempt, direction string, r Reading) (action, by string) {
	own, peer := a.Ends(direction)
	var list []Policy
	for i, p := range s.Ordered {
		p.place = r.Order[i%3]
		if p.tier == tier && p.namespaces.has(own.NamespaceLabels) && (p.pods == nil || p.pods.has(own.Labels)) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(p, q Policy) int { return cmp.Or(p.priority-q.priority, p.place-q.place) })
	for _, p := range list {
		for i, rule := range p.rules[direction] {
			if !a.onPort(rule.ports, direction) {
				continue
			}
			for _, q := range rule.peers {
				matches := false
				switch {
				case q.nodes:
					matches = !peer.IsPod() && r.Nodes
				case q.domain != "":
					matches = peer.Host != "" && below(q.domain, peer.Host) && (len(s.Cilium) == 0 || r.Nodes) // Cilium may not learn it
				case q.networks != nil:
					matches = slices.ContainsFunc(q.networks, peer.in) && (!peer.IsPod() || len(s.Cilium) == 0)
				case len(s.Cilium) > 0 && q.pods == nil && len(q.namespaces) > 0 && q.namespaces.has(nil):
					matches = true // Cilium asks for no namespace
				default:
					matches = peer.IsPod() && q.namespaces.has(peer.NamespaceLabels) && (q.pods == nil || q.pods.has(peer.Labels))
				}
				if matches {
					return rule.action, fmt.Sprintf("%s %s[%d]", p.name, direction, i)
				}
			}
		}
	}
	return "", ""
}

// below reports whether a domain name has a name: it is that one, or begins with *. and the name has one label
// or more before the rest.
func below(domain, name string) bool {
	rest, some := strings.CutPrefix(domain, "*")
	return !some && domain == name || some && strings.HasSuffix(name, rest) && len(name) > len(rest)
}

// namesHosts reports whether some policy tells names apart.
func (s *Set) namesHosts() bool {
	return len(s.Cilium) > 0 || slices.ContainsFunc(s.Ordered, func(p Policy) bool {
		return slices.ContainsFunc(p.rules["egress"], func(r orderedRule) bool {
			return slices.ContainsFunc(r.peers, func(q orderedPeer) bool { return q.domain != "" })
		})
	})
}

// IsolateBothWays lets every NetworkPolicy isolate its pods in both directions. kube-network-policies asks
// no Baseline rule about pods that a NetworkPolicy isolates in the other direction only.
func (s *Set) IsolateBothWays() {
	for i := range s.plain {
		s.plain[i].types = []string{"ingress", "egress"}
	}
}

// Judge reports whether an attempt is permitted in all readings, and in some. What pods have for
// addresses is open, and so is the order of policies with one priority.
func (s *Set) Judge(a Attempt) (always, ever bool) {
	always, ever = true, true
	for _, direction := range []string{"egress", "ingress"} {
		all, some := true, false
		for _, addr := range PodAddrs {
			b := a
			if b.From.IsPod() {
				b.From.Addr = addr
			}
			if b.To.IsPod() {
				b.To.Addr = addr
			}
			for i := range 4 {
				for _, order := range Orders {
					permits, _ := s.Decide(b, direction, Reading{Blocks: i&1 != 0, Nodes: i&2 != 0, Order: order})
					all, some = all && permits, some || permits
				}
			}
		}
		always, ever = always && all, ever && some
	}
	return always, ever
}

// Orders are the Orders of three policies.
var Orders = [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}

// PodAddrs are addresses of pods: one for each set of the blocks that are drawn.
var PodAddrs = []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.1.0.5"), netip.MustParseAddr("192.168.0.5"), netip.MustParseAddr("fd00::5")}

// Draw makes policies at random.
type Draw struct{ *rand.Rand }

func (d Draw) one(of ...string) string { return of[d.IntN(len(of))] }

func (d Draw) match(keys ...string) match {
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

func (d Draw) namespaces() match {
	if d.IntN(5) == 0 {
		return match{{nameKey, d.one("In", "NotIn"), []string{d.one("a", "b", "c")}}}
	}
	return d.match("env", "team")
}

const nameKey = "kubernetes.io/metadata.name"

func (d Draw) maybe(m match) *match {
	if d.IntN(2) == 0 {
		return nil
	}
	return &m
}

func (d Draw) ports(names, every bool) []plainPort {
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

func (d Draw) networks() []string {
	all := []string{"10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "::/0", "203.0.113.0/24", "198.51.100.0/24"}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+d.IntN(2)]
}

// Set draws a set. Without blocks no network covers pods, and without ties no two policies of a tier have one
// priority.
func (d Draw) Set(blocks, ties bool) *Set {
	s := &Set{Namespaces: map[string]map[string]string{}}
	for _, name := range []string{"a", "b"} {
		s.Namespaces[name] = d.labels("env", "team")
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
		p := Policy{name: fmt.Sprint("o", i), Elder: elder, tier: d.one("Admin", "Admin", "Baseline"), priority: 10 + i, namespaces: d.namespaces(), rules: map[string][]orderedRule{}}
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
					}
					r.peers = append(r.peers, q)
				}
				r.ports = d.ports(!outside, true)
				p.rules[direction] = append(p.rules[direction], r)
			}
		}
		s.Ordered = append(s.Ordered, p)
	}
	return s
}

// AddNames adds domain names to some rules that accept. A plugin resolves these, so not every one that judges the
// set can tell.
func (d Draw) AddNames(s *Set) {
	for _, p := range s.Ordered {
		for i, r := range p.rules["egress"] {
			named := slices.ContainsFunc(r.ports, func(q plainPort) bool { return q.name != "" })
			if r.action != "Accept" || named || p.Elder && p.tier != "Admin" || d.IntN(2) == 0 {
				continue
			}
			name := d.one("*.example.com", "api.example.com", "*.b.example.com", "example.org")
			p.rules["egress"][i].peers = append(r.peers, orderedPeer{domain: name})
		}
	}
}

func (d Draw) labels(keys ...string) map[string]string {
	labels := map[string]string{}
	for _, k := range keys {
		if v := d.one("x", "y", "z", "w", ""); v != "" {
			labels[k] = v
		}
	}
	return labels
}

// Attempts draws connections between pods of declared and other namespaces, and addresses.
func (d Draw) Attempts(s *Set, n int) (out []Attempt) {
	others := map[string]map[string]string{"c": d.labels("env", "team"), "d": d.labels("env", "team"), "e": d.labels("env", "team")}
	end := func() End {
		if d.IntN(5) == 0 {
			return End{Addr: netip.MustParseAddr(d.one("203.0.113.9", "198.51.100.9", "8.8.8.8", "10.0.3.3", "2001:db8::9"))}
		}
		name := d.one("a", "b", "c", "c", "d", "e")
		labels := maps.Clone(s.Namespaces[name])
		if labels == nil {
			labels = maps.Clone(others[name])
		}
		labels[nameKey] = name
		return End{Namespace: name, NamespaceLabels: labels, Labels: d.labels("app", "tier"), Addr: PodAddrs[0]}
	}
	for range n {
		a := Attempt{From: end(), To: end(), Protocol: d.one("TCP", "TCP", "UDP", "SCTP"), Number: []int{22, 80, 81, 443}[d.IntN(4)]}
		a.Names = [][]string{nil, {"http"}, {"admin"}, {"http", "admin"}}[d.IntN(4)]
		if !a.To.IsPod() {
			a.Names = nil
		}
		if s.namesHosts() && !a.To.IsPod() && d.IntN(2) == 0 {
			a.To.Host = d.one("api.example.com", "a.b.example.com", "example.org")
		}
		if a.From.IsPod() || a.To.IsPod() {
			out = append(out, a)
		}
	}
	return out
}

// Rule is a rule of an ordered policy.
type Rule struct {
	Policy, Direction string
	Index             int
}

// String returns the rule as Decide names it.
func (r Rule) String() string { return fmt.Sprintf("%s %s[%d]", r.Policy, r.Direction, r.Index) }

// Rules lists the rules of the ordered policies.
func (s *Set) Rules() (out []Rule) {
	for _, p := range s.Ordered {
		for _, direction := range []string{"egress", "ingress"} {
			for i := range p.rules[direction] {
				out = append(out, Rule{p.name, direction, i})
			}
		}
	}
	return out
}

// Without returns the set without a rule.
func (s *Set) Without(r Rule) *Set {
	less := *s
	less.Ordered = slices.Clone(s.Ordered)
	for i, p := range less.Ordered {
		if p.name == r.Policy {
			rules := maps.Clone(p.rules)
			rules[r.Direction] = slices.Delete(slices.Clone(rules[r.Direction]), r.Index, r.Index+1)
			less.Ordered[i].rules = rules
		}
	}
	return &less
}
