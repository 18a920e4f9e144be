package layout

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// peer is a peer of a rule, or every peer, which is written as a rule without peers. Peers with
// the same order are the same peer, and rules list them by it.
type peer struct {
	order string
	id    PeerID
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
		for _, o := range l.names.Outside(e) {
			out = append(out, l.peer(o.Order, o.Write))
		}
		return out
	case topology.Everything:
		return []peer{{order: "3", every: true}}
	default:
		panic(fmt.Sprintf("unknown kind %d of endpoint %s", e.Kind, e.Name))
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
	return []peer{l.peer("0"+selector.String(), func() PeerID { return l.names.Pods(true, relation.Selector{}, selector) })}
}

// namespaces returns the peer of some pods of the namespaces with some labels.
func (l *lowering) namespaces(namespaces, pods relation.Selector) []peer {
	if namespaces.IsEmpty() || pods.IsEmpty() {
		return nil
	}
	return []peer{l.peer("1"+namespaces.String()+"\x00"+pods.String(), func() PeerID { return l.names.Pods(false, namespaces, pods) })}
}

// peer returns the peer of an order, which is written once.
func (l *lowering) peer(order string, write func() PeerID) peer {
	id, known := l.byOrder[order]
	if !known {
		id = write()
		l.byOrder[order] = id
	}
	return peer{order: order, id: id}
}

// BlockOrder returns the order of the peer that is an address block.
func BlockOrder(b topology.Block) string {
	var except []string
	for _, x := range b.Except {
		except = append(except, x.String())
	}
	prefix := b.Prefix.Masked()
	return fmt.Sprintf("2%03d%x/%03d%v", prefix.Addr().BitLen(), prefix.Addr().AsSlice(), prefix.Bits(), except)
}

// OtherOrder returns the order of a peer that is neither pods nor an address block, by its name: after
// those and before every peer.
func OtherOrder(name string) string { return "2other " + name }
