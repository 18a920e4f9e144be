package query

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// resolve returns what ports of a policy are at a destination: a name is the numbers that the workload's
// containers give it, and none where they have no such name, or at an address, which has no
// containers. Of pods that no workload tells about, a name stays one.
func (v *Model) resolve(ports relation.Ports, to *Party, part relation.Peer) relation.Ports {
	if !ports.HasNames() || !tells(to, part) {
		return ports
	}
	var declared []relation.Port
	if to.workload != nil && to.Host == "" { // a rule matches host-network pods by address, without port names
		for _, p := range to.workload.Ports {
			if p.Name != "" {
				declared = append(declared, relation.Port{Protocol: p.Protocol, Number: p.Number, Names: []string{p.Name}})
			}
		}
	}
	return ports.At(declared)
}

// tells reports whether it is known which containers, if any, are at a part of a destination.
func tells(to *Party, part relation.Peer) bool {
	_, outside := part.(relation.Addresses)
	return to.workload != nil || outside
}

// resolved returns a contract in which ports are what they are at a part of a destination.
func (v *Model) resolved(c *relation.RuleSet, to *Party, part relation.Peer) *relation.RuleSet {
	if !tells(to, part) {
		return c
	}
	grants := slices.Clone(c.Rules())
	for i := range grants {
		grants[i].Ports = v.resolve(grants[i].Ports, to, part)
	}
	return relation.NewRuleSet(v.Relation.Facts, grants)
}
