package query

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// end is one pod that could exist, or one address outside the cluster.
type end struct {
	addr   netip.Addr // valid for an address
	ns     string
	nsHas  map[string]string // the labels of its namespace, the name's included
	labels map[string]string
	listen []listen // the ports that its containers name
}

type listen struct {
	name     string
	protocol corev1.Protocol
	number   int
}

// on is a port of a destination.
type on struct {
	protocol corev1.Protocol
	number   int
}

func (o on) String() string {
	return fmt.Sprintf("%d/%s", o.number, strings.ToLower(string(o.protocol)))
}

func (e end) String() string {
	if e.addr.IsValid() {
		return e.addr.String()
	}
	return fmt.Sprintf("pod %v in %s %v, which names %v", e.labels, e.ns, e.nsHas, e.listen)
}

// naive answers for one pod and port at a time, as the API documentation words it. All that is tested here is
// held against it: it knows no sets, and shares no code with what it is held against.
type naive []networkingv1.NetworkPolicy

// permits reports whether a connection passes: both sides must let it.
func (n naive) permits(from, to end, p on) bool {
	return n.side(networkingv1.PolicyTypeEgress, from, to, to, p) && n.side(networkingv1.PolicyTypeIngress, to, from, to, p)
}

// open returns policies in which each block of addresses that pods can have matches every pod too.
func (n naive) open() naive {
	var out naive
	for i := range n {
		p := n[i].DeepCopy()
		for i := range p.Spec.Ingress {
			p.Spec.Ingress[i].From = openPeers(p.Spec.Ingress[i].From)
		}
		for i := range p.Spec.Egress {
			p.Spec.Egress[i].To = openPeers(p.Spec.Egress[i].To)
		}
		out = append(out, *p)
	}
	return out
}

func openPeers(peers []networkingv1.NetworkPolicyPeer) []networkingv1.NetworkPolicyPeer {
	for _, p := range slices.Clone(peers) {
		if p.IPBlock == nil {
			continue
		}
		left := relation.Prefix(netip.MustParsePrefix(p.IPBlock.CIDR))
		for _, e := range p.IPBlock.Except {
			left = left.Subtract(relation.Prefix(netip.MustParsePrefix(e)))
		}
		if left.Overlaps(relation.Private) {
			peers = append(peers, networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{}})
		}
	}
	return peers
}

// isolated reports whether a policy selects a pod for a direction.
func (n naive) isolated(t networkingv1.PolicyType, own end) bool {
	return slices.ContainsFunc(n, func(p networkingv1.NetworkPolicy) bool { return governs(p, t, own) })
}

func (n naive) side(t networkingv1.PolicyType, own, peer, to end, port on) bool {
	for _, p := range n {
		if !governs(p, t, own) {
			continue
		}
		if t == networkingv1.PolicyTypeIngress {
			for _, r := range p.Spec.Ingress {
				if admits(p.Namespace, r.From, r.Ports, peer, to, port) {
					return true
				}
			}
			continue
		}
		for _, r := range p.Spec.Egress {
			if admits(p.Namespace, r.To, r.Ports, peer, to, port) {
				return true
			}
		}
	}
	return !n.isolated(t, own)
}

func governs(p networkingv1.NetworkPolicy, t networkingv1.PolicyType, e end) bool {
	if e.addr.IsValid() || e.ns != p.Namespace || !selects(p.Spec.PodSelector, e.labels) {
		return false
	}
	if len(p.Spec.PolicyTypes) > 0 {
		return slices.Contains(p.Spec.PolicyTypes, t)
	}
	return t == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
}

func admits(ns string, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, peer, to end, port on) bool {
	who := len(peers) == 0
	for _, p := range peers {
		switch {
		case p.IPBlock != nil:
			who = who || peer.addr.IsValid() && within(p.IPBlock.CIDR, peer.addr) &&
				!slices.ContainsFunc(p.IPBlock.Except, func(x string) bool { return within(x, peer.addr) })
		case peer.addr.IsValid():
		case p.NamespaceSelector == nil:
			who = who || peer.ns == ns && selects(*p.PodSelector, peer.labels)
		default:
			who = who || selects(*p.NamespaceSelector, peer.nsHas) && (p.PodSelector == nil || selects(*p.PodSelector, peer.labels))
		}
	}
	what := len(ports) == 0
	for _, p := range ports {
		what = what || opens(p, to, port)
	}
	return who && what
}

func within(cidr string, a netip.Addr) bool { return netip.MustParsePrefix(cidr).Contains(a) }

func opens(p networkingv1.NetworkPolicyPort, to end, port on) bool {
	protocol := corev1.ProtocolTCP
	if p.Protocol != nil {
		protocol = *p.Protocol
	}
	switch {
	case protocol != port.protocol:
		return false
	case p.Port == nil:
		return true
	case p.Port.Type == intstr.String:
		return slices.Contains(to.listen, listen{p.Port.StrVal, port.protocol, port.number})
	case p.EndPort == nil:
		return port.number == p.Port.IntValue()
	}
	return p.Port.IntValue() <= port.number && port.number <= int(*p.EndPort)
}

func selects(s metav1.LabelSelector, labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		got, has := labels[e.Key]
		in := has && slices.Contains(e.Values, got)
		if !map[metav1.LabelSelectorOperator]bool{
			metav1.LabelSelectorOpIn:           in,
			metav1.LabelSelectorOpNotIn:        !in,
			metav1.LabelSelectorOpExists:       has,
			metav1.LabelSelectorOpDoesNotExist: !has,
		}[e.Operator] {
			return false
		}
	}
	return true
}
