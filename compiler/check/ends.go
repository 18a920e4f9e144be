package check

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// parties finds endpoints, each once, by what they have in common with
// another. Looking only where something can be, by namespace, by the labels that
// selectors pin and by address, keeps the checks from comparing everything with everything.
type parties struct {
	all      []*topology.Endpoint // as they come
	wide     []*topology.Endpoint // environments, cluster, all
	matching []*topology.Endpoint // these and everything else that is not addresses
	pods     map[*topology.Namespace]*topology.Endpoint
	tiers    map[*topology.Namespace]*tierIndex
	blocks   blockIndex

	edges map[*topology.Endpoint]*[]*topology.Edge // of the endpoints
	found map[*topology.Endpoint][]overlap
	pairs int // how many overlaps have been found
}

type tierIndex struct {
	tiers []*topology.Endpoint
	index *relation.Index
}

type blockIndex struct {
	endpoints []*topology.Endpoint
	mayBePods []*topology.Endpoint
	owners    []*topology.Endpoint // of each block in the index
	index     *relation.PrefixIndex
}

// overlap is an endpoint that has something in common with the one asked for, and its edges.
type overlap struct {
	*topology.Endpoint
	certainty meaning.Certainty
	edges     *[]*topology.Edge // there can be millions of overlaps
}

func newParties(endpoints []*topology.Endpoint) *parties {
	x := &parties{
		all:   endpoints,
		pods:  map[*topology.Namespace]*topology.Endpoint{},
		tiers: map[*topology.Namespace]*tierIndex{},
		found: map[*topology.Endpoint][]overlap{},
	}
	var prefixes []netip.Prefix
	for _, e := range endpoints {
		switch e.Kind {
		case topology.TierPods:
			t := x.tiers[e.Namespace]
			if t == nil {
				t = &tierIndex{}
				x.tiers[e.Namespace] = t
			}
			t.tiers = append(t.tiers, e)
		case topology.NamespacePods:
			x.pods[e.Namespace] = e
		case topology.Addresses:
			x.blocks.endpoints = append(x.blocks.endpoints, e)
			if e.MayBePods {
				x.blocks.mayBePods = append(x.blocks.mayBePods, e)
			}
			for _, b := range e.Blocks {
				prefixes = append(prefixes, b.Prefix)
				x.blocks.owners = append(x.blocks.owners, e)
			}
		default:
			x.wide = append(x.wide, e)
		}
		if e.Kind != topology.Addresses {
			x.matching = append(x.matching, e)
		}
	}
	x.blocks.index = relation.NewPrefixIndex(prefixes)
	for _, t := range x.tiers {
		selectors := make([]relation.Selector, len(t.tiers))
		for i, e := range t.tiers {
			selectors[i] = e.Tier.Selector
		}
		t.index = relation.NewIndex(selectors)
	}
	return x
}

// overlapping lists the endpoints that have something in common with e.
func (x *parties) overlapping(e *topology.Endpoint) []overlap {
	if found, ok := x.found[e]; ok {
		return found
	}
	var found []overlap
	for _, list := range x.candidates(e) {
		for _, other := range list {
			if certainty := meaning.Overlaps(e, other); certainty != meaning.Never {
				found = append(found, overlap{other, certainty, x.edges[other]})
			}
		}
	}
	x.found[e] = found
	x.pairs += len(found)
	return found
}

// candidates lists everything that could have something in common with e.
func (x *parties) candidates(e *topology.Endpoint) [][]*topology.Endpoint {
	switch {
	case e.Kind == topology.Addresses && !e.MayBePods:
		return [][]*topology.Endpoint{x.wide, x.blocks.overlapping(e)}
	case e.Kind == topology.Addresses:
		return [][]*topology.Endpoint{x.matching, x.blocks.overlapping(e)}
	case e.Namespace == nil:
		return [][]*topology.Endpoint{x.all}
	}
	lists := [][]*topology.Endpoint{x.wide, x.blocks.mayBePods}
	if p := x.pods[e.Namespace]; p != nil {
		lists = append(lists, []*topology.Endpoint{p})
	}
	t := x.tiers[e.Namespace]
	switch {
	case t == nil:
		return lists
	case e.Tier == nil:
		return append(lists, t.tiers)
	}
	var tiers []*topology.Endpoint
	for _, i := range t.index.Overlapping(e.Tier.Selector) {
		tiers = append(tiers, t.tiers[i])
	}
	return append(lists, tiers)
}

// overlapping lists, each once, the endpoints with a block that overlaps one of e's.
func (x *blockIndex) overlapping(e *topology.Endpoint) []*topology.Endpoint {
	var out []*topology.Endpoint
	for _, b := range e.Blocks {
		for _, i := range x.index.Overlapping(b.Prefix) {
			out = append(out, x.owners[i])
		}
	}
	if len(e.Blocks) > 1 || len(out) > 1 {
		seen := map[*topology.Endpoint]bool{}
		out = slices.DeleteFunc(out, func(e *topology.Endpoint) bool {
			before := seen[e]
			seen[e] = true
			return before
		})
	}
	return out
}

// ends is the endpoints of edges on one side, and their edges.
type ends struct {
	*parties
	counts map[*topology.Endpoint]int
}

func newEnds(edges []*topology.Edge, side func(*topology.Edge) *topology.Endpoint) *ends {
	at := map[*topology.Endpoint]*[]*topology.Edge{}
	var endpoints []*topology.Endpoint
	for _, edge := range edges {
		e := side(edge)
		known := at[e]
		if known == nil {
			known = &[]*topology.Edge{}
			at[e] = known
			endpoints = append(endpoints, e)
		}
		*known = append(*known, edge)
	}
	x := &ends{newParties(endpoints), map[*topology.Endpoint]int{}}
	x.edges = at
	return x
}

// of lists the edges of an endpoint.
func (x *ends) of(e *topology.Endpoint) []*topology.Edge {
	if known := x.edges[e]; known != nil {
		return *known
	}
	return nil
}

// count returns how many edges there are at the endpoints that overlap e.
func (x *ends) count(e *topology.Endpoint) int {
	n, ok := x.counts[e]
	if !ok {
		for _, o := range x.overlapping(e) {
			n += len(*o.edges)
		}
		x.counts[e] = n
	}
	return n
}
