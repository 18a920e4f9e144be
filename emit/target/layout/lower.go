// Package layout lays a topology out as objects that permit what it permits. Targets write these
// objects in their own form: they have the same names, pods and rules in all of them.
//
// Every governed namespace gets deny-all, which isolates its pods, and objects with the rules of the
// edges, one for each tier or for each edge. Where only tiers isolate their pods, no object may select
// others: it would isolate those. The order of everything in the objects is fixed, so the same topology
// gives the same bytes, whatever the order of statements:
//
//   - objects by namespace, then by name;
//   - rules by their first peer;
//   - peers: pods of the object's own namespace; then pods of other namespaces, both as `kubectl -l`
//     writes their selectors; then address blocks, IPv4 first, by address and length; and last every
//     peer;
//   - ports by protocol (TCP, UDP, SCTP) and number, then the named ones.
//
// A peer occurs once in a direction of an object, with all of its ports, and peers with the same ports
// share a rule.
package layout

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Objects calls yield for each object of a topology, in order. The peers of rules are those that a
// namer gives endpoints. The diagnostics report a layout that takes too much; then there are no
// objects.
func Objects(t *topology.Topology, layout target.Layout, names Namer, yield func(Object)) diag.List {
	l := &lowering{
		topology:  t,
		externals: map[string]bool{},
		names:     names,
		places:    map[place][]peer{},
		byOrder:   map[string]PeerID{},
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
			return wrong
		}
		objects = append(objects, more...)
	} else {
		objects = append(objects, l.byTier()...)
	}
	slices.SortFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(a.namespace.Name, b.namespace.Name), cmp.Compare(a.name, b.name))
	})
	for _, o := range objects {
		yield(l.object(o))
	}
	return nil
}

// Namer writes the parties and ports of rules, in the form of a target.
type Namer interface {
	// Pods writes pods with some labels as a peer: those of an object's own namespace, or else of
	// namespaces with some labels. It is asked once for each.
	Pods(own bool, namespaces, pods relation.Selector) PeerID
	// Outside returns the peers that together are the addresses and names of an endpoint.
	Outside(e *topology.Endpoint) []Outside
	// Ports writes a set of ports that is not empty, and that Normal made. Equal sets have the same ID.
	Ports(p relation.Ports) PortsID
	// Resolving returns the ports of an edge by which pods resolve the host names that they may connect to.
	Resolving(e *topology.Edge) relation.Ports
}

// Outside is a peer that is not pods.
type Outside struct {
	Order string        // see BlockOrder
	Write func() PeerID // is called once for each order
}

// PeerID and PortsID identify what a target writes as a peer, and as ports.
type (
	PeerID  int32
	PortsID int32
)

// lowering is the state of one run.
type lowering struct {
	topology  *topology.Topology
	externals map[string]bool // the names of those outside namespaces
	names     Namer

	places  map[place][]peer                     // the peers of endpoints
	byOrder map[string]PeerID                    // the peers that are written
	byTiers [2]map[*topology.Namespace]isolating // by direction
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
