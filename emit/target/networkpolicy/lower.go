// Package networkpolicy lowers a topology to NetworkPolicy objects of
// networking.k8s.io/v1.
//
// Every governed namespace gets deny-all, which isolates its pods, and objects with the rules of the
// edges, one for each tier or for each edge. Where only tiers isolate their pods, no object may select
// others: it would isolate those. The order of everything in the objects is fixed, so the same topology
// gives the same bytes, whatever the order of statements:
//
//   - objects by namespace, then by name;
//   - rules by their first peer;
//   - peers: pods of the object's own namespace by podSelector; then pods of other namespaces by
//     namespaceSelector and podSelector, both as `kubectl -l` writes them; then address blocks, IPv4
//     first, by address and length; and last the rule without peers, which permits every peer;
//   - ports by protocol (TCP, UDP, SCTP) and number, then the named ones.
//
// A peer occurs once in a direction of an object, with all of its ports, and peers with the same ports
// share a rule.
package networkpolicy

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Lower returns the policies that permit exactly what the topology permits, in order. The
// diagnostics report what a NetworkPolicy cannot express; with an error among them the policies
// must not be used.
func Lower(t *topology.Topology, layout target.Layout) (*policyset.Set, diag.List) {
	l := &lowering{
		topology:  t,
		externals: map[string]bool{},
		set:       policyset.NewBuilder(),
		universe:  &relation.Universe{},
		places:    map[place][]peer{},
		byOrder:   map[string]policyset.PeerID{},
		ports:     map[relation.PortsID]policyset.PortsID{},
		byTiers:   [2]map[*topology.Namespace]isolating{{}, {}},
	}
	for _, x := range t.Externals {
		if x.Endpoint.Name == x.Name {
			l.externals[x.Name] = true
		}
	}
	var objects []object
	for _, n := range t.Namespaces {
		if n.Governed() {
			objects = append(objects, object{namespace: n, name: "deny-all", doc: n.Doc, isolates: isolatedBy(n)})
		}
	}
	if layout == target.ByEdge {
		more, wrong := l.byEdge()
		if len(wrong) > 0 {
			return policyset.NewBuilder().Set(), wrong
		}
		objects = append(objects, more...)
	} else {
		objects = append(objects, l.byTier()...)
	}
	slices.SortFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(a.namespace.Name, b.namespace.Name), cmp.Compare(a.name, b.name))
	})
	for _, o := range objects {
		l.set.Add(l.policy(o))
	}
	return l.set.Set(), unsupported(t)
}

// lowering is the state of one run.
type lowering struct {
	topology  *topology.Topology
	externals map[string]bool // the names of those outside namespaces

	set      *policyset.Builder
	universe *relation.Universe
	places   map[place][]peer                       // the peers of endpoints
	byOrder  map[string]policyset.PeerID            // the peers in the set
	ports    map[relation.PortsID]policyset.PortsID // the lists of ports in the set
	byTiers  [2]map[*topology.Namespace]isolating   // by direction
}

// ends returns the end of an edge that an object for this direction selects, and the other end,
// which is its peer.
func ends(e *topology.Edge, d relation.Direction) (own, other *topology.Endpoint) {
	if d == relation.Ingress {
		return e.To, e.From
	}
	return e.From, e.To
}

// isolates reports whether the pods of a namespace are isolated in a direction, all of them.
func isolates(n *topology.Namespace, d relation.Direction) bool {
	if d == relation.Ingress {
		return n.Ingress
	}
	return n.Egress
}

// bound is pods of one namespace that are isolated in a direction.
type bound struct {
	selector relation.Selector
	// by is the tier that isolates them, if only a part of the pods asked for is isolated.
	by *topology.Tier
}

// boundPods returns the pods of a selector that are isolated in a direction: all of them if they are, or
// those of each tier that isolates its pods. An object that selects others would isolate those.
func (l *lowering) boundPods(n *topology.Namespace, d relation.Direction, s relation.Selector) []bound {
	if isolates(n, d) {
		return []bound{{selector: s}}
	}
	x := l.isolating(n, d)
	if len(x.tiers) == 0 {
		return nil
	}
	if len(x.index.Implied(s)) > 0 {
		return []bound{{selector: s}}
	}
	var out []bound
	for _, i := range x.index.Overlapping(s) {
		out = append(out, bound{s.Intersect(x.tiers[i].Selector), x.tiers[i]})
	}
	return out
}

// isolating is the tiers of a namespace that isolate their pods in a direction.
type isolating struct {
	tiers []*topology.Tier
	index *relation.Index
}

func (l *lowering) isolating(n *topology.Namespace, d relation.Direction) isolating {
	if x, known := l.byTiers[d][n]; known {
		return x
	}
	var x isolating
	var selectors []relation.Selector
	for _, t := range n.Tiers {
		if t.Ingress && d == relation.Ingress || t.Egress && d == relation.Egress {
			x.tiers, selectors = append(x.tiers, t), append(selectors, t.Selector)
		}
	}
	x.index = relation.NewIndex(selectors)
	l.byTiers[d][n] = x
	return x
}

// directions is the order of an object's policy types.
var directions = []relation.Direction{relation.Ingress, relation.Egress}

// isolatedBy returns the directions in which a namespace is isolated.
func isolatedBy(n *topology.Namespace) []relation.Direction {
	var out []relation.Direction
	for _, d := range directions {
		if isolates(n, d) {
			out = append(out, d)
		}
	}
	return out
}

// members returns the declared namespaces all of whose pods belong to an endpoint, if the endpoint
// is namespaces.
func (l *lowering) members(e *topology.Endpoint) []*topology.Namespace {
	if e.Tier != nil {
		return nil
	}
	return l.homes(e)
}

// homes returns the declared namespaces of an endpoint's pods; of all, which no object selects, none.
func (l *lowering) homes(e *topology.Endpoint) []*topology.Namespace {
	switch {
	case e.Namespace != nil:
		return []*topology.Namespace{e.Namespace}
	case e.Environment != nil:
		return e.Environment.Namespaces
	case e.Kind == topology.ClusterPods || e.Kind == topology.AcrossPods:
		return l.topology.Namespaces
	}
	return nil
}

// unsupported reports what a NetworkPolicy cannot express.
func unsupported(t *topology.Topology) diag.List {
	var list diag.List
	for _, x := range t.Externals {
		for _, h := range x.Hosts {
			list.Add(diag.New(diag.HostUnsupported, h.Span, "a NetworkPolicy knows addresses only, it cannot name the host %s", h.Name).
				WithHelp("write the addresses of %s as CIDRs; no target of this zt can express host names", h.Name))
		}
	}
	return list
}
