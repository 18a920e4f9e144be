package policies

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
)

// reduced returns the rules of a namespace's pods in one direction from those of a relation, each pair of parties
// once. A rule without an origin is of pods that no policy isolates. Policies that deny have made it smaller.
func (d *draft) reduced(list []relation.Rule, origins []evaluate.Origin, namespace string, direction relation.Direction, denying []int) []*rule {
	var out []*rule
	byParties := map[[2]*party]*rule{}
	permit := func(own, peer *party, ports relation.Ports, from evaluate.Origin) {
		if ports.IsEmpty() {
			return
		}
		key := [2]*party{own, peer}
		if byParties[key] == nil {
			byParties[key] = &rule{own: own, peer: peer}
			out = append(out, byParties[key])
		}
		byParties[key].ports = byParties[key].ports.Union(ports)
		if position := d.of(from); position < 0 {
			for _, i := range denying {
				add(&byParties[key].policies, i)
			}
		} else {
			add(&byParties[key].policies, position)
			if peer.first == nil && from.Peer >= 0 {
				peer.first = &place{direction, from}
			}
		}
	}
	list, origins = d.said(list, origins, d.sides[direction][namespace])
	every := d.everyone(list, namespace, direction)
	names := map[hostRule]*hostList{}
	var order []*hostList
	for i, r := range list {
		if r.Own.IsEmpty() {
			continue
		}
		own, from := d.parties.of(namespace, r.Own), origins[i]
		switch peer := r.Peer.(type) {
		case relation.Pods:
			if isEveryPod(peer) {
				permit(own, d.parties.everyone(), every[own].Intersect(r.Ports), from)
				permit(own, d.parties.cluster(), r.Ports.Subtract(every[own]), from)
				continue
			}
			if peer.Labels.IsEmpty() || peer.Namespaces.IsEmpty() {
				continue
			}
			for _, p := range d.parties.peer(peer) {
				permit(own, p, r.Ports, from)
			}
		case relation.Addresses:
			if peer.Addrs.IsEmpty() || peer.Hosts.IsEmpty() {
				continue
			}
			ports := r.Ports
			if direction == relation.Egress {
				ports = ports.Unnamed() // addresses have no named ports
			}
			switch {
			case !peer.Hosts.IsAny():
				from.Peer = 0 // the names of a rule are one external
				key := hostRule{own, ports.String(), from}
				if names[key] == nil {
					from.Peer = origins[i].Peer
					names[key] = &hostList{own: own, ports: ports, from: from}
					order = append(order, names[key])
				}
				names[key].peers = append(names[key].peers, peer)
			case isEveryAddr(peer):
				permit(own, d.parties.everyone(), every[own].Intersect(ports), from)
				permit(own, d.parties.outside(peer.Addrs), ports.Subtract(every[own]), from)
			default:
				for _, p := range d.outside(peer.Addrs) {
					permit(own, p, ports, from)
				}
			}
		}
	}
	for _, l := range order {
		permit(l.own, d.parties.hostNames(l.peers), l.ports, l.from)
	}
	return out
}

// mostTiers is for how many tiers a rule of pods that are not all isolated becomes a rule of each.
const mostTiers = 20

// said returns rules whose selectors the language has a form for. Of the rules without an origin, and of those for pods
// that are not all isolated, it leaves what they permit to pods that a program isolates.
func (d *draft) said(list []relation.Rule, origins []evaluate.Origin, s *side) (rules []relation.Rule, from []evaluate.Origin) {
	for i, r := range list {
		owns := []relation.Selector{r.Own}
		if d.of(origins[i]) < 0 || len(s.isolates) <= mostTiers && !slices.ContainsFunc(s.isolates, func(p *party) bool { return r.Own.Implies(p.pods) }) {
			owns = nil
			for _, p := range s.isolates {
				owns = append(owns, r.Own.Intersect(p.pods))
			}
		}
		seen := map[string]bool{}
		for _, whole := range owns {
			for _, own := range sayable(whole) {
				if seen[own.String()] {
					continue
				}
				seen[own.String()] = true
				for _, peer := range sayablePeers(r.Peer) {
					rules, from = append(rules, relation.Rule{Own: own, Peer: peer, Ports: r.Ports}), append(from, origins[i])
				}
			}
		}
	}
	return rules, from
}

// sayable returns selectors that together match what one does. The language has no form for a label that is absent or
// has some values, and none for a list of values that has the empty one.
func sayable(s relation.Selector) []relation.Selector {
	out := []relation.Selector{{}}
	for _, k := range s.Keys() {
		parts := []relation.Values{k.Values}
		if v := k.Values; !v.Others && len(v.Names) > 0 && (v.Absent || len(v.Names) > 1 && v.Names[0] == "") {
			parts = nil
			if v.Absent && k.Key != relation.NameLabel { // each namespace has a name
				parts = append(parts, relation.NotExists())
			}
			if v.Names[0] == "" {
				parts = append(parts, relation.In(""))
				v.Names = v.Names[1:]
			}
			if len(v.Names) > 0 {
				parts = append(parts, relation.In(v.Names...))
			}
		}
		var next []relation.Selector
		for _, before := range out {
			for _, v := range parts {
				if both := before.Intersect(relation.Select(relation.Requirement{Key: k.Key, Values: v})); !both.IsEmpty() {
					next = append(next, both)
				}
			}
		}
		out = next
	}
	return out
}

// sayablePeers returns peers that together are one.
func sayablePeers(p relation.Peer) (out []relation.Peer) {
	of, ok := p.(relation.Pods)
	if !ok {
		return []relation.Peer{p}
	}
	for _, namespaces := range sayable(of.Namespaces) {
		for _, pods := range sayable(of.Labels) {
			out = append(out, relation.Pods{Namespaces: namespaces, Labels: pods})
		}
	}
	return out
}

// hostRule tells the rules apart that permit names.
type hostRule struct {
	own   *party
	ports string
	from  evaluate.Origin
}

// hostList is the names of one rule.
type hostList struct {
	own   *party
	ports relation.Ports
	from  evaluate.Origin
	peers []relation.Addresses
}

// everyone returns the ports on which pods may exchange connections with every pod and every address.
func (d *draft) everyone(list []relation.Rule, namespace string, direction relation.Direction) map[*party]relation.Ports {
	var ports [2]map[*party]relation.Ports
	for i := range ports {
		ports[i] = map[*party]relation.Ports{}
	}
	for _, r := range list {
		own := d.parties.of(namespace, r.Own)
		switch peer := r.Peer.(type) {
		case relation.Pods:
			if isEveryPod(peer) {
				ports[0][own] = ports[0][own].Union(r.Ports)
			}
		case relation.Addresses:
			if isEveryAddr(peer) {
				ports[1][own] = ports[1][own].Union(r.Ports)
			}
		}
	}
	out := map[*party]relation.Ports{}
	for own, pods := range ports[0] {
		both := pods.Intersect(ports[1][own])
		if direction == relation.Egress {
			both = both.Numbers()
		}
		out[own] = both
	}
	return out
}

func isEveryPod(p relation.Pods) bool { return p.Namespaces.IsAny() && p.Labels.IsAny() }

func isEveryAddr(p relation.Addresses) bool {
	return p.Hosts.IsAny() && relation.EveryAddr.Subset(p.Addrs)
}

// outside returns addresses: those of the nodes or the API server by that name, and a few blocks each by itself.
func (d *draft) outside(a relation.Addrs) (out []*party) {
	same := func(b relation.Addrs) bool { return !b.IsEmpty() && a.Subset(b) && b.Subset(a) }
	switch blocks := blocksOf(a); {
	case same(d.hosts.APIServer):
		return []*party{d.parties.stated(apiServer, a)}
	case same(d.hosts.Nodes):
		return []*party{d.parties.stated(nodes, a)}
	case len(blocks) > mostBlocks:
		return []*party{d.parties.outside(a)}
	default:
		for _, b := range blocks {
			out = append(out, d.parties.outside(b.addrs()))
		}
		return out
	}
}

// mostBlocks is how many blocks of addresses are a party each.
const mostBlocks = 3

// outside returns addresses.
func (ps *parties) outside(a relation.Addrs) *party {
	return ps.intern(party{kind: addresses, blocks: blocksOf(a), peers: []relation.Peer{relation.AddrPeer(a)}})
}

// The facts of a network whose addresses edges name.
const apiServer, nodes = "apiserver", "nodes"

// stated returns addresses that the program states as facts of the network.
func (ps *parties) stated(name string, a relation.Addrs) *party {
	return ps.intern(party{kind: addresses, key: name, fact: name, blocks: blocksOf(a), peers: []relation.Peer{relation.AddrPeer(a)}})
}

// hostNames returns what has some names.
func (ps *parties) hostNames(list []relation.Addresses) *party {
	p := party{kind: addresses}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b relation.Addresses) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Hosts.String(), "*"), strings.Count(b.Hosts.String(), "*")), cmp.Compare(a.Hosts.String(), b.Hosts.String()))
	})
	for _, of := range list {
		name, why := hostOf(of)
		if why != nil {
			p.unsayable = why
		}
		if !slices.Contains(p.hosts, name) {
			p.hosts = append(p.hosts, name)
			p.peers = append(p.peers, of)
		}
	}
	return ps.intern(p)
}

// unsayable says why the language has no form for a party, and what to write instead.
type unsayable struct{ why, help string }

// hostOf returns names as the language has them, or why it does not.
func hostOf(of relation.Addresses) (name string, why *unsayable) {
	pattern, ok := of.Hosts.Only()
	switch {
	case !ok:
		return of.Hosts.String(), &unsayable{"the names " + of.Hosts.String() + " are no single name or pattern", "write a rule for each name"}
	case !relation.EveryAddr.Subset(of.Addrs):
		return pattern, &unsayable{
			"a rule denies some of the addresses that " + pattern + " can have, and a program permits a name at each address",
			"leave out the rule that denies these addresses, and state it with `deny`, which checks the program",
		}
	}
	name, below := pattern, false
	if rest, found := strings.CutPrefix(pattern, relation.AnyLabels+"."); found {
		name, below = rest, true
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		if pattern == relation.AnyLabels {
			pattern = "*"
		}
		help := "write the names, each with matchName"
		if domain, found := strings.CutPrefix(pattern, "*."); found && !strings.Contains(domain, "*") {
			help = "write the names, each with matchName, or all names below the domain: matchPattern: \"**." + domain + "\""
		}
		return pattern, &unsayable{"the names that match " + pattern + " have no form in the language, which has names, and all names below a domain", help}
	}
	if below {
		return "*." + name, nil
	}
	return name, nil
}

// addrs returns the addresses of a block.
func (b block) addrs() relation.Addrs {
	all := relation.Prefix(netip.MustParsePrefix(b.cidr))
	for _, x := range b.except {
		all = all.Subtract(relation.Prefix(netip.MustParsePrefix(x)))
	}
	return all
}

// blocksOf writes addresses as blocks: the smallest that has all of a family, without some, if that takes
// fewer.
func blocksOf(a relation.Addrs) (out []block) {
	for _, family := range []string{"0.0.0.0/0", "::/0"} {
		list := a.Intersect(relation.Prefix(netip.MustParsePrefix(family))).Prefixes()
		if len(list) == 0 {
			continue
		}
		whole := list[0]
		for last := relation.Last(list[len(list)-1]); !whole.Contains(last); {
			whole = netip.PrefixFrom(whole.Addr(), whole.Bits()-1).Masked()
		}
		if rest := relation.Prefix(whole).Subtract(a).Prefixes(); len(rest) < len(list) {
			b := block{cidr: whole.String()}
			for _, r := range rest {
				b.except = append(b.except, r.String())
			}
			out = append(out, b)
			continue
		}
		for _, p := range list {
			out = append(out, block{cidr: p.String()})
		}
	}
	return out
}
