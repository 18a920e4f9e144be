package policies

import (
	"errors"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// rule is what policies permit the pods of one selector to exchange with one peer, in one direction.
type rule struct {
	own, peer *party
	ports     relation.Ports
	policies  []int // whose rules say it
}

// side is what policies say about the pods of a namespace in one direction.
type side struct {
	isolates []*party        // whose pods are isolated
	every    bool            // all pods of the namespace are isolated
	alone    map[*party]bool // of these, the ones that are not part of another
	index    *relation.Index // of these
	open     []*party        // of which a policy permits everything; one for each policy
	rules    []*rule
}

// readNetworkPolicies reads what NetworkPolicies say.
func (d *draft) readNetworkPolicies() (diag.List, error) {
	r, origins, err := evaluate.Trace(d.plain(), d.facts())
	if err != nil {
		return d.limited(err)
	}
	d.relation = r
	d.read(origins)
	d.permitNames()
	d.settleSides()
	return nil, nil
}

// limited reports an error that is a limit.
func (d *draft) limited(err error) (diag.List, error) {
	if many := (*evaluate.TooManyKinds)(nil); errors.As(err, &many) {
		at := slices.IndexFunc(d.policies, func(p policy) bool { return p.Object.Namespace == many.Namespace })
		return diag.List{diag.New(diag.TooMuch, d.policies[max(at, 0)].Span, "%s", many.Message()).
			WithHelp("leave out namespace %s, or isolate all of its pods: `podSelector: {}`", many.Namespace)}, nil
	}
	if many := (*evaluate.TooManyParts)(nil); errors.As(err, &many) {
		return diag.List{d.tooMuch(many.Error())}, nil
	}
	return nil, err
}

// read collects the sides: rules with their parties, without what permits nothing and without
// isolation that has no effect.
func (d *draft) read(origins evaluate.Origins) {
	for _, direction := range directions {
		for namespace, set := range d.relation.RuleSets[direction] {
			d.sides[direction][namespace] = &side{rules: d.rules(set.Rules(), origins[direction][namespace], namespace, direction)}
		}
	}
	for i, p := range d.policies {
		if p.network == nil {
			continue
		}
		own, isolates, err := evaluate.Isolates(p.network)
		if err != nil || own.IsEmpty() { // the reader refuses what is wrong
			continue
		}
		for _, direction := range isolates {
			d.isolate(direction, p.Object.Namespace, own, i, permitsAll(p.network, direction))
		}
	}
}

// isolate adds that a policy isolates pods of a namespace, or that it permits them everything.
func (d *draft) isolate(direction relation.Direction, namespace string, own relation.Selector, position int, open bool) {
	s, pods := d.sides[direction][namespace], d.parties.of(namespace, own)
	if open {
		s.open = append(s.open, pods)
		return
	}
	add(&pods.policies, position)
	if !slices.Contains(s.isolates, pods) {
		s.isolates = append(s.isolates, pods)
	}
}

// settleSides removes what has no effect from all sides.
func (d *draft) settleSides() {
	for _, direction := range directions {
		for namespace, s := range d.sides[direction] {
			d.open[direction] += s.settle()
			if len(s.isolates) == 0 {
				delete(d.sides[direction], namespace)
			}
		}
	}
}

var directions = []relation.Direction{relation.Ingress, relation.Egress}

// permitsAll reports whether a policy permits the pods that it isolates everything.
func permitsAll(p *networkingv1.NetworkPolicy, d relation.Direction) bool {
	open := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) bool {
		return len(peers) == 0 && len(ports) == 0
	}
	if d == relation.Ingress {
		return slices.ContainsFunc(p.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return open(r.From, r.Ports) })
	}
	return slices.ContainsFunc(p.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool { return open(r.To, r.Ports) })
}

// rules returns the rules of a namespace's pods in one direction, each pair of parties once.
func (d *draft) rules(list []relation.Rule, origins []evaluate.Origin, namespace string, direction relation.Direction) []*rule {
	var out []*rule
	byParties := map[[2]*party]*rule{}
	for i, r := range list {
		origin := origins[i]
		if origin.Policy == nil || r.Own.IsEmpty() {
			continue
		}
		position := d.position[origin.Policy]
		permit := func(peer *party, ports relation.Ports) {
			if ports.IsEmpty() {
				return
			}
			key := [2]*party{d.parties.of(namespace, r.Own), peer}
			if byParties[key] == nil {
				byParties[key] = &rule{own: key[0], peer: peer}
				out = append(out, byParties[key])
			}
			if peer.first == nil {
				peer.first = &place{direction, origin}
			}
			byParties[key].ports = byParties[key].ports.Union(ports)
			add(&byParties[key].policies, position)
		}
		ports := r.Ports
		switch peer := r.Peer.(type) {
		case relation.Addresses:
			if direction == relation.Egress {
				ports = numbers(ports) // addresses have no named ports
			}
			if origin.Peer >= 0 && !peer.Addrs.IsEmpty() { // without peers, the rule of every pod says it
				permit(d.parties.addresses(blockOf(origin, direction), peer.Addrs), ports)
			}
		case relation.Pods:
			switch {
			case origin.Peer < 0 && direction == relation.Egress && len(ports.NamedPorts()) > 0:
				permit(d.parties.everyone(), numbers(ports))
				permit(d.parties.cluster(), ports)
			case origin.Peer < 0:
				permit(d.parties.everyone(), ports)
			case !peer.Labels.IsEmpty() && !peer.Namespaces.IsEmpty():
				for _, p := range d.parties.peer(peer) {
					permit(p, ports)
				}
			}
		default:
			panic(fmt.Sprintf("unknown kind of peer %T", peer))
		}
	}
	return out
}

// blockOf returns the addresses that a rule of a relation comes from.
func blockOf(o evaluate.Origin, d relation.Direction) *networkingv1.IPBlock {
	if d == relation.Ingress {
		return o.Policy.Spec.Ingress[o.Rule].From[o.Peer].IPBlock
	}
	return o.Policy.Spec.Egress[o.Rule].To[o.Peer].IPBlock
}

// numbers returns ports without named ones.
func numbers(p relation.Ports) (out relation.Ports) {
	if len(p.NamedPorts()) == 0 {
		return p
	}
	for _, r := range p.Ranges() {
		out = out.Union(relation.RangeOf(r))
	}
	return out
}

// add adds an element to a list that lacks it.
func add(list *[]int, n int) {
	if !slices.Contains(*list, n) {
		*list = append(*list, n)
	}
}

// settle removes rules that have no effect: of pods that nothing isolates, and those that others
// contain. It returns how many policies that permit everything have no effect.
func (s *side) settle() (open int) {
	s.isolates = slices.DeleteFunc(s.isolates, func(p *party) bool {
		return slices.ContainsFunc(s.open, func(o *party) bool { return p.pods.Implies(o.pods) })
	})
	var isolated, own []relation.Selector
	for _, p := range s.isolates {
		isolated = append(isolated, p.pods)
	}
	some := relation.NewIndex(isolated)
	s.index = some
	s.alone = map[*party]bool{}
	for i, p := range s.isolates {
		s.every = s.every || p.kind == namespacePods
		s.alone[p] = len(some.Implied(isolated[i])) == 1
	}
	isFree := func(p *party) bool { return len(some.Overlapping(p.pods)) == 0 }
	for _, p := range s.open {
		if isFree(p) {
			open++
		}
	}
	kept := slices.DeleteFunc(s.rules, func(r *rule) bool { return isFree(r.own) })
	byOwn := map[*party]int{}
	var bundles [][]*rule
	for _, r := range kept {
		i, known := byOwn[r.own]
		if !known {
			i = len(own)
			byOwn[r.own] = i
			own, bundles = append(own, r.own.pods), append(bundles, nil)
		}
		bundles[i] = append(bundles[i], r)
	}
	type pair struct {
		own  int
		peer *party
	}
	exact := map[pair]*rule{}
	wide := make([][]*rule, len(own)) // by pods, the rules whose peers may contain those of others
	for i, b := range bundles {
		for _, r := range b {
			exact[pair{i, r.peer}] = r
			if r.peer.kind != tierPods {
				wide[i] = append(wide[i], r)
			}
		}
	}
	index := relation.NewIndex(own)
	s.rules = nil
	for i, b := range bundles {
		wider := slices.Clone(index.Implied(own[i]))
		for _, r := range b {
			var others []relation.Ports
			for _, w := range wider {
				if same := exact[pair{w, r.peer}]; same != nil && same != r {
					others = append(others, same.ports)
				}
				for _, o := range wide[w] {
					if o.peer != r.peer && contains(o.peer, r.peer) {
						others = append(others, o.ports)
					}
				}
			}
			if len(others) > 0 {
				r.ports = beyond(r.ports, relation.UnionPorts(others...))
			}
			if !r.ports.IsEmpty() {
				s.rules = append(s.rules, r)
			}
		}
	}
	return open
}

// beyond returns the parts of ports that are not in others as a whole.
func beyond(ports, others relation.Ports) (out relation.Ports) {
	for _, part := range parts(ports) {
		if !part.Subset(others) {
			out = out.Union(part)
		}
	}
	return out
}

// contains reports whether all of a party is in another, which is not equal.
func contains(wide, narrow *party) bool {
	if wide.kind == everyone || narrow.kind == everyone {
		return narrow.kind != everyone
	}
	return !slices.ContainsFunc(narrow.peers, func(n relation.Peer) bool {
		return !slices.ContainsFunc(wide.peers, func(w relation.Peer) bool { return isInside(n, w) })
	})
}

// isInside reports whether a peer is part of another, whatever namespaces there are.
func isInside(narrow, wide relation.Peer) bool {
	switch n := narrow.(type) {
	case relation.Addresses:
		w, ok := wide.(relation.Addresses)
		return ok && n.Inside(w, nil)
	case relation.Pods:
		w, ok := wide.(relation.Pods)
		return ok && n.Namespaces.Implies(w.Namespaces) && n.Labels.Implies(w.Labels)
	default:
		panic(fmt.Sprintf("unknown kind of peer %T", n))
	}
}
