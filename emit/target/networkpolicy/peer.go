package networkpolicy

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// peer is a peer of a rule, or every peer, which is written as a rule without peers. Peers with
// the same order are the same peer, and rules list them by it.
type peer struct {
	order string
	id    policyset.PeerID
	every bool
}

// place is an endpoint as a peer in its own namespace, or in any other.
type place struct {
	endpoint *topology.Endpoint
	local    bool
}

// peers returns the peers that match an endpoint in the objects of a namespace; none if the
// endpoint is empty.
func (l *lowering) peers(e *topology.Endpoint, in *topology.Namespace) []peer {
	at := place{e, e.Namespace == in}
	out, ok := l.places[at]
	if !ok {
		out = l.peersOf(at)
		l.places[at] = out
	}
	return out
}

func (l *lowering) peersOf(at place) []peer {
	switch e := at.endpoint; e.Kind {
	case topology.TierPods:
		return l.pods(at, e.Tier.Selector)
	case topology.NamespacePods:
		return l.pods(at, relation.Selector{})
	case topology.EnvironmentPods:
		return l.namespaces(e.Environment.Selector, relation.Selector{})
	case topology.AcrossPods:
		var set relation.Selector
		if e.Environment != nil {
			set = e.Environment.Selector
		}
		return l.namespaces(set, e.Tier.Selector)
	case topology.ClusterPods:
		return l.namespaces(relation.Selector{}, relation.Selector{})
	case topology.Addresses:
		var out []peer
		for _, b := range e.Blocks {
			out = append(out, l.addresses(b))
		}
		return out
	case topology.Everything:
		return []peer{{order: "3", every: true}}
	default:
		panic(fmt.Sprintf("networkpolicy: unknown kind %d of endpoint %s", e.Kind, e.Name))
	}
}

// pods returns the peer of some pods of one declared namespace.
func (l *lowering) pods(at place, selector relation.Selector) []peer {
	if !at.local {
		return l.namespaces(relation.Labelled(topology.NameLabel, at.endpoint.Namespace.Name), selector)
	}
	if selector.IsEmpty() {
		return nil
	}
	return []peer{l.peer("0"+selector.String(), policyset.Peer{Pods: policyset.Some(labelSelector(selector))})}
}

// namespaces returns the peer of some pods of the namespaces with some labels: one peer with both
// selectors, so that both must match.
func (l *lowering) namespaces(namespace, pod relation.Selector) []peer {
	if namespace.IsEmpty() || pod.IsEmpty() {
		return nil
	}
	p := policyset.Peer{Namespaces: policyset.Some(labelSelector(namespace))}
	if !pod.IsAny() {
		p.Pods = policyset.Some(labelSelector(pod))
	}
	return []peer{l.peer("1"+namespace.String()+"\x00"+pod.String(), p)}
}

// peer returns the peer of an order, which is added to the set once.
func (l *lowering) peer(order string, p policyset.Peer) peer {
	id, known := l.byOrder[order]
	if !known {
		id = l.set.Peer(p)
		l.byOrder[order] = id
	}
	return peer{order: order, id: id}
}

// addresses returns the peer of an address block.
func (l *lowering) addresses(b topology.Block) peer {
	prefix := b.Prefix.Masked()
	var except []string
	for _, x := range b.Except {
		except = append(except, x.String())
	}
	order := fmt.Sprintf("2%03d%x/%03d%v", prefix.Addr().BitLen(), prefix.Addr().AsSlice(), prefix.Bits(), except)
	return l.peer(order, policyset.Peer{Block: policyset.Some(policyset.Block{CIDR: prefix.String(), Except: policyset.ListOf(except...)})})
}
