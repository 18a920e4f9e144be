package check

import (
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// ends finds edges by what their endpoint on one side has in common with
// another endpoint. Looking only where something can be, by namespace and by
// the labels that selectors pin, keeps the checks from comparing everything with everything.
type ends struct {
	edges map[*topology.Endpoint][]*topology.Edge

	all    []*topology.Endpoint // each once, as they come
	tiers  map[*topology.Namespace]*tierEnds
	pods   map[*topology.Namespace]*topology.Endpoint // ns/*
	wide   []*topology.Endpoint                       // environments, cluster, all
	blocks []*topology.Endpoint

	found  map[*topology.Endpoint][]overlap
	counts map[*topology.Endpoint]int
}

type tierEnds struct {
	list  []*topology.Endpoint
	index *relation.Index
}

// overlap is an endpoint that has something in common with the one asked for.
type overlap struct {
	*topology.Endpoint
	certainty meaning.Certainty
	sample    relation.Party
}

func newEnds(edges []*topology.Edge, side func(*topology.Edge) *topology.Endpoint) *ends {
	x := &ends{
		edges: map[*topology.Endpoint][]*topology.Edge{},
		tiers: map[*topology.Namespace]*tierEnds{},
		pods:  map[*topology.Namespace]*topology.Endpoint{},
		found: map[*topology.Endpoint][]overlap{},

		counts: map[*topology.Endpoint]int{},
	}
	for _, edge := range edges {
		e := side(edge)
		x.edges[e] = append(x.edges[e], edge)
		if len(x.edges[e]) > 1 {
			continue
		}
		x.all = append(x.all, e)
		switch e.Kind {
		case topology.TierPods:
			t := x.tiers[e.Namespace]
			if t == nil {
				t = &tierEnds{}
				x.tiers[e.Namespace] = t
			}
			t.list = append(t.list, e)
		case topology.NamespacePods:
			x.pods[e.Namespace] = e
		case topology.Addresses:
			x.blocks = append(x.blocks, e)
		default:
			x.wide = append(x.wide, e)
		}
	}
	for _, t := range x.tiers {
		selectors := make([]relation.Selector, len(t.list))
		for i, e := range t.list {
			selectors[i] = e.Tier.Selector
		}
		t.index = relation.NewIndex(selectors)
	}
	return x
}

// overlapping lists the endpoints that have something in common with e.
func (x *ends) overlapping(e *topology.Endpoint) []overlap {
	if found, ok := x.found[e]; ok {
		return found
	}
	var found []overlap
	for _, list := range x.candidates(e) {
		for _, other := range list {
			if certainty, sample := meaning.Overlap(e, other); certainty != meaning.Never {
				found = append(found, overlap{other, certainty, sample})
			}
		}
	}
	x.found[e] = found
	return found
}

// candidates lists everything that could have something in common with e.
func (x *ends) candidates(e *topology.Endpoint) [][]*topology.Endpoint {
	switch {
	case e.Kind == topology.Addresses && !e.MayBePods:
		return [][]*topology.Endpoint{x.blocks, x.wide}
	case e.Namespace == nil:
		return [][]*topology.Endpoint{x.all}
	}
	lists := [][]*topology.Endpoint{x.wide, x.blocks}
	if p := x.pods[e.Namespace]; p != nil {
		lists = append(lists, []*topology.Endpoint{p})
	}
	if t := x.tiers[e.Namespace]; t != nil {
		if e.Tier == nil {
			return append(lists, t.list)
		}
		var tiers []*topology.Endpoint
		for _, i := range t.index.Overlapping(e.Tier.Selector) {
			tiers = append(tiers, t.list[i])
		}
		lists = append(lists, tiers)
	}
	return lists
}

// count returns how many edges there are at the endpoints that overlap e.
func (x *ends) count(e *topology.Endpoint) int {
	n, ok := x.counts[e]
	if !ok {
		for _, o := range x.overlapping(e) {
			n += len(x.edges[o.Endpoint])
		}
		x.counts[e] = n
	}
	return n
}
