package query

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// isolator is what isolates pods of a namespace in a direction: the declaration of the
// namespace or of a tier, or a policy.
type isolator struct {
	pods relation.Selector
	Place
}

// isolatorsOfTopology returns what isolates the pods of each namespace.
func isolatorsOfTopology(t *topology.Topology) [2]map[string][]isolator {
	out := [2]map[string][]isolator{{}, {}}
	for _, n := range t.Namespaces {
		at := n.Span
		if !n.IsolatesAt.IsZero() {
			at = n.IsolatesAt
		}
		place := placeAt(at, "namespace "+n.Name)
		for _, d := range directions {
			isolation := n.Isolation(d)
			if isolation.Every {
				out[d][n.Name] = []isolator{{Place: place}}
			}
			for _, t := range isolation.Tiers {
				at := t.Span
				if !t.IsolatesAt.IsZero() {
					at = t.IsolatesAt
				}
				out[d][n.Name] = append(out[d][n.Name], isolator{t.Selector, placeAt(at, "tier "+t.String())})
			}
		}
	}
	return out
}

// isolatorsOfManifests returns the policies of each namespace and direction.
func isolatorsOfManifests(policies []inventory.Policy) ([2]map[string][]isolator, error) {
	out := [2]map[string][]isolator{{}, {}}
	for _, p := range policies {
		pods, isolated, err := evaluate.Isolates(p.NetworkPolicy)
		if err != nil {
			return out, err
		}
		for _, d := range isolated {
			ns := p.Object.Namespace
			out[d][ns] = append(out[d][ns], isolator{pods, policyPlace(p)})
		}
	}
	return out, nil
}

// isolatedBy lists what isolates some of the pods of homes in a direction.
func (v *Model) isolatedBy(homes []home, d relation.Direction) []Place {
	var out []Place
	for _, h := range homes {
		ns := h.namespace
		if name, ok := onlyName(v.Relation.Namespaces(ns)); ok {
			ns = name
		}
		out = v.appendIsolators(out, ns, d, h.own.Overlaps)
	}
	return sortedPlaces(out)
}

// stoppers lists what isolates the pods of a connection's ends on the sides where it is
// not permitted.
func (v *Model) stoppers(c relation.Connection) []Place {
	var out []Place
	for _, d := range directions {
		own, peer := sides(d, c.From, c.To)
		if !v.Relation.PermitsSide(own, peer, c.Port, d) {
			if rules := v.deniers(c, d); len(rules) > 0 {
				out = append(out, rules...)
				continue
			}
			out = v.appendIsolators(out, own.Namespace, d, func(s relation.Selector) bool { return s.Matches(own.Labels) })
		}
	}
	return sortedPlaces(out)
}

func (v *Model) appendIsolators(out []Place, ns string, d relation.Direction, isolates func(relation.Selector) bool) []Place {
	for _, i := range v.isolators[d][ns] {
		if isolates(i.pods) {
			out = append(out, i.Place)
		}
	}
	return out
}

func sortedPlaces(list []Place) []Place {
	slices.SortStableFunc(list, Place.compare)
	return slices.Compact(list)
}
