package networkpolicy

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// contracts is the edges of one direction by the pods that they speak for.
type contracts struct {
	tier     map[*topology.Tier][]*topology.Edge
	everyPod map[*topology.Namespace][]*topology.Edge // of a namespace, an environment or the cluster
}

// byTier appends an object for each tier of a governed namespace, with its
// complete contract, and any-pod for what holds for pods of no tier too.
//
// The contract is complete so that each object is right by itself: were the edges of ns/*
// left to any-pod, a pod could lose them between one object's arrival and another's.
func (l *lowering) byTier(objects []object) []object {
	var sides [2]contracts
	for _, d := range []direction{ingress, egress} {
		sides[d] = l.contracts(d)
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

// joined returns the edges of both lists, in a list of its own unless one of them has all.
func joined(a, b []*topology.Edge) []*topology.Edge {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return slices.Concat(a, b)
}

func (l *lowering) contracts(d direction) contracts {
	c := contracts{map[*topology.Tier][]*topology.Edge{}, map[*topology.Namespace][]*topology.Edge{}}
	for _, e := range l.topology.Edges {
		own, _ := d.ends(e)
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
	return slices.ContainsFunc(o.isolates, func(d direction) bool {
		return slices.ContainsFunc(o.edges[d], func(e *topology.Edge) bool { return len(l.serves(o.namespace, d, e)) > 0 })
	})
}
