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
	return ports.At(declared(to))
}

// declared returns the ports of a destination that have names.
func declared(to *Party) (list []relation.Port) {
	if to.workload == nil || to.Host != "" { // a rule matches host-network pods by address, without port names
		return nil
	}
	for _, p := range to.workload.Ports {
		if p.Name != "" {
			list = append(list, relation.Port{Protocol: p.Protocol, Number: p.Number, Names: []string{p.Name}})
		}
	}
	return list
}

// tells reports whether it is known which containers, if any, are at a part of a destination.
func tells(to *Party, part relation.Peer) bool {
	_, outside := part.(relation.Addresses)
	return to.workload != nil || outside
}

// resolved returns a contract in which ports are what they are at a part of a destination.
func (v *Model) resolved(c *relation.RuleSet, to *Party, part relation.Peer) *relation.RuleSet {
	if !c.HasNames() || !tells(to, part) {
		return c
	}
	ports := declared(to)
	if known := v.unnamed[c]; len(ports) == 0 && known != nil {
		return known
	}
	grants := slices.Clone(c.Rules())
	for i := range grants {
		grants[i].Ports = grants[i].Ports.At(ports)
	}
	out := relation.NewRuleSet(v.Relation.Facts, grants)
	if len(ports) == 0 {
		if v.unnamed == nil {
			v.unnamed = map[*relation.RuleSet]*relation.RuleSet{}
		}
		v.unnamed[c] = out
	}
	return out
}
