package networkpolicy

import (
	"cmp"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// object is what a NetworkPolicy is made from: the pods that it selects, the directions that it
// isolates, and in each the edges that it permits.
type object struct {
	namespace *topology.Namespace
	name      string
	selector  relation.Selector
	isolates  []relation.Direction
	edges     [2][]*topology.Edge // by direction; in any order
	doc       []string
}

// served returns the peers of the rule that an edge gives in a direction; none if it gives no rule.
// An edge without peers (an environment without namespaces, an external with only hosts) must give
// none, since a rule without peers permits all. The same holds for an edge without ports.
func (l *lowering) served(n *topology.Namespace, d relation.Direction, e *topology.Edge) []peer {
	if e.Ports.IsEmpty() {
		return nil
	}
	_, other := ends(e, d)
	return l.peers(other, n)
}

// service is an edge that gives an object a rule, and its peers there.
type service struct {
	edge  *topology.Edge
	peers []peer
}

// services returns the edges that give an object rules, by direction.
func (l *lowering) services(o object) (out [2][]service) {
	for _, d := range o.isolates {
		out[d] = make([]service, 0, len(o.edges[d]))
		for _, e := range o.edges[d] {
			if peers := l.served(o.namespace, d, e); len(peers) > 0 {
				out[d] = append(out[d], service{e, peers})
			}
		}
	}
	return out
}

var (
	managed     = policyset.ListOf(policyset.Label{Key: "app.kubernetes.io/managed-by", Value: "zt"})
	policyTypes = [2]networkingv1.PolicyType{relation.Egress: networkingv1.PolicyTypeEgress, relation.Ingress: networkingv1.PolicyTypeIngress}
)

// policy returns an object as a NetworkPolicy.
func (l *lowering) policy(o object) policyset.Policy {
	services := l.services(o)
	p := policyset.Policy{
		Name: o.name, Namespace: o.namespace.Name,
		Labels: managed, Annotations: l.annotations(o, services),
		PodSelector: labelSelector(o.selector),
	}
	var types []string
	for _, d := range o.isolates {
		types = append(types, string(policyTypes[d]))
		p.Rules[d] = policyset.ListOf(l.rules(services[d])...)
	}
	p.Types = policyset.ListOf(types...)
	return p
}

// permission is a peer of an edge.
type permission struct {
	peer peer
	edge *topology.Edge
}

// rules unites the ports of each peer, and the peers with the same ports.
func (l *lowering) rules(services []service) []policyset.Rule {
	permissions := make([]permission, 0, len(services))
	for _, s := range services {
		for _, p := range s.peers {
			permissions = append(permissions, permission{p, s.edge})
		}
	}
	slices.SortStableFunc(permissions, func(a, b permission) int {
		if a.peer.order == b.peer.order {
			return 0
		}
		return cmp.Compare(a.peer.order, b.peer.order)
	})
	var ports []policyset.PortsID // of the rules, in order
	var peers [][]policyset.PeerID
	for rest := permissions; len(rest) > 0; {
		first, n := rest[0].peer, 0
		var sets []relation.Ports
		for ; n < len(rest) && rest[n].peer.order == first.order; n++ {
			sets = append(sets, rest[n].edge.Ports)
		}
		rest = rest[n:]
		id := l.portList(relation.UnionPorts(sets...))
		if first.every { // the last one, which has a rule of its own
			ports, peers = append(ports, id), append(peers, nil)
			break
		}
		i := slices.Index(ports, id)
		if i < 0 {
			i = len(ports)
			ports, peers = append(ports, id), append(peers, nil)
		}
		peers[i] = append(peers[i], first.id)
	}
	rules := make([]policyset.Rule, len(ports))
	for i, id := range ports {
		rules[i] = policyset.Rule{Peers: policyset.ListOf(peers[i]...), Ports: id}
	}
	return rules
}
