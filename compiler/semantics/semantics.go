package semantics

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Facts returns what a topology states of namespaces and of the network plugin.
func Facts(t *topology.Topology) *relation.Facts {
	labels := map[string]map[string]string{}
	for _, n := range t.Namespaces {
		labels[n.Name] = n.Labels
	}
	facts := relation.NewFacts(labels)
	facts.Enforcement, facts.Hosts = t.Network.Enforcement(), t.Network.Hosts()
	return facts
}

// Origins is the edge of each rule of a relation: by direction and namespace, in the order of the
// rule set's rules. It is nil for a rule of pods that are not isolated.
type Origins [2]map[string][]*topology.Edge

// Relation returns what a topology permits.
func Relation(t *topology.Topology) *relation.Relation {
	r, _ := Trace(t, Facts(t))
	return r
}

// Trace returns what a topology permits with these facts, and the edge of each rule.
//
// It follows the first section of the language reference: a pod that is isolated in a direction
// may exchange exactly the connections of the edges that name it and its peer there, and all other
// pods may exchange any. An edge with all at one end binds only the pods at the other, and an edge of one side only the
// pods at that side.
func Trace(t *topology.Topology, facts *relation.Facts) (*relation.Relation, Origins) {
	r := relation.NewRelation(facts)
	origins := Origins{{}, {}}
	parties := partiesOf(t, facts)
	ports := make([]relation.PortsID, len(t.Edges))
	for i, e := range t.Edges {
		ports[i] = facts.Ports.Intern(e.Ports)
	}
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		rules := make(map[*topology.Namespace][]relation.RuleIDs, len(t.Namespaces))
		from := make(map[*topology.Namespace][]*topology.Edge, len(t.Namespaces))
		for i, e := range t.Edges {
			if !e.Opens(d) {
				continue
			}
			own, other := parties[e.From], parties[e.To]
			if d == relation.Ingress {
				own, other = other, own
			}
			for _, n := range own.homes {
				if n.Isolation(d).None() {
					continue
				}
				for _, peer := range other.peers {
					rules[n] = append(rules[n], relation.RuleIDs{Own: own.pods, Peer: peer, Ports: ports[i]})
					from[n] = append(from[n], e)
				}
			}
		}
		for _, n := range t.Namespaces {
			isolation := n.Isolation(d)
			if isolation.None() {
				continue
			}
			for _, pods := range isolation.Free {
				own := facts.Selectors.Intern(pods)
				for _, peer := range relation.EveryPeer {
					rules[n] = append(rules[n], relation.RuleIDs{Own: own, Peer: facts.Peers.Intern(peer), Ports: facts.Ports.Intern(relation.EveryPort)})
					from[n] = append(from[n], nil)
				}
			}
			r.RuleSets[d][n.Name] = relation.RuleSetOf(facts, rules[n])
			origins[d][n.Name] = from[n]
		}
	}
	return r, origins
}

// party is an endpoint as one end of an edge.
type party struct {
	homes []*topology.Namespace // the declared namespaces of its pods
	pods  relation.SelectorID
	peers []relation.PeerID
}

// partiesOf returns the endpoints of all edges as parties.
func partiesOf(t *topology.Topology, facts *relation.Facts) map[*topology.Endpoint]*party {
	parties := map[*topology.Endpoint]*party{}
	for _, edge := range t.Edges {
		for _, e := range []*topology.Endpoint{edge.From, edge.To} {
			if parties[e] != nil {
				continue
			}
			p := &party{homes: homes(e, t), pods: facts.Selectors.Intern(selectorOf(e))}
			for _, peer := range Peers(e) {
				p.peers = append(p.peers, facts.Peers.Intern(peer))
			}
			parties[e] = p
		}
	}
	return parties
}

// homes lists the declared namespaces of an endpoint's pods. Addresses have no policies, and all binds
// the other end.
func homes(e *topology.Endpoint, t *topology.Topology) []*topology.Namespace {
	if e.Kind == topology.Everything {
		return nil
	}
	return Declared(e, t)
}

// Peers returns an endpoint as the other end of a connection.
func Peers(e *topology.Endpoint) []relation.Peer {
	switch e.Kind {
	case topology.Everything:
		return relation.EveryPeer
	case topology.Addresses:
		var out []relation.Peer
		for _, b := range e.Blocks {
			out = append(out, relation.AddrPeer(b.Addrs()))
		}
		for _, h := range e.Hosts() {
			out = append(out, relation.HostPeer(h.Pattern()))
		}
		return out
	case topology.TierPods, topology.NamespacePods, topology.EnvironmentPods, topology.AcrossPods, topology.ClusterPods:
		return []relation.Peer{relation.PodPeer(namespacesOf(e), selectorOf(e))}
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}

// namespacesOf selects the namespaces of an endpoint's pods.
func namespacesOf(e *topology.Endpoint) relation.Selector {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return relation.Select(relation.Requirement{Key: topology.NameLabel, Values: relation.In(e.Namespace.Name)})
	case topology.EnvironmentPods, topology.AcrossPods:
		if e.Environment != nil {
			return e.Environment.Selector
		}
		return relation.Selector{}
	case topology.ClusterPods:
		return relation.Selector{}
	}
	panic(fmt.Sprintf("endpoints of kind %d have no pods", e.Kind))
}
