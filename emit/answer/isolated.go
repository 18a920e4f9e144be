package answer

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/enforce"
	"github.com/zt-lang/zt/emit/inventory"
)

// isolator is what isolates pods of a namespace in a direction: the declaration of the
// namespace, or a policy.
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
		place := Place{File: at.File.Name, Line: at.Begin().Line, Text: "namespace " + n.Name}
		if n.Egress {
			out[relation.Egress][n.Name] = []isolator{{Place: place}}
		}
		if n.Ingress {
			out[relation.Ingress][n.Name] = []isolator{{Place: place}}
		}
	}
	return out
}

// isolatorsOfManifests returns the policies of each namespace and direction.
func isolatorsOfManifests(policies []inventory.Policy) ([2]map[string][]isolator, error) {
	out := [2]map[string][]isolator{{}, {}}
	for _, p := range policies {
		pods, directions, err := enforce.Isolates(p.NetworkPolicy)
		if err != nil {
			return out, err
		}
		for _, d := range directions {
			ns := p.Object.Namespace
			out[d][ns] = append(out[d][ns], isolator{pods, Place{
				File: p.Span.File.Name, Line: p.Span.Begin().Line, Policy: ns + "/" + p.Object.Name, Text: p.Object.String(),
			}})
		}
	}
	return out, nil
}

// isolatedBy lists what isolates some of the pods of homes in a direction.
func (v *View) isolatedBy(homes []home, d relation.Direction) []Place {
	var out []Place
	for _, h := range homes {
		for _, i := range v.isolators[d][h.namespace] {
			if i.pods.Overlaps(h.own) {
				out = append(out, i.Place)
			}
		}
	}
	slices.SortStableFunc(out, Place.compare)
	return slices.Compact(out)
}

// stoppers lists what isolates the pods of a connection's ends on the sides where it is
// not permitted.
func (v *View) stoppers(c relation.Connection) []Place {
	var out []Place
	for d, ends := range [2][2]relation.Party{relation.Egress: {c.From, c.To}, relation.Ingress: {c.To, c.From}} {
		own, peer := ends[0], ends[1]
		if v.Relation.PermitsSide(own, peer, c.Port, relation.Direction(d)) {
			continue
		}
		for _, i := range v.isolators[d][own.Namespace] {
			if i.pods.Matches(own.Labels) {
				out = append(out, i.Place)
			}
		}
	}
	slices.SortStableFunc(out, Place.compare)
	return slices.Compact(out)
}
