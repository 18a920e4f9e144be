package cilium

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target/layout"
)

// The labels that Cilium gives pods because of their namespace.
const (
	namespaceName   = "k8s:io.kubernetes.pod.namespace"
	namespaceLabels = "k8s:io.cilium.k8s.namespace.labels."
)

// Entities of Cilium.
var (
	allNodes  = []string{"host", "remote-node"}
	apiServer = []string{"kube-apiserver"}
	world     = []string{"world"}
)

// write adds a peer.
func (l *lowering) write(p peer) layout.PeerID {
	l.peers = append(l.peers, p)
	return layout.PeerID(len(l.peers) - 1)
}

// Pods implements layout.Namer. A selector that says nothing about namespaces is about those of the
// object's own.
func (l *lowering) Pods(own bool, namespaces, pods relation.Selector) layout.PeerID {
	s := podSelector(pods)
	if !own {
		for _, k := range namespaces.Keys() {
			key := namespaceLabels + k.Key
			if k.Key == relation.NameLabel {
				key = namespaceName
			}
			require(s, key, k.Values)
		}
		if namespaces.IsAny() {
			require(s, namespaceName, relation.Exists())
		}
	}
	return l.write(peer{pods: s})
}

// podSelector writes a selector of pods.
func podSelector(s relation.Selector) *metav1.LabelSelector {
	out := &metav1.LabelSelector{}
	for _, k := range s.Keys() {
		require(out, k.Key, k.Values)
	}
	return out
}

// require adds what a label must be: one value as matchLabels, everything else as matchExpressions.
func require(s *metav1.LabelSelector, key string, v relation.Values) {
	value, one, expressions := layout.Required(v)
	if one {
		if s.MatchLabels == nil {
			s.MatchLabels = map[string]string{}
		}
		s.MatchLabels[key] = value
	}
	for _, e := range expressions {
		s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: e.Operator, Values: slices.Clone(e.Values)})
	}
}

// Outside implements layout.Namer.
func (l *lowering) Outside(e *topology.Endpoint) (out []layout.Outside) {
	add := func(order string, p peer) {
		out = append(out, layout.Outside{Order: order, Write: func() layout.PeerID { return l.write(p) }})
	}
	entities := func(list []string) { add(layout.OtherOrder("entities "+strings.Join(list, " ")), peer{entities: list}) }
	switch {
	case e == l.topology.Network.APIServer:
		entities(apiServer)
		return out
	case !e.Addrs.IsEmpty() && e.Addrs.Subset(l.nodes):
		entities(allNodes)
		return out
	case relation.EveryAddr.Subset(e.Addrs):
		entities(world)
	default:
		for _, b := range e.Blocks {
			block := ciliumpolicy.CIDRRule{CIDR: b.Prefix.Masked().String()}
			for _, x := range b.Except {
				block.Except = append(block.Except, x.String())
			}
			add(layout.BlockOrder(b), peer{block: &block})
		}
	}
	for _, h := range e.Hosts() {
		host := ciliumpolicy.HostName{MatchName: h.Name}
		if pattern := h.Pattern(); pattern != h.Name {
			host = ciliumpolicy.HostName{MatchPattern: pattern}
		}
		add(layout.OtherOrder("host "+h.Name), peer{host: &host})
	}
	if !l.nodes.IsEmpty() && l.nodes.Subset(e.Addrs) {
		entities(allNodes)
	}
	return out
}
