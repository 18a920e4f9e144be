// Package guards holds what targets have in common whose objects only deny.
package guards

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// NameOf returns the name of the policies of an endpoint's pods. Different endpoints have different names:
// names of the language have no dots, and "all" is none.
func NameOf(e *topology.Endpoint) string {
	switch e.Kind {
	case topology.TierPods:
		return e.Namespace.Name + "." + e.Tier.Name
	case topology.NamespacePods:
		return e.Namespace.Name + ".all"
	case topology.EnvironmentPods:
		return e.Environment.Name
	case topology.AcrossPods:
		return e.Tier.Name + ".in." + e.Tier.Set()
	case topology.ClusterPods, topology.Everything:
		return "cluster"
	}
	panic(fmt.Sprintf("endpoint %s of kind %d has no pods", e, e.Kind))
}

// SelectorsOf returns what selects an endpoint's pods.
func SelectorsOf(e *topology.Endpoint) (namespaces, labels relation.Selector) {
	switch e.Kind {
	case topology.TierPods:
		return relation.Labelled(topology.NameLabel, e.Namespace.Name), e.Tier.Selector
	case topology.NamespacePods:
		return relation.Labelled(topology.NameLabel, e.Namespace.Name), labels
	case topology.EnvironmentPods:
		return e.Environment.Selector, labels
	case topology.AcrossPods:
		if e.Environment != nil {
			namespaces = e.Environment.Selector
		}
		return namespaces, e.Tier.Selector
	case topology.ClusterPods, topology.Everything:
		return namespaces, labels
	}
	panic(fmt.Sprintf("endpoint %s of kind %d has no pods", e, e.Kind))
}

// IsEmpty reports whether an endpoint has no parties, as an environment without namespaces.
func IsEmpty(e *topology.Endpoint) bool {
	if e.Kind == topology.Addresses || e.Kind == topology.Everything {
		return false
	}
	namespaces, labels := SelectorsOf(e)
	return namespaces.IsEmpty() || labels.IsEmpty()
}

// HostsLeft reports the DNS names to which a statement denies connections: no policy can.
func HostsLeft(d *topology.Denial, from, to topology.Party) (diags diag.List) {
	for _, h := range to.Hosts() {
		diags.Add(diag.New(diag.NotGuarded, h.Span, "guardrails cannot deny connections from %s to a host by its name: %s", from.Endpoint, h.Name).
			WithRelated(d.Span, "denied here").WithHelp("write the addresses of the host as CIDRs"))
	}
	return diags
}

// Accepting returns policies that accept connections on both sides, before all others: in a stage, on the side that
// guards may deny. Addresses have no side that policies are about.
func Accepting(connections []target.Connections) (out []*clusterpolicy.Policy) {
	accept := func(c target.Connections, d relation.Direction, own, peer relation.Peer) {
		if pods, ok := own.(relation.Pods); ok && c.Stage.Has(d) {
			rule := clusterpolicy.Rule{Action: clusterpolicy.Accept, Peers: []clusterpolicy.Peer{{Of: peer, Exact: true}}, Ports: c.Ports}
			p := &clusterpolicy.Policy{Priority: -1, Subject: pods}
			p.Rules[d] = []clusterpolicy.Rule{rule}
			out = append(out, p)
		}
	}
	for _, c := range connections {
		accept(c, relation.Egress, c.From, c.To)
		accept(c, relation.Ingress, c.To, c.From)
	}
	return out
}

// Held returns policies of the tier Baseline that permit these connections of pods, and no others. They
// decide about what all else leaves open.
func Held(of []target.Connections) (all []*clusterpolicy.Policy) {
	for _, c := range of {
		all = append(all, &clusterpolicy.Policy{Tier: clusterpolicy.Baseline, Subject: c.From.(relation.Pods), Rules: [2][]clusterpolicy.Rule{
			relation.Egress: {{Action: clusterpolicy.Accept, Peers: []clusterpolicy.Peer{{Of: c.To, Exact: true}}, Ports: c.Ports}},
		}})
	}
	every := clusterpolicy.Rule{Action: clusterpolicy.Deny, Ports: relation.EveryPort}
	for _, p := range relation.EveryPeer {
		every.Peers = append(every.Peers, clusterpolicy.Peer{Of: p, Exact: true})
	}
	all = append(all, &clusterpolicy.Policy{Tier: clusterpolicy.Baseline, Priority: 1, Rules: [2][]clusterpolicy.Rule{relation.Egress: {every}}})
	return all
}
