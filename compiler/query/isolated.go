package query

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
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

// isolators is what isolates the pods of a namespace in a direction. There can be thousands.
type isolators struct {
	list  []isolator
	index *relation.Index // of their pods; made when it is asked for
}

// overlapping lists those that isolate some of these pods.
func (l *isolators) overlapping(pods relation.Selector) []isolator {
	if l == nil {
		return nil
	}
	if l.index == nil {
		selectors := make([]relation.Selector, len(l.list))
		for i, o := range l.list {
			selectors[i] = o.pods
		}
		l.index = relation.NewIndex(selectors)
	}
	var out []isolator
	for _, i := range l.index.Overlapping(pods) {
		out = append(out, l.list[i])
	}
	return out
}

// some reports whether one of them isolates some of these pods.
func (l *isolators) some(pods relation.Selector) bool {
	const few = 100 // which take less than asking the index
	if l == nil || len(l.list) > few {
		return len(l.overlapping(pods)) > 0
	}
	return slices.ContainsFunc(l.list, func(i isolator) bool { return i.pods.Overlaps(pods) })
}

// isolatorsOf holds what isolates pods, by direction and namespace.
type isolatorsOf [2]map[string]*isolators

func (all isolatorsOf) add(d relation.Direction, ns string, o isolator) {
	if all[d][ns] == nil {
		all[d][ns] = &isolators{}
	}
	all[d][ns].list = append(all[d][ns].list, o)
}

// isolatorsOfTopology returns what isolates the pods of each namespace.
func isolatorsOfTopology(t *topology.Topology) isolatorsOf {
	out := isolatorsOf{{}, {}}
	for _, n := range t.Namespaces {
		at := n.Span
		if !n.IsolatesAt.IsZero() {
			at = n.IsolatesAt
		}
		place := placeAt(at, "namespace "+n.Name)
		for _, d := range directions {
			isolation := n.Isolation(d)
			if isolation.Every {
				out.add(d, n.Name, isolator{Place: place})
			}
			for _, t := range isolation.Tiers {
				at := t.Span
				if !t.IsolatesAt.IsZero() {
					at = t.IsolatesAt
				}
				out.add(d, n.Name, isolator{t.Selector, placeAt(at, "tier "+t.String())})
			}
		}
	}
	return out
}

// isolatorsOfManifests returns the policies that isolate pods of each home, by direction.
func (v *Model) isolatorsOfManifests(inv *inventory.Inventory) (isolatorsOf, error) {
	in := isolatorsOf{{}, {}} // by namespace
	for _, p := range inv.Policies {
		pods, isolated, err := evaluate.Isolates(p.NetworkPolicy)
		if err != nil {
			return in, err
		}
		for _, d := range isolated {
			in.add(d, p.Object.Namespace, isolator{pods, policyPlace(p)})
		}
	}
	if v.ordered == nil { // then homes are namespaces
		return in, nil
	}
	specs := map[string][]isolatingSpec{} // of policies of Cilium, by their namespace
	for i := range inv.CiliumPolicies {
		p := &inv.CiliumPolicies[i]
		for j := range p.Specs {
			s := isolatingSpec{&p.Specs[j], isolator{p.Specs[j].Subject.Labels, ciliumPlace(*p, p.Specs[j])}}
			specs[p.Policy.Namespace] = append(specs[p.Policy.Namespace], s)
		}
	}
	out := isolatorsOf{{}, {}}
	for _, d := range directions {
		for home := range v.Relation.RuleSets[d] {
			at := v.Relation.Namespaces(home)
			name, _ := onlyName(at)
			if list := in[d][name]; list != nil {
				out[d][home] = &isolators{list: slices.Clip(list.list)}
			}
			about := [][]isolatingSpec{specs[""]}
			if name != "" {
				about = append(about, specs[name])
			}
			for _, list := range about {
				for _, s := range list {
					if s.spec.Isolates[d] && v.isAbout(s.spec.Subject.Namespaces, at, name) {
						out.add(d, home, s.isolator)
					}
				}
			}
		}
	}
	return out, nil
}

// isolatingSpec is what a policy of Cilium says about some pods, which it may isolate.
type isolatingSpec struct {
	spec *ciliumpolicy.Spec
	isolator
}

// isAbout reports whether a selector of namespaces matches those of a home: all of them, or none.
func (v *Model) isAbout(selected, home relation.Selector, name string) bool {
	if labels := v.Relation.Facts.Labels(name); labels != nil {
		return selected.Matches(labels)
	}
	return selected.Overlaps(home)
}

// isolatedBy lists what isolates some of the pods of homes in a direction.
func (v *Model) isolatedBy(homes []home, d relation.Direction) []Place {
	var out []Place
	for _, h := range homes {
		for _, i := range v.isolators[d][h.namespace].overlapping(h.own) {
			out = append(out, i.Place)
		}
	}
	return sortedPlaces(out)
}

// stoppers lists what isolates the pods of a connection's ends on the sides where it is
// not permitted.
func (v *Model) stoppers(c relation.Connection) []Place {
	var out []Place
	for _, d := range directions {
		own, peer := sides(d, c.From, c.To)
		if v.Relation.PermitsSide(own, peer, c.Port, d) {
			continue
		}
		if rules := v.deniers(c, d); len(rules) > 0 {
			out = append(out, rules...)
			continue
		}
		for _, i := range v.isolators[d][v.Relation.Home(own)].overlapping(exact(own.Labels, nil)) {
			if i.pods.Matches(own.Labels) {
				out = append(out, i.Place)
			}
		}
	}
	return sortedPlaces(out)
}

func sortedPlaces(list []Place) []Place {
	slices.SortStableFunc(list, Place.compare)
	return slices.Compact(list)
}
