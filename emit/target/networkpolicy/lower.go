// Package networkpolicy lowers a topology to NetworkPolicy objects of networking.k8s.io/v1. Package
// layout says which objects these are, and in which order.
package networkpolicy

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/grammar/diag"
)

// Lower returns the policies that permit exactly what the topology permits, in order. The
// diagnostics report what a NetworkPolicy cannot express; with an error among them the policies
// must not be used.
func Lower(t *topology.Topology, of target.Layout) (*policyset.Set, diag.List) {
	set, diags := withoutHosts(t, of)
	if len(diags) == 0 {
		diags = unsupported(t)
	}
	return set, diags
}

// withoutHosts returns the policies without what names hosts.
func withoutHosts(t *topology.Topology, of target.Layout) (*policyset.Set, diag.List) {
	l := &lowering{
		set:      policyset.NewBuilder(),
		universe: &relation.Universe{},
		ports:    map[relation.PortsID]policyset.PortsID{},
	}
	if diags := layout.Objects(t, of, l, l.add); len(diags) > 0 {
		return policyset.NewBuilder().Set(), diags
	}
	return l.set.Set(), nil
}

// lowering is the state of one run.
type lowering struct {
	set      *policyset.Builder
	universe *relation.Universe
	ports    map[relation.PortsID]policyset.PortsID // the lists of ports in the set
}

var (
	managed     = policyset.ListOf(layout.Labels...)
	policyTypes = [2]networkingv1.PolicyType{relation.Egress: networkingv1.PolicyTypeEgress, relation.Ingress: networkingv1.PolicyTypeIngress}
)

// add adds an object as a NetworkPolicy.
func (l *lowering) add(o layout.Object) {
	p := policyset.Policy{
		Name: o.Name, Namespace: o.Namespace,
		Labels: managed, Annotations: policyset.ListOf(o.Annotations...),
		PodSelector: labelSelector(o.Selector),
	}
	var types []string
	for _, d := range o.Isolates {
		types = append(types, string(policyTypes[d]))
		rules := make([]policyset.Rule, len(o.Rules[d]))
		for i, r := range o.Rules[d] {
			peers := make([]policyset.PeerID, len(r.Peers))
			for j, id := range r.Peers {
				peers[j] = policyset.PeerID(id)
			}
			rules[i] = policyset.Rule{Peers: policyset.ListOf(peers...), Ports: policyset.PortsID(r.Ports)}
		}
		p.Rules[d] = policyset.ListOf(rules...)
	}
	p.Types = policyset.ListOf(types...)
	l.set.Add(p)
}

// Resolving implements layout.Namer. A NetworkPolicy names no hosts.
func (l *lowering) Resolving(*topology.Edge) relation.Ports { return relation.Ports{} }

// unsupported reports what a NetworkPolicy cannot express.
func unsupported(t *topology.Topology) diag.List {
	var list diag.List
	for _, x := range t.Externals {
		for _, h := range x.Hosts {
			list.Add(diag.New(diag.HostUnsupported, h.Span, "a NetworkPolicy knows addresses only, it cannot name the host %s", h.Name).
				WithHelp("compile with --target networkpolicy,clusternetworkpolicy or --target cilium, or write addresses"))
		}
	}
	return list
}
