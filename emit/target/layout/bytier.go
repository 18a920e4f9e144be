package layout

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// edgesByPods is the edges of one direction by the pods at the object's end.
type edgesByPods struct {
	tier     map[*topology.Tier][]*topology.Edge
	everyPod map[*topology.Namespace][]*topology.Edge // of a namespace, an environment or the cluster
}

// local is a tier across namespaces in one of them.
type local struct {
	across    *topology.Tier
	namespace *topology.Namespace
}

// byTier returns an object for each tier that isolates its pods or whose namespace does, with all of the
// tier's rules, and any-pod with the rules of pods without a tier. A tier that isolates nothing has an
// object for those of its pods that another tier isolates.
//
// Each object is complete: if the edges of ns/* were only in any-pod, a pod could lose them in the
// time between the changes of two objects.
func (l *lowering) byTier() []object {
	var objects []object
	var sides [2]edgesByPods
	locals := map[local]*topology.Tier{}
	tiers := make(map[*topology.Namespace][]*topology.Tier, len(l.topology.Namespaces))
	for _, n := range l.topology.Namespaces {
		tiers[n] = slices.Clip(n.Tiers)
	}
	for _, d := range directions {
		sides[d] = l.edgesByPods(d, func(t *topology.Tier, n *topology.Namespace) *topology.Tier {
			at := local{t, n}
			if locals[at] == nil {
				// No tier's name has a dot, and no tier's policy has two.
				locals[at] = &topology.Tier{Namespace: n, Name: t.Name + ".in." + t.Set(), Selector: t.Selector, Doc: t.Doc}
				tiers[n] = append(tiers[n], locals[at])
			}
			return locals[at]
		})
	}
	for _, n := range l.topology.Namespaces {
		tiers := tiers[n]
		selectors := make([]relation.Selector, len(tiers))
		for i, t := range tiers {
			selectors[i] = t.Selector
		}
		index := relation.NewIndex(selectors)
		for i, t := range tiers {
			for _, o := range l.contracts(t, i < len(n.Tiers), sides) {
				implied := index.Implied(o.selector)
				for _, d := range o.isolates {
					o.edges[d] = sides[d].everyPod[n]
					for _, i := range implied {
						o.edges[d] = joined(o.edges[d], sides[d].tier[tiers[i]])
					}
				}
				objects = append(objects, o)
			}
		}
		anyPod := object{namespace: n, name: "any-pod", isolates: isolatedBy(n)}
		for _, d := range anyPod.isolates {
			anyPod.edges[d] = sides[d].everyPod[n]
		}
		if l.hasRules(anyPod) {
			objects = append(objects, anyPod)
		}
	}
	return objects
}

// contracts returns the objects of a tier, without edges: allow-TIER, which isolates the tier's pods in
// the directions in which all of them are isolated, and allow-TIER.OTHER, for those that another tier
// isolates. A tier that neither isolates its pods nor has rules needs none, nor does a tier across
// namespaces that has no rules.
func (l *lowering) contracts(t *topology.Tier, declared bool, sides [2]edgesByPods) []object {
	n := t.Namespace
	own := object{namespace: n, name: "allow-" + t.Name, selector: t.Selector, doc: t.Doc}
	needed := declared && (n.Ingress || n.Egress || t.Ingress || t.Egress)
	var parts []object
	at := map[*topology.Tier]int{}
	for _, d := range directions {
		rules := slices.ContainsFunc(sides[d].tier[t], func(e *topology.Edge) bool { return len(l.served(n, d, e)) > 0 })
		for _, b := range l.boundPods(n, d, t.Selector) {
			switch {
			case b.by == nil:
				own.isolates, needed = append(own.isolates, d), needed || rules
			case !rules || b.by.Selector.Implies(t.Selector): // the other tier's object has the rules
			default:
				i, ok := at[b.by]
				if !ok {
					i, at[b.by] = len(parts), len(parts)
					parts = append(parts, object{namespace: n, name: own.name + "." + b.by.Name, selector: b.selector, doc: t.Doc})
				}
				parts[i].isolates = append(parts[i].isolates, d)
			}
		}
	}
	if needed && len(own.isolates) > 0 {
		parts = append(parts, own)
	}
	return parts
}

// joined returns the edges of both lists, and changes neither.
func joined(a, b []*topology.Edge) []*topology.Edge {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return slices.Concat(a, b)
}

// edgesByPods sorts the edges of a direction; within returns the tier that is a tier across namespaces in
// one of them.
func (l *lowering) edgesByPods(d relation.Direction, within func(*topology.Tier, *topology.Namespace) *topology.Tier) edgesByPods {
	c := edgesByPods{map[*topology.Tier][]*topology.Edge{}, map[*topology.Namespace][]*topology.Edge{}}
	for _, e := range l.topology.Edges {
		if !e.Opens(d) {
			continue
		}
		own, _ := ends(e, d)
		switch own.Kind {
		case topology.TierPods:
			c.tier[own.Tier] = append(c.tier[own.Tier], e)
		case topology.AcrossPods:
			for _, n := range l.homes(own) {
				t := within(own.Tier, n)
				c.tier[t] = append(c.tier[t], e)
			}
		}
		for _, n := range l.members(own) {
			c.everyPod[n] = append(c.everyPod[n], e)
		}
	}
	return c
}

// hasRules reports whether some edge of an object permits something.
func (l *lowering) hasRules(o object) bool {
	return slices.ContainsFunc(o.isolates, func(d relation.Direction) bool {
		return slices.ContainsFunc(o.edges[d], func(e *topology.Edge) bool { return len(l.served(o.namespace, d, e)) > 0 })
	})
}
