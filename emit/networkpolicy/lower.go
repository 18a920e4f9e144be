// Package networkpolicy lowers a topology to NetworkPolicy objects of
// networking.k8s.io/v1.
//
// Every governed namespace gets deny-all, which isolates its pods, and objects
// that permit what the edges say, laid out by tier or by edge. What stands in
// them is in a fixed order, so that the same topology gives the same bytes and the order of
// statements says nothing:
//
//   - objects by namespace, then by name;
//   - rules by their first peer;
//   - peers: pods of the object's own namespace by podSelector; then pods of
//     other namespaces by namespaceSelector and podSelector, both as `kubectl -l` writes
//     them; then address blocks, IPv4 first, by address and length; and last
//     the rule that has no peers, since it permits every one;
//   - ports by protocol (TCP, UDP, SCTP) and number, then the named ones.
//
// A peer stands once in a direction of an object, with all of its ports, and peers with
// the same ports share a rule.
package networkpolicy

import (
	"cmp"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// Layout is how the rules are spread over objects. What all objects together
// permit does not depend on it.
type Layout int

// The layouts.
const (
	ByTier Layout = iota // allow-TIER: everything that a tier's pods may do
	ByEdge               // allow-SOURCE-to-DESTINATION, on each side: what one pair may do
)

// Lower returns the objects that permit exactly what the topology permits, in
// order. They share labels, ports and the selectors of their peers, so that nobody may change them but in copies. The diagnostics say what a NetworkPolicy cannot express; with an
// error among them the objects are not to be used.
func Lower(t *topology.Topology, layout Layout) ([]*networkingv1.NetworkPolicy, diag.List) {
	l := &lowering{
		topology:  t,
		externals: map[string]bool{},
		local:     map[*topology.Endpoint][]peer{},
		abroad:    map[*topology.Endpoint][]peer{},
		names:     map[*topology.Namespace]relation.Selector{},
		selectors: map[*relation.KeyValues]*metav1.LabelSelector{},
		ports:     map[string]*portList{},
	}
	for _, x := range t.Externals {
		if x.Endpoint.Name == x.Name {
			l.externals[x.Name] = true
		}
	}
	size := 0
	for _, n := range t.Namespaces {
		size += 2 + len(n.Tiers)
	}
	objects := make([]object, 0, size)
	for _, n := range t.Namespaces {
		if n.Governed() {
			objects = append(objects, object{namespace: n, name: "deny-all", doc: n.Doc, isolates: isolatedBy(n)})
		}
	}
	if layout == ByEdge {
		objects = append(objects, l.byEdge()...)
	} else {
		objects = l.byTier(objects)
	}
	slices.SortFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(a.namespace.Name, b.namespace.Name), cmp.Compare(a.name, b.name))
	})
	policies := make([]*networkingv1.NetworkPolicy, 0, len(objects))
	for _, o := range objects {
		policies = append(policies, l.policy(o))
	}
	return policies, unsupported(t)
}

// lowering is the state of one run.
type lowering struct {
	topology  *topology.Topology
	externals map[string]bool // the names of those outside namespaces

	// What has been written, for whoever needs it again.
	local     map[*topology.Endpoint][]peer // what endpoints are as peers in their own namespaces
	abroad    map[*topology.Endpoint][]peer // and in all others
	names     map[*topology.Namespace]relation.Selector
	selectors map[*relation.KeyValues]*metav1.LabelSelector // by the first of their keys
	ports     map[string]*portList                          // by how the language writes them

	// What one object needs for a while, and the next then.
	text    []byte
	grants  []grant
	sets    []relation.Ports
	rulesOf []rule
}

// direction is which end of an edge an object is for.
type direction int

const (
	ingress direction = iota
	egress
)

// ends returns the end of an edge that an object for this direction selects,
// and the other, which is its peer.
func (d direction) ends(e *topology.Edge) (own, other *topology.Endpoint) {
	if d == ingress {
		return e.To, e.From
	}
	return e.From, e.To
}

// isolates reports whether pods of a namespace are isolated in this direction.
func (d direction) isolates(n *topology.Namespace) bool {
	if d == ingress {
		return n.Ingress
	}
	return n.Egress
}

// isolatedBy returns the directions in which a namespace is isolated.
func isolatedBy(n *topology.Namespace) []direction {
	var out []direction
	for _, d := range []direction{ingress, egress} {
		if d.isolates(n) {
			out = append(out, d)
		}
	}
	return out
}

// members returns the declared namespaces all of whose pods an endpoint
// speaks of; none where it speaks of less, or of something else.
func (l *lowering) members(e *topology.Endpoint) []*topology.Namespace {
	switch e.Kind {
	case topology.NamespacePods:
		return []*topology.Namespace{e.Namespace}
	case topology.EnvironmentPods:
		return e.Environment.Namespaces
	case topology.ClusterPods:
		return l.topology.Namespaces
	}
	return nil
}

// unsupported reports what no NetworkPolicy can say.
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
