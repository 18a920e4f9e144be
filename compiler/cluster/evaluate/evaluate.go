// Package evaluate says what a set of NetworkPolicies permits in a cluster that enforces them, by
// the documentation of networking.k8s.io/v1. It does not know where the policies come from.
package evaluate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Origin is the part of a policy that a rule of a relation comes from: the rule by its position
// among the policy's rules of that direction, and the peer by its position in the rule, or -1 if
// the rule has no peers and permits all. It is zero if no policy isolates the pods.
type Origin struct {
	Policy     *networkingv1.NetworkPolicy // nil if the rule is one of Cluster or Cilium
	Cluster    *clusterpolicy.Policy
	Cilium     *ciliumpolicy.Policy
	Spec       int // of Cilium
	Rule, Peer int
}

// Origins is the origin of each rule of a relation: by direction and home, in the order of
// the rule set's rules.
type Origins [2]map[string][]Origin

// Relation returns what policies permit, given the facts about namespaces. The error names the
// policy that is not valid; no policy is skipped.
func Relation(policies *policyset.Set, facts *relation.Facts) (*relation.Relation, error) {
	r, _, err := evaluated(policies, facts)
	return r, err
}

// Trace returns what policies permit, as Relation does, and the origin of each rule.
func Trace(policies []*networkingv1.NetworkPolicy, facts *relation.Facts) (*relation.Relation, Origins, error) {
	r, sides, err := evaluated(policyset.FromObjects(policies), facts)
	if err != nil {
		return nil, Origins{}, err
	}
	origins := Origins{{}, {}}
	for d := range sides {
		for namespace, s := range sides[d] {
			out := make([]Origin, len(r.RuleSets[d][namespace].Rules())) // the last are of pods that no policy isolates
			for i, a := range s.accepted {
				out[i] = Origin{Policy: policies[a.policy], Rule: a.rule, Peer: a.peer}
			}
			origins[d][namespace] = out
		}
	}
	return r, origins, nil
}

// Isolates returns the pods that a policy isolates, and in which directions.
func Isolates(p *networkingv1.NetworkPolicy) (relation.Selector, []relation.Direction, error) {
	return isolates(policyset.FromObjects([]*networkingv1.NetworkPolicy{p}).Policy(0), relation.Enforcement{})
}

func isolates(p policyset.Policy, as relation.Enforcement) (relation.Selector, []relation.Direction, error) {
	own, err := selector(p.PodSelector)
	if err != nil {
		return own, nil, fmt.Errorf("podSelector: %w", err)
	}
	directions, err := directionsOf(p)
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		if as.OmittedTypes && p.Rules[d].Len() > 0 && !slices.Contains(directions, d) {
			directions = append(directions, d)
		}
	}
	return own, directions, err
}

// directionsOf returns the directions in which a policy isolates. Without policyTypes these are
// ingress always, and egress if the policy has egress rules.
func directionsOf(p policyset.Policy) ([]relation.Direction, error) {
	if p.Types.Len() == 0 {
		if p.Rules[relation.Egress].Len() > 0 {
			return []relation.Direction{relation.Egress, relation.Ingress}, nil
		}
		return []relation.Direction{relation.Ingress}, nil
	}
	var out []relation.Direction
	for _, t := range p.Types.All() {
		switch networkingv1.PolicyType(t) {
		case networkingv1.PolicyTypeIngress:
			out = append(out, relation.Ingress)
		case networkingv1.PolicyTypeEgress:
			out = append(out, relation.Egress)
		default:
			return nil, fmt.Errorf("unknown policyType %q", t)
		}
	}
	return out, nil
}

// side is what policies say about the pods of one namespace in one direction.
type side struct {
	isolates []relation.Selector // the pods that some policy isolates
	accepted []accepted
}

// accepted is a peer of a rule of a policy, and what it permits.
type accepted struct {
	relation.RuleIDs
	policy, rule, peer int
}

// permitted reduces a side to rules: those of its policies, and for the pods that no policy
// isolates, rules that permit everything. NetworkPolicies only accept, and their order does not
// matter, so the union of the rules is what they permit. Ordered has what rules that deny or pass
// leave of it.
// It is false if those pods fall into too many sets.
func (s *side) permitted(facts *relation.Facts, left *relation.Remaining) ([]relation.RuleIDs, bool) {
	free, ok := relation.Selector{}.SubtractAll(s.isolates, left)
	if !ok {
		return nil, false
	}
	out := make([]relation.RuleIDs, 0, len(s.accepted)+len(free)*len(relation.EveryPeer))
	for _, a := range s.accepted {
		out = append(out, a.RuleIDs)
	}
	for _, pods := range free {
		rules := relation.Everything()
		for i := range rules {
			rules[i].Own = pods
		}
		out = append(out, facts.Intern(rules)...)
	}
	return out, true
}

// evaluated returns what policies permit, and the sides that it comes from.
func evaluated(policies *policyset.Set, facts *relation.Facts) (*relation.Relation, [2]map[string]*side, error) {
	sides, err := sidesOf(policies, facts)
	if err != nil {
		return nil, sides, err
	}
	r := relation.NewRelation(facts)
	left := relation.Remaining{Sets: maxFree, Steps: relation.MaxSteps}
	for d := range sides {
		for _, namespace := range slices.Sorted(maps.Keys(sides[d])) {
			rules, ok := sides[d][namespace].permitted(facts, &left)
			if !ok {
				return nil, sides, &TooManyKinds{namespace}
			}
			r.RuleSets[d][namespace] = relation.RuleSetOf(facts, rules)
		}
	}
	return r, sides, nil
}

// sidesOf returns what NetworkPolicies say, by direction and namespace.
func sidesOf(policies *policyset.Set, facts *relation.Facts) ([2]map[string]*side, error) {
	sides := [2]map[string]*side{{}, {}}
	x := newTranslation(policies, facts)
	for i := range policies.Len() {
		p := policies.Policy(i)
		p.Namespace = cmp.Or(p.Namespace, "default")
		if err := x.add(sides, p, i); err != nil {
			return sides, fmt.Errorf("NetworkPolicy %s/%s: %w", p.Namespace, p.Name, err)
		}
	}
	return sides, nil
}

// add adds what one policy says to the sides of its namespace.
func (x *translation) add(sides [2]map[string]*side, p policyset.Policy, position int) error {
	pods, directions, err := isolates(p, x.facts.Enforcement)
	if err != nil {
		return err
	}
	own := x.facts.Selectors.Intern(pods)
	for _, d := range directions {
		s := sides[d][p.Namespace]
		if s == nil {
			s = &side{}
			sides[d][p.Namespace] = s
		}
		s.isolates = append(s.isolates, pods)
		for i, rule := range p.Rules[d].All() {
			ports, err := x.portsOf(rule.Ports)
			if err != nil {
				return fmt.Errorf("%s rule %d: %w", d, i+1, err)
			}
			accept := func(j int, peer relation.PeerID) {
				s.accepted = append(s.accepted, accepted{relation.RuleIDs{Own: own, Peer: peer, Ports: ports}, position, i, j})
			}
			if rule.Peers.Len() == 0 { // which permits all peers
				for _, peer := range relation.EveryPeer {
					accept(-1, x.facts.Peers.Intern(peer))
				}
			}
			for j, id := range rule.Peers.All() {
				peer, err := x.peerOf(id, p.Namespace)
				if err != nil {
					return fmt.Errorf("%s rule %d: peer %d: %w", d, i+1, j+1, err)
				}
				accept(j, peer)
			}
		}
	}
	return nil
}
