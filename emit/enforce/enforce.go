// Package enforce says what a cluster permits that enforces a set of
// NetworkPolicies, by the documentation of networking.k8s.io/v1. It knows the API's types
// and nothing of where policies come from.
package enforce

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// Origin is what a grant is from: a rule of a policy, by its position among those
// of its direction, and a peer by its position in the rule, or -1 where the rule has none and
// speaks of everybody. Without a policy, it is that no policy isolates the pods.
type Origin struct {
	Policy     *networkingv1.NetworkPolicy
	Rule, Peer int
}

// Origins says of each grant of a relation what it is from: by direction and
// namespace, in the order of the contract's grants.
type Origins [2]map[string][]Origin

// Relation returns what policies permit, given what is known of namespaces. The error names
// the policy that cannot be understood; nothing is skipped.
func Relation(policies []*networkingv1.NetworkPolicy, facts *relation.Facts) (*relation.Relation, error) {
	r, _, err := Trace(policies, facts)
	return r, err
}

// Trace returns what policies permit, as Relation does, and by which of their rules.
func Trace(policies []*networkingv1.NetworkPolicy, facts *relation.Facts) (*relation.Relation, Origins, error) {
	t := &taking{selectors: selectors{}, portLists: portLists{}, local: map[string]relation.Selector{}, sides: [2]map[string]*side{{}, {}}, sizes: sizes(policies)}
	for _, p := range policies {
		if err := t.take(p); err != nil {
			return nil, Origins{}, fmt.Errorf("NetworkPolicy %s/%s: %w", namespaceOf(p), p.Name, err)
		}
	}
	r := relation.NewRelation(facts)
	origins := Origins{{}, {}}
	for d, namespaces := range t.sides {
		for _, n := range slices.Sorted(maps.Keys(namespaces)) {
			s := namespaces[n]
			grants, from := s.grants, s.origins
			for _, free := range notSelected(s.isolates) {
				for _, g := range relation.Everything() {
					g.Own = free
					grants = append(grants, g)
					from = append(from, Origin{})
				}
			}
			origins[d][n] = from
			r.Contracts[d][n] = relation.NewContract(facts, grants)
		}
	}
	return r, origins, nil
}

// side is what policies say of one namespace in one direction.
type side struct {
	isolates []relation.Selector // the pods that some policy isolates
	grants   []relation.Grant
	origins  []Origin // of the grants
}

// taking is the state of one run.
type taking struct {
	selectors selectors
	portLists portLists
	local     map[string]relation.Selector // of namespaces, by their names
	sides     [2]map[string]*side
	sizes     [2]map[string]int // of the grants of a side: there can be very many
}

// sizes counts, by direction and namespace, the grants that the rules of policies make, were all of them to count.
func sizes(policies []*networkingv1.NetworkPolicy) [2]map[string]int {
	counts := [2]map[string]int{{}, {}}
	for _, p := range policies {
		for d := range counts {
			n := 0
			for _, r := range rulesOf(p, relation.Direction(d)) {
				if len(r.peers) > 0 {
					n += len(r.peers)
				} else {
					n += len(relation.EveryPeer)
				}
			}
			counts[d][namespaceOf(p)] += n
		}
	}
	return counts
}

// Isolates returns the pods that a policy isolates, and in which directions.
func Isolates(p *networkingv1.NetworkPolicy) (relation.Selector, []relation.Direction, error) {
	own, err := selector(&p.Spec.PodSelector)
	if err != nil {
		return own, nil, fmt.Errorf("podSelector: %w", err)
	}
	directions, err := directionsOf(p)
	return own, directions, err
}

// take adds what one policy says.
func (t *taking) take(p *networkingv1.NetworkPolicy) error {
	own, directions, err := Isolates(p)
	if err != nil {
		return err
	}
	ns := namespaceOf(p)
	local, ok := t.local[ns]
	if !ok {
		local = relation.Select(relation.KeyValues{Key: relation.NameLabel, Values: relation.In(ns)})
		t.local[ns] = local
	}
	for _, d := range directions {
		s := t.sides[d][ns]
		if s == nil {
			size := t.sizes[d][ns]
			s = &side{grants: make([]relation.Grant, 0, size), origins: make([]Origin, 0, size)}
			t.sides[d][ns] = s
		}
		s.isolates = append(s.isolates, own)
		for i, rule := range rulesOf(p, d) {
			ports, err := t.portLists.of(rule.ports)
			if err != nil {
				return fmt.Errorf("%s rule %d: %w", d, i+1, err)
			}
			grant := func(j int, peer relation.Peer) {
				s.grants = append(s.grants, relation.Grant{Own: own, Peer: peer, Ports: ports})
				s.origins = append(s.origins, Origin{p, i, j})
			}
			if len(rule.peers) == 0 { // which speaks of everybody
				for _, peer := range relation.EveryPeer {
					grant(-1, peer)
				}
			}
			for j := range rule.peers {
				peer, err := t.selectors.peerOf(&rule.peers[j], local)
				if err != nil {
					return fmt.Errorf("%s rule %d: peer %d: %w", d, i+1, j+1, err)
				}
				grant(j, peer)
			}
		}
	}
	return nil
}

func namespaceOf(p *networkingv1.NetworkPolicy) string {
	if p.Namespace == "" {
		return "default"
	}
	return p.Namespace
}

// directionsOf returns the directions in which a policy isolates. Without
// policyTypes that is ingress always, and egress where there are egress rules.
func directionsOf(p *networkingv1.NetworkPolicy) ([]relation.Direction, error) {
	if len(p.Spec.PolicyTypes) == 0 {
		if len(p.Spec.Egress) > 0 {
			return []relation.Direction{relation.Egress, relation.Ingress}, nil
		}
		return []relation.Direction{relation.Ingress}, nil
	}
	var out []relation.Direction
	for _, t := range p.Spec.PolicyTypes {
		switch t {
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

// rule is an ingress or egress rule: both have the same form.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

// rulesOf yields the rules of a direction, with their positions.
func rulesOf(p *networkingv1.NetworkPolicy, d relation.Direction) iter.Seq2[int, rule] {
	return func(yield func(int, rule) bool) {
		if d == relation.Ingress {
			for i, r := range p.Spec.Ingress {
				if !yield(i, rule{r.From, r.Ports}) {
					return
				}
			}
			return
		}
		for i, r := range p.Spec.Egress {
			if !yield(i, rule{r.To, r.Ports}) {
				return
			}
		}
	}
}

// notSelected returns the pods that none of the selectors match.
func notSelected(selectors []relation.Selector) []relation.Selector {
	// The widest first: one that selects every pod settles it.
	selectors = slices.Clone(selectors)
	slices.SortStableFunc(selectors, func(a, b relation.Selector) int { return len(a.Keys()) - len(b.Keys()) })
	left := []relation.Selector{{}}
	for _, s := range selectors {
		var next []relation.Selector
		for _, l := range left {
			next = append(next, l.Subtract(s)...)
		}
		left = next
	}
	return left
}
