package networkpolicy

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

// byTier returns an object for each tier of a governed namespace, with all of the tier's rules, and
// any-pod with the rules of pods without a tier.
//
// Each object is complete: if the edges of ns/* were only in any-pod, a pod could lose them in the
// time between the changes of two objects.
func (l *lowering) byTier() []object {
	var objects []object
	var sides [2]edgesByPods
	for _, d := range directions {
		sides[d] = l.edgesByPods(d)
	}
	for _, n := range l.topology.Namespaces {
		if !n.Governed() {
			continue
		}
		selectors := make([]relation.Selector, len(n.Tiers))
		for i, t := range n.Tiers {
			selectors[i] = t.Selector
		}
		index := relation.NewIndex(selectors)
		for _, t := range n.Tiers {
			o := object{namespace: n, name: "allow-" + t.Name, selector: t.Selector, doc: t.Doc, isolates: isolatedBy(n)}
			implied := index.Implied(t.Selector)
			for _, d := range o.isolates {
				o.edges[d] = sides[d].everyPod[n]
				for _, i := range implied {
					o.edges[d] = joined(o.edges[d], sides[d].tier[n.Tiers[i]])
				}
			}
			objects = append(objects, o)
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

func (l *lowering) edgesByPods(d relation.Direction) edgesByPods {
	c := edgesByPods{map[*topology.Tier][]*topology.Edge{}, map[*topology.Namespace][]*topology.Edge{}}
	for _, e := range l.topology.Edges {
		if !e.Opens(d) {
			continue
		}
		own, _ := ends(e, d)
		if own.Kind == topology.TierPods {
			c.tier[own.Tier] = append(c.tier[own.Tier], e)
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
