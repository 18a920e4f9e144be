package query

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// A connection with all is about one side only: `P -> all` says that P's egress is open, and nothing of who accepts
// it. That holds for NetworkPolicies, which each team writes for its own pods. Policies of the whole cluster and
// policies of Cilium also deny, for pods of others: then `P -> all` would be wrong, and what remains is listed.

// remainder is who accepts the connections of a direction where rules deny some of them.
type remainder struct {
	denied []relation.Peer // whose connections rules deny, or may
	left   []*Party        // addresses, and the pods of namespaces for which no policy has rules
}

// remainder returns who accepts the connections of a direction, or nil where no rule denies any. It is false if
// policies divide namespaces into too many parts.
func (v *Model) remainder(d relation.Direction) (*remainder, bool) {
	if v.ordered == nil {
		return nil, true
	}
	seen := map[string]bool{}
	out := &remainder{}
	for _, home := range slices.Sorted(maps.Keys(v.Relation.RuleSets[d])) {
		for _, rule := range v.ordered.Denying(home, d) {
			if key := rule.Peer.Key(); !seen[key] {
				seen[key] = true
				out.denied = append(out.denied, rule.Peer)
			}
		}
	}
	if len(out.denied) == 0 {
		return nil, true
	}
	namespaces, ok := v.withoutRules(d)
	if !ok {
		return nil, false
	}
	out.left = []*Party{v.everybody(relation.EveryPeer[1])}
	for _, s := range namespaces {
		out.left = append(out.left, v.podsNamed(s, relation.Selector{}, nil))
	}
	return out, true
}

// denies reports whether rules deny some connections of a party, or may.
func (r *remainder) denies(p *Party, facts *relation.Facts) bool {
	return r != nil && slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		return slices.ContainsFunc(r.denied, func(of relation.Peer) bool { return part.Overlaps(of, facts) })
	})
}

// withRemainders adds the parties of remainders that are not in a list, and says which these are.
func (v *Model) withRemainders(parties []*Party, all [2]*remainder) (list []*Party, added [2]map[*Party]bool) {
	known := map[*Party]bool{}
	for _, p := range parties {
		known[p] = true
	}
	list = parties
	for d, r := range all {
		added[d] = map[*Party]bool{}
		if r == nil {
			continue
		}
		for _, p := range r.left {
			if known[p] {
				continue
			}
			if added[d][p] = true; d == 0 || !added[0][p] {
				list = append(list, p)
			}
		}
	}
	return list, added
}

// beyond lists those of some parties that run pods and are not among what a remainder has left.
func (r *remainder) beyond(parties []*Party, facts *relation.Facts) (out []*Party) {
	for _, p := range parties {
		if p.runsPods() && !slices.ContainsFunc(r.left, func(q *Party) bool { return p == q || p.within(q.Parts, facts) }) {
			out = append(out, p)
		}
	}
	return out
}

// maxWithout is into how many parts policies may divide the namespaces for which they have no rules.
const maxWithout = 1_100

// withoutRules selects the namespaces for whose pods no policy has rules in a direction.
func (v *Model) withoutRules(d relation.Direction) (out []relation.Selector, ok bool) {
	var about []relation.Selector
	for _, p := range v.inventory.ClusterPolicies {
		if len(p.Rules[d]) > 0 {
			about = append(about, p.Subject.Namespaces)
		}
	}
	for _, p := range v.inventory.CiliumPolicies {
		for _, s := range p.Specs {
			if p.Policy.Namespace == "" && len(s.Rules[d]) > 0 || s.Isolates[d] && p.Policy.Namespace == "" {
				about = append(about, s.Subject.Namespaces)
			}
		}
	}
	left := relation.Remaining{Sets: maxWithout, Steps: relation.MaxSteps}
	list, ok := (relation.Selector{}).SubtractAll(about, &left)
	if !ok {
		return nil, false
	}
	var names []string
	for home := range v.Relation.RuleSets[d] {
		name, one := onlyName(v.Relation.Namespaces(home))
		labels := v.Relation.Facts.Labels(name)
		if one && (labels == nil || slices.ContainsFunc(list, func(s relation.Selector) bool { return s.Matches(labels) })) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	others := relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.NotIn(slices.Compact(names)...)})
	for _, s := range list {
		if len(names) > 0 {
			s = s.Intersect(others)
		}
		if !relation.PodPeer(s, relation.Selector{}).Empty(v.Relation.Facts) {
			out = append(out, s)
		}
	}
	return out, true
}

// deniedHomes lists the homes for whose pods rules deny some connections with a party, whatever NetworkPolicies
// permit. It also reports whether it gave up on some.
func (v *Model) deniedHomes(peer *Party, ports relation.Ports, d relation.Direction) (denied []home, gaveUp bool) {
	if v.ordered == nil || peer.Host != "" {
		return nil, false
	}
	for _, name := range slices.Sorted(maps.Keys(v.Relation.RuleSets[d])) {
		rules := v.ordered.Denying(name, d)
		for _, part := range peer.Parts {
			if !slices.ContainsFunc(rules, func(r relation.Rule) bool {
				return r.Ports.MayOverlap(ports) && r.Peer.Overlaps(part, v.Relation.Facts)
			}) {
				continue
			}
			set, ok := v.ordered.LeftOpen(name, d, v.otherReading == v.ordered.Least)
			if !ok {
				gaveUp = true
				continue
			}
			to, at := peer, part
			if d == relation.Ingress {
				to, at = &Party{}, relation.EveryPeer[0]
			}
			set = v.resolved(set, to, at)
			asked := relation.Rule{Peer: part, Ports: ports}
			covered, unsure := set.Covers(asked)
			if !covered && !unsure && set.HasNames() {
				covered, unsure = coversByNames(set, asked)
			}
			if gaveUp = gaveUp || unsure; !covered && !unsure {
				denied = append(denied, home{namespace: name})
				break
			}
		}
	}
	return denied, gaveUp
}

// maxDenying is of how many homes an answer about all names the rules that deny.
const maxDenying = 20

// denialsOf adds to the side of all the rules that deny some of a question.
func (v *Model) denialsOf(peer *Party, ports relation.Ports, d relation.Direction, s *Side) {
	homes, _ := v.deniedHomes(peer, ports, d)
	for _, h := range homes[:min(len(homes), maxDenying)] {
		for _, p := range peer.Parts {
			to, at := peer, p
			if d == relation.Ingress {
				to, at = &Party{}, relation.EveryPeer[0]
			}
			resolve := func(ports relation.Ports) relation.Ports { return v.resolve(ports, to, at) }
			for _, found := range v.ordered.Decisions(h.namespace, d, relation.Rule{Peer: p, Ports: ports}, resolve) {
				if found.Action == clusterpolicy.Deny && !found.Overridden && (found.Cluster != nil || found.Cilium != nil) {
					s.Decisions = append(s.Decisions, v.decision(found, d, true))
				}
			}
		}
	}
	s.Decisions = merged(s.Decisions)
}
