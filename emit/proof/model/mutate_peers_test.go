package model

import (
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// peerMutations change who is at the other end of a rule.
var peerMutations = []mutation{
	{"drop a peer", onPeers(func(r side, i int, _ *networkingv1.NetworkPolicyPeer) func() {
		if len(*r.peers) < 2 {
			return nil // without any it would permit everybody
		}
		return remove(r.peers, i)
	})},
	{"drop all peers", onRules(func(r side) func() {
		if len(*r.peers) == 0 {
			return nil
		}
		return func() { *r.peers = []networkingv1.NetworkPolicyPeer{} }
	})},
	{"add the pods of the own namespace as a peer", addPeer(networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}})},
	{"add every pod as a peer", addPeer(networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{}})},
	{"add every address as a peer", addPeer(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}})},
	{"name peers where everybody is meant", onRules(func(r side) func() {
		if len(*r.peers) > 0 {
			return nil
		}
		return func() { *r.peers = []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}} }
	})},
	{"split AND into OR", onPeers(func(r side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.NamespaceSelector == nil || p.PodSelector == nil {
			return nil
		}
		return func() {
			pods := networkingv1.NetworkPolicyPeer{PodSelector: p.PodSelector}
			p.PodSelector = nil
			*r.peers = append(*r.peers, pods)
		}
	})},
	{"join two peers, OR into AND", onPeers(func(r side, i int, p *networkingv1.NetworkPolicyPeer) func() {
		if i == 0 || p.NamespaceSelector == nil {
			return nil
		}
		before := &(*r.peers)[i-1]
		if before.PodSelector == nil || before.NamespaceSelector != nil {
			return nil
		}
		return func() {
			before.NamespaceSelector = p.NamespaceSelector
			*r.peers = slices.Delete(*r.peers, i, i+1)
		}
	})},
	{"forget the namespace of a peer", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.NamespaceSelector == nil {
			return nil
		}
		return func() {
			p.NamespaceSelector = nil
			if p.PodSelector == nil {
				p.PodSelector = &metav1.LabelSelector{}
			}
		}
	})},
	{"say that a peer may be of any namespace", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.PodSelector == nil || p.NamespaceSelector != nil {
			return nil
		}
		return func() { p.NamespaceSelector = &metav1.LabelSelector{} }
	})},
	{"forget the pods of a peer", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.NamespaceSelector == nil || p.PodSelector == nil {
			return nil
		}
		return func() { p.PodSelector = nil }
	})},
	{"take the pods' selector for the namespace's", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.PodSelector == nil {
			return nil
		}
		return func() { p.NamespaceSelector, p.PodSelector = p.PodSelector, p.NamespaceSelector }
	})},
	{"addresses instead of pods", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.IPBlock != nil {
			return nil
		}
		return func() { *p = networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}} }
	})},
}

func addPeer(peer networkingv1.NetworkPolicyPeer) func(*objects) []func() {
	return onRules(func(r side) func() {
		if len(*r.peers) == 0 {
			return nil // everybody is meant already
		}
		return func() { *r.peers = append(*r.peers, *peer.DeepCopy()) }
	})
}

// blockMutations change the addresses of a peer; what an API server would
// refuse, such as an except outside its block, is never written.
var blockMutations = []mutation{
	{"another CIDR", onBlocks(func(b *networkingv1.IPBlock) func() {
		return func() { *b = networkingv1.IPBlock{CIDR: "192.0.2.0/24"} }
	})},
	{"a CIDR of the other family", onBlocks(func(b *networkingv1.IPBlock) func() {
		other := "2001:db8::/32"
		if netip.MustParsePrefix(b.CIDR).Addr().Is6() {
			other = "192.0.2.0/24"
		}
		return func() { *b = networkingv1.IPBlock{CIDR: other} }
	})},
	{"widen a CIDR", onBlocks(func(b *networkingv1.IPBlock) func() {
		p := netip.MustParsePrefix(b.CIDR)
		if p.Bits() == 0 {
			return nil
		}
		return func() { b.CIDR = resized(p, -1).String() }
	})},
	{"narrow a CIDR", onBlocks(func(b *networkingv1.IPBlock) func() {
		p := netip.MustParsePrefix(b.CIDR)
		if p.IsSingleIP() {
			return nil
		}
		return func() {
			half := resized(p, +1)
			b.CIDR = half.String()
			b.Except = slices.DeleteFunc(b.Except, func(x string) bool {
				q := netip.MustParsePrefix(x)
				return !half.Contains(q.Addr()) || q.Bits() <= half.Bits()
			})
		}
	})},
	{"drop an except", onBlocks(func(b *networkingv1.IPBlock) func() {
		if len(b.Except) == 0 {
			return nil
		}
		return remove(&b.Except, len(b.Except)-1)
	})},
	{"drop every except", onBlocks(func(b *networkingv1.IPBlock) func() {
		if len(b.Except) == 0 {
			return nil
		}
		return func() { b.Except = nil }
	})},
	{"add an except", onBlocks(func(b *networkingv1.IPBlock) func() {
		p := netip.MustParsePrefix(b.CIDR)
		if p.IsSingleIP() {
			return nil
		}
		return func() { b.Except = append(b.Except, resized(p, +1).String()) }
	})},
	{"widen an except", onBlocks(func(b *networkingv1.IPBlock) func() {
		if len(b.Except) == 0 {
			return nil
		}
		x := netip.MustParsePrefix(b.Except[0])
		if x.Bits()-1 <= netip.MustParsePrefix(b.CIDR).Bits() {
			return nil
		}
		return func() { b.Except[0] = resized(x, -1).String() }
	})},
	{"narrow an except", onBlocks(func(b *networkingv1.IPBlock) func() {
		if len(b.Except) == 0 {
			return nil
		}
		x := netip.MustParsePrefix(b.Except[0])
		if x.IsSingleIP() {
			return nil
		}
		return func() { b.Except[0] = resized(x, +1).String() }
	})},
}

// resized returns the prefix with so many bits more, from the same address on.
func resized(p netip.Prefix, bits int) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), p.Bits()+bits).Masked()
}
