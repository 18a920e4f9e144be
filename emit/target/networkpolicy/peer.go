package networkpolicy

import (
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target/layout"
)

// Pods implements layout.Namer. Of other namespaces, it is one peer with both selectors, so that both
// must match.
func (l *lowering) Pods(own bool, namespaces, pods relation.Selector) layout.PeerID {
	var p policyset.Peer
	if !own {
		p.Namespaces = policyset.Some(labelSelector(namespaces))
	}
	if own || !pods.IsAny() {
		p.Pods = policyset.Some(labelSelector(pods))
	}
	return layout.PeerID(l.set.Peer(p))
}

// Outside implements layout.Namer. It leaves out host names, which Lower reports or another target permits.
func (l *lowering) Outside(e *topology.Endpoint) []layout.Outside {
	out := make([]layout.Outside, len(e.Blocks))
	for i, b := range e.Blocks {
		out[i] = layout.Outside{Order: layout.BlockOrder(b), Write: func() layout.PeerID {
			var except []string
			for _, x := range b.Except {
				except = append(except, x.String())
			}
			block := policyset.Block{CIDR: b.Prefix.Masked().String(), Except: policyset.ListOf(except...)}
			return layout.PeerID(l.set.Peer(policyset.Peer{Block: policyset.Some(block)}))
		}}
	}
	return out
}
