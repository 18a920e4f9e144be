package networkpolicy

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// peer is one peer of a rule. Peers that match the same have the same order,
// which also says where the peer stands among others.
type peer struct {
	order     string
	peer      networkingv1.NetworkPolicyPeer
	everybody bool // not a peer, but the absence of any
}

// place is an endpoint as a peer, which in its own namespace is written
// another way than in all others.
type place struct {
	endpoint *topology.Endpoint
	local    bool
}

// peers returns the peers that stand for an endpoint in the objects of a
// namespace. It is empty where nothing can be in the endpoint.
func (l *lowering) peers(e *topology.Endpoint, in *topology.Namespace) []peer {
	at := place{e, e.Namespace == in}
	cache := l.abroad
	if at.local {
		cache = l.local
	}
	out, ok := cache[e]
	if !ok {
		out = l.peersOf(at)
		cache[e] = out
	}
	return out
}

func (l *lowering) peersOf(at place) []peer {
	e := at.endpoint
	switch e.Kind {
	case topology.TierPods:
		return l.pods(at, e.Tier.Selector)
	case topology.NamespacePods:
		return l.pods(at, relation.Selector{})
	case topology.EnvironmentPods:
		return l.namespaces(environment(e.Environment), relation.Selector{})
	case topology.ClusterPods:
		return l.namespaces(relation.Selector{}, relation.Selector{})
	case topology.Addresses:
		var out []peer
		for _, b := range e.Blocks {
			out = append(out, addresses(b))
		}
		return out
	default:
		return []peer{{order: "3", everybody: true}}
	}
}

// pods returns the peer of some pods of one declared namespace.
func (l *lowering) pods(at place, selector relation.Selector) []peer {
	if !at.local {
		n := at.endpoint.Namespace
		name, ok := l.names[n]
		if !ok {
			name = labelled(topology.NameLabel, n.Name)
			l.names[n] = name
		}
		return l.namespaces(name, selector)
	}
	if selector.IsEmpty() {
		return nil
	}
	return []peer{{
		order: "0" + selector.String(),
		peer:  networkingv1.NetworkPolicyPeer{PodSelector: l.selector(selector)},
	}}
}

// namespaces returns the peer of some pods of the namespaces with some
// labels: both selectors in one peer, so that both must match.
func (l *lowering) namespaces(namespace, pod relation.Selector) []peer {
	if namespace.IsEmpty() || pod.IsEmpty() {
		return nil
	}
	p := peer{
		order: "1" + namespace.String() + "\x00" + pod.String(),
		peer:  networkingv1.NetworkPolicyPeer{NamespaceSelector: l.selector(namespace)},
	}
	if !pod.IsAny() {
		p.peer.PodSelector = l.selector(pod)
	}
	return []peer{p}
}

// environment returns the selector of an environment's namespaces.
func environment(e *topology.Environment) relation.Selector {
	if e.Key != "" {
		return labelled(e.Key, e.Name)
	}
	names := make([]string, len(e.Namespaces))
	for i, n := range e.Namespaces {
		names[i] = n.Name
	}
	return labelled(topology.NameLabel, names...)
}

func labelled(key string, values ...string) relation.Selector {
	return relation.Select(relation.KeyValues{Key: key, Values: relation.In(values...)})
}

// addresses returns the peer of an address block.
func addresses(b topology.Block) peer {
	prefix := b.Prefix.Masked()
	block := &networkingv1.IPBlock{CIDR: prefix.String()}
	for _, x := range b.Except {
		block.Except = append(block.Except, x.String())
	}
	return peer{
		order: fmt.Sprintf("2%03d%x/%03d%v", prefix.Addr().BitLen(), prefix.Addr().AsSlice(), prefix.Bits(), block.Except),
		peer:  networkingv1.NetworkPolicyPeer{IPBlock: block},
	}
}
