package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Policies of the whole cluster are read as what `zt build --target networkpolicy,clusternetworkpolicy` writes: those
// of the tier Admin that deny become `deny`, and those that accept DNS names become edges.
//
// A program may not permit what it denies. Where NetworkPolicies permit some of it, the program has what is left,
// as with policies of Cilium that deny.

// denial is what policies of the whole cluster deny between two parties.
type denial struct {
	from, to *party
	ports    relation.Ports
	policies []int // that deny it
}

// guards returns the policies of the whole cluster.
func (d *draft) guards() (out []*clusterpolicy.Policy) {
	for _, p := range d.cluster {
		out = append(out, p.Policy)
	}
	return out
}

// isAdmin reports whether a policy decides before NetworkPolicies.
func isAdmin(p *clusterpolicy.Policy) bool { return p.Tier == clusterpolicy.Admin }

// isEmitted reports whether zt has emitted a policy.
func isEmitted(p *inventory.ClusterPolicy) bool {
	const at = "metadata.labels[" + managedBy + "]"
	set, _ := p.Fields.Has(at)
	return set && strings.Trim(p.Fields.At(at).Text(), `"'`) == "zt"
}

// holdsBack reports whether the tier Baseline denies anything. Otherwise it permits what is permitted anyway.
func holdsBack(list []inventory.ClusterPolicy) bool {
	return slices.ContainsFunc(list, func(p inventory.ClusterPolicy) bool {
		return !isAdmin(p.Policy) && slices.ContainsFunc(directions, func(direction relation.Direction) bool {
			return slices.ContainsFunc(p.Rules[direction], func(r clusterpolicy.Rule) bool { return r.Action == clusterpolicy.Deny })
		})
	})
}

// acceptsNames reports whether the program has edges to DNS names that policies of the whole cluster accept.
func (d *draft) acceptsNames() bool {
	return len(d.cluster) > 0 && slices.ContainsFunc(d.edges, func(e *edge) bool { return len(e.to.hosts) > 0 })
}

// idle returns how many policies of the whole cluster have no rule, or are of a tier Baseline that denies nothing.
func (d *draft) idle() (n int) {
	for _, p := range d.cluster {
		if !isAdmin(p.Policy) || len(p.Rules[relation.Ingress])+len(p.Rules[relation.Egress]) == 0 {
			n++
		}
	}
	return n
}

// labelsOf returns the labels of a namespace that are known: its name at least.
func (d *draft) labelsOf(namespace string) map[string]string {
	if labels := d.relation.Facts.Labels(namespace); labels != nil {
		return labels
	}
	return map[string]string{relation.NameLabel: namespace}
}

// useSubjects collects the labels of namespaces that decide whether a policy accepts names for their pods. It returns
// where the first is.
func (d *draft) useSubjects(keys map[string]bool) (at *source.Span) {
	for i := range d.cluster {
		p := &d.cluster[i]
		if !slices.ContainsFunc(p.Rules[relation.Egress], func(r clusterpolicy.Rule) bool { return isAdmin(p.Policy) && r.Action == clusterpolicy.Accept }) {
			continue
		}
		for _, k := range p.Subject.Namespaces.Keys() {
			if k.Key != relation.NameLabel {
				if keys[k.Key] = true; at == nil {
					place := p.Fields.At("spec.subject")
					at = &place
				}
			}
		}
	}
	return at
}

// permitNames adds what policies of the whole cluster accept of DNS names, for pods that NetworkPolicies isolate.
func (d *draft) permitNames() {
	for home, s := range d.sides[relation.Egress] {
		labels := d.labelsOf(home)
		for i, p := range d.policies {
			if p.cluster == nil || !isAdmin(p.cluster.Policy) || !p.cluster.Subject.Namespaces.Matches(labels) {
				continue
			}
			for _, r := range p.cluster.Rules[relation.Egress] {
				if r.Action != clusterpolicy.Accept {
					continue
				}
				var names []relation.Addresses
				for _, peer := range r.Peers {
					names = append(names, peer.Of.(relation.Addresses)) // refused otherwise
				}
				for _, own := range sayable(p.cluster.Subject.Labels) {
					s.rules = append(s.rules, &rule{own: d.parties.of(home, own), peer: d.parties.hostNames(names), ports: r.Ports.Numbers(), policies: []int{i}})
				}
			}
		}
	}
}

// deny adds what policies of the whole cluster deny.
func (d *draft) deny() {
	type pair [2]*party
	known := map[pair]*denial{}
	deny := func(from, to *party, ports relation.Ports, position int) {
		of := known[pair{from, to}]
		if of == nil {
			of = &denial{from: from, to: to}
			known[pair{from, to}] = of
			d.denials = append(d.denials, of)
		}
		of.ports = of.ports.Union(ports)
		add(&of.policies, position)
	}
	type block struct {
		own   *party
		ports string
	}
	type blocked struct {
		addrs    relation.Addrs
		ports    relation.Ports
		policies []int
	}
	blocks := map[block]*blocked{} // several rules have the addresses of one statement
	var order []block
	for i, p := range d.policies {
		if p.cluster == nil || !isAdmin(p.cluster.Policy) {
			continue
		}
		owns := d.pods(p.cluster.Subject)
		noteAt(owns, p.cluster, "spec.subject")
		for _, direction := range directions {
			for n, r := range p.cluster.Rules[direction] {
				if r.Action != clusterpolicy.Deny {
					continue
				}
				peers, outside := d.peersOf(r)
				noteAt(peers, p.cluster, fmt.Sprintf("spec.%s[%d]", direction, n))
				for _, own := range owns {
					for _, peer := range peers {
						if direction == relation.Egress {
							deny(own, peer, r.Ports, i)
						} else {
							deny(peer, own, r.Ports, i)
						}
					}
					if outside.IsEmpty() {
						continue
					}
					at := block{own, r.Ports.String()}
					if blocks[at] == nil {
						blocks[at] = &blocked{ports: r.Ports}
						order = append(order, at)
					}
					blocks[at].addrs = blocks[at].addrs.Union(outside)
					add(&blocks[at].policies, i)
				}
			}
		}
	}
	for _, at := range order {
		for _, i := range blocks[at].policies {
			deny(at.own, d.denied(blocks[at].addrs), blocks[at].ports, i)
		}
	}
}

// noteAt notes where a policy has parties.
func noteAt(list []*party, p *inventory.ClusterPolicy, path string) {
	for _, of := range list {
		if at := p.Fields.At(path); of.denied == nil {
			of.denied = &at
		}
	}
}

// denied returns addresses as a statement that denies has them.
func (d *draft) denied(a relation.Addrs) *party {
	internet := resolve.Internet(topology.Network{})
	if a.Subset(internet.Addrs) && internet.Addrs.Subset(a) {
		return d.parties.stated(internet.Name, a)
	}
	return d.parties.outside(a)
}

// peersOf returns the pods of a rule, and its addresses. Networks with every address match every pod, too.
func (d *draft) peersOf(r clusterpolicy.Rule) (pods []*party, outside relation.Addrs) {
	for _, peer := range r.Peers {
		if of, ok := peer.Of.(relation.Addresses); ok {
			outside = outside.Union(of.Addrs)
		}
	}
	if relation.EveryAddr.Subset(outside) {
		return []*party{d.parties.everyone()}, relation.Addrs{}
	}
	for _, peer := range r.Peers {
		if of, ok := peer.Of.(relation.Pods); ok {
			pods = append(pods, d.pods(of)...)
		}
	}
	return pods, outside
}

// pods returns the parties that together are pods. A namespace that the program need not declare is one of an
// environment by its name: of one that it declares, it would have to isolate the pods.
func (d *draft) pods(of relation.Pods) (out []*party) {
	for _, peer := range sayablePeers(of) {
		p := peer.(relation.Pods)
		if p.Labels.IsEmpty() || p.Namespaces.IsEmpty() {
			continue
		}
		names, only := onlyNames(p.Namespaces)
		if !only {
			out = append(out, d.parties.single(relation.Pods{Namespaces: withoutExists(p.Namespaces), Labels: p.Labels})...)
			continue
		}
		var others []string
		for _, name := range names {
			if d.governs(name) {
				out = append(out, d.parties.of(name, p.Labels))
			} else {
				others = append(others, name)
			}
		}
		if len(others) > 0 {
			spaces := relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.In(others...)})
			if p.Labels.IsAny() {
				out = append(out, d.parties.spaces(spaces))
			} else {
				out = append(out, d.parties.across(relation.Pods{Namespaces: spaces, Labels: p.Labels}))
			}
		}
	}
	return out
}

// governs reports whether the program declares a namespace whatever it denies. Every program has kube-system.
func (d *draft) governs(name string) bool {
	if name == "kube-system" || d.narrowed[name] || d.sides[relation.Ingress][name] != nil || d.sides[relation.Egress][name] != nil {
		return true
	}
	return slices.ContainsFunc(directions, func(direction relation.Direction) bool {
		for _, s := range d.sides[direction] {
			if slices.ContainsFunc(s.rules, func(r *rule) bool { return r.peer.namespace == name }) {
				return true
			}
		}
		return false
	})
}

// readNarrowed reads what NetworkPolicies permit and policies of the whole cluster do not deny, for the namespaces
// that the program declares. A program denies on both sides: a pod that it isolates may not send what a pod of
// another namespace may not get.
func (d *draft) readNarrowed() (diag.List, error) {
	var list []*clusterpolicy.Policy
	for _, p := range d.guards() {
		if isAdmin(p) { // the others deny nothing
			list = append(append(list, p), mirrored(p)...)
		}
	}
	o, err := evaluate.TraceOrdered(d.plain(), list, d.facts(), relation.Private, relation.Addrs{})
	if err != nil {
		return d.limited(err)
	}
	d.relation = o.Least
	for _, direction := range directions {
		for _, home := range sorted(d.narrowed) {
			set := d.relation.RuleSets[direction][home]
			if set == nil || isOpen(set) {
				continue
			}
			d.sides[direction][home] = &side{}
			denying := d.stances(home, direction)
			d.sides[direction][home].rules = d.reduced(set.Rules(), o.LeastOrigins[direction][home], home, direction, denying)
		}
	}
	d.settleSides()
	return d.mixed(), nil
}

// mirrored returns policies that deny between pods what one denies, on the other side.
func mirrored(p *clusterpolicy.Policy) (out []*clusterpolicy.Policy) {
	for _, direction := range directions {
		for _, r := range p.Rules[direction] {
			for _, peer := range r.Peers {
				of, ok := peer.Of.(relation.Pods)
				if !ok || r.Action != clusterpolicy.Deny {
					continue
				}
				m := &clusterpolicy.Policy{Priority: p.Priority, Subject: of}
				m.Rules[direction.Opposite()] = []clusterpolicy.Rule{{Action: clusterpolicy.Deny, Peers: []clusterpolicy.Peer{{Of: p.Subject}}, Ports: r.Ports}}
				out = append(out, m)
			}
		}
	}
	return out
}
