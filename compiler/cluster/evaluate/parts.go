package evaluate

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Part is a peer of a rule of a policy, by the positions that Origin has, and what it permits.
type Part struct {
	Rule, Peer int
	Permits    relation.Rule
}

// Parts returns what the rules of a policy permit, by direction. A rule for a direction that the
// policy does not have permits nothing.
func Parts(p *networkingv1.NetworkPolicy, facts *relation.Facts) (parts [2][]Part, err error) {
	set := policyset.FromObjects([]*networkingv1.NetworkPolicy{p})
	sides := [2]map[string]*side{{}, {}}
	if err := newTranslation(set, facts).add(sides, set.Policy(0), 0); err != nil {
		return parts, err
	}
	for d := range sides {
		for _, s := range sides[d] {
			for _, a := range s.accepted {
				parts[d] = append(parts[d], Part{a.rule, a.peer, facts.Rules([]relation.RuleIDs{a.RuleIDs})[0]})
			}
		}
	}
	return parts, nil
}
