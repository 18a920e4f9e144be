package check

import (
	"net/netip"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// ends is the endpoints of edges on one side, each once, and their edges. It finds endpoints by what
// they have in common with another. Looking only where something can be, by namespace, by the labels
// that selectors pin and by address, keeps the checks from comparing everything with everything.
type ends struct {
	all       []*topology.Endpoint // as they come
	wide      []*topology.Endpoint // environments, cluster, all
	matching  []*topology.Endpoint // these and everything else that is not addresses
	addresses []*topology.Endpoint
	mayBePods []*topology.Endpoint // those of addresses
	named     []*topology.Endpoint // the same, with DNS names
	pods      map[*topology.Namespace]*topology.Endpoint
	tiers     map[*topology.Namespace]*tierIndex
	across    *tierIndex
	acrossIn  map[*topology.Namespace][]*topology.Endpoint // see checker.acrossIn
	homes     []*topology.Namespace                        // of pods and tiers, as they come
	blocks    *relation.PrefixIndex
	owners    []*topology.Endpoint // of each block in the index

	known map[*topology.Endpoint]*end
	pairs int // how many overlaps have been found
}

type tierIndex struct {
	tiers []*topology.Endpoint
	index *relation.Index
}

// end is what is known of an endpoint: of this side, or one that was asked for.
type end struct {
	edges []*topology.Edge // of this side
	found []overlap        // once it was asked for
	asked bool
	count int                // of the edges at the endpoints found
	last  *topology.Endpoint // the last one for which withBlockOf found this one
}

// overlap is an endpoint that has something in common with the one asked for, and its edges.
type overlap struct {
	*topology.Endpoint
	certainty semantics.Certainty
	edges     *[]*topology.Edge // there can be millions of overlaps
}

func newEnds(edges []*topology.Edge, d relation.Direction) *ends {
	x := &ends{
		pods:   map[*topology.Namespace]*topology.Endpoint{},
		tiers:  map[*topology.Namespace]*tierIndex{},
		across: &tierIndex{},
		known:  map[*topology.Endpoint]*end{},
	}
	for _, edge := range edges {
		e := endOf(edge, d)
		known := x.known[e]
		if known == nil {
			known = &end{}
			x.known[e] = known
			x.add(e)
		}
		known.edges = append(known.edges, edge)
	}
	var prefixes []netip.Prefix
	for _, e := range x.addresses {
		for _, b := range e.Blocks {
			prefixes = append(prefixes, b.Prefix)
			x.owners = append(x.owners, e)
		}
	}
	x.blocks = relation.NewPrefixIndex(prefixes)
	indexes := []*tierIndex{x.across}
	for _, t := range x.tiers {
		indexes = append(indexes, t)
	}
	for _, t := range indexes {
		selectors := make([]relation.Selector, len(t.tiers))
		for i, e := range t.tiers {
			selectors[i] = e.Tier.Selector
		}
		t.index = relation.NewIndex(selectors)
	}
	return x
}

func (x *ends) add(e *topology.Endpoint) {
	x.all = append(x.all, e)
	if n := e.Namespace; n != nil && x.tiers[n] == nil && x.pods[n] == nil {
		x.homes = append(x.homes, n)
	}
	switch e.Kind {
	case topology.TierPods:
		if x.tiers[e.Namespace] == nil {
			x.tiers[e.Namespace] = &tierIndex{}
		}
		x.tiers[e.Namespace].tiers = append(x.tiers[e.Namespace].tiers, e)
	case topology.NamespacePods:
		x.pods[e.Namespace] = e
	case topology.AcrossPods:
		x.across.tiers = append(x.across.tiers, e)
	case topology.EnvironmentPods, topology.ClusterPods, topology.Everything:
		x.wide = append(x.wide, e)
	case topology.Addresses:
		x.addresses = append(x.addresses, e)
		if e.MayBePods {
			x.mayBePods = append(x.mayBePods, e)
		}
		if len(e.Hosts()) > 0 {
			x.named = append(x.named, e)
		}
		return
	default:
		panic(unknownKind(e))
	}
	x.matching = append(x.matching, e)
}

// overlapping lists the endpoints that have something in common with e.
func (x *ends) overlapping(e *topology.Endpoint) []overlap { return x.ask(e).found }

// count returns how many edges there are at the endpoints that overlap e.
func (x *ends) count(e *topology.Endpoint) int { return x.ask(e).count }

// of lists the edges of an endpoint.
func (x *ends) of(e *topology.Endpoint) []*topology.Edge {
	if known := x.known[e]; known != nil {
		return known.edges
	}
	return nil
}

// ask returns an endpoint with its overlaps.
func (x *ends) ask(e *topology.Endpoint) *end {
	known := x.known[e]
	if known == nil {
		known = &end{}
		x.known[e] = known
	}
	if known.asked {
		return known
	}
	known.asked = true
	x.candidates(e, func(other *topology.Endpoint) {
		if certainty := semantics.Overlaps(e, other); certainty != semantics.Never {
			edges := &x.known[other].edges
			known.found = append(known.found, overlap{other, certainty, edges})
			known.count += len(*edges)
		}
	})
	x.pairs += len(known.found)
	return known
}

// candidates calls yield for everything that could have something in common with e.
func (x *ends) candidates(e *topology.Endpoint, yield func(*topology.Endpoint)) {
	each := func(list []*topology.Endpoint) {
		for _, other := range list {
			yield(other)
		}
	}
	switch {
	case e.Kind == topology.Addresses:
		if e.MayBePods {
			each(x.matching)
		} else {
			each(x.wide)
		}
		if len(e.Hosts()) > 0 { // a name can be that of any address
			each(x.addresses)
			return
		}
		each(x.named)
		x.withBlockOf(e, yield)
		return
	case e.Namespace == nil && e.Tier == nil:
		each(x.all)
		return
	}
	each(x.wide)
	each(x.mayBePods)
	x.across.overlapping(e, yield)
	homes := x.homes
	if e.Namespace != nil {
		homes = []*topology.Namespace{e.Namespace}
	}
	for _, n := range homes {
		if p := x.pods[n]; p != nil {
			yield(p)
		}
		if t := x.tiers[n]; t != nil {
			t.overlapping(e, yield)
		}
	}
}

// overlapping calls yield for the tiers whose selectors overlap that of an endpoint.
func (t *tierIndex) overlapping(e *topology.Endpoint, yield func(*topology.Endpoint)) {
	if e.Tier == nil {
		for _, other := range t.tiers {
			yield(other)
		}
		return
	}
	for _, i := range t.index.Overlapping(e.Tier.Selector) {
		yield(t.tiers[i])
	}
}

// withBlockOf calls yield once for each endpoint without names with a block that overlaps one of e's.
func (x *ends) withBlockOf(e *topology.Endpoint, yield func(*topology.Endpoint)) {
	for _, b := range e.Blocks {
		for _, i := range x.blocks.Overlapping(b.Prefix) {
			owner := x.owners[i]
			if known := x.known[owner]; known.last != e && len(owner.Hosts()) == 0 {
				known.last = e
				yield(owner)
			}
		}
	}
}
