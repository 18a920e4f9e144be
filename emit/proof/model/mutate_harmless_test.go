package model

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// omittedRules is no rewriting for a network plugin with which these rules count.
const omittedRules = "rules of a direction that the policy types leave out"

// rewritings change the form of objects and not what they permit, by the API's documentation. The
// proof must report none of them.
var rewritings = []mutation{
	{"another name, labels and annotations", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() { p.ObjectMeta = metav1.ObjectMeta{Name: "renamed", Namespace: p.Namespace} })
	})},
	{"objects in another order", func(o *objects) []func() { return only(func() { slices.Reverse(o.policies) }) }},
	{"rules in another order", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.Ingress) < 2 && len(p.Spec.Egress) < 2 {
			return nil
		}
		return only(func() { slices.Reverse(p.Spec.Ingress); slices.Reverse(p.Spec.Egress) })
	})},
	{"peers in another order", onRules(func(r side) func() {
		if len(*r.peers) < 2 {
			return nil
		}
		return func() { slices.Reverse(*r.peers) }
	})},
	{"ports in another order", onRules(func(r side) func() {
		if len(*r.ports) < 2 {
			return nil
		}
		return func() { slices.Reverse(*r.ports) }
	})},
	{"an object twice", func(o *objects) []func() {
		var out []func()
		for _, p := range o.policies {
			out = append(out, func() {
				again := p.DeepCopy()
				again.Name = "again"
				o.policies = append(o.policies, again)
			})
		}
		return out
	}},
	{"a peer twice", onPeers(func(r side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		return func() { *r.peers = append(*r.peers, *p.DeepCopy()) }
	})},
	{"a port twice", onPorts(func(r side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		return func() { *r.ports = append(*r.ports, *p.DeepCopy()) }
	})},
	{"an object for each direction", func(o *objects) []func() {
		var out []func()
		for _, p := range o.policies {
			if len(p.Spec.PolicyTypes) < 2 {
				continue
			}
			out = append(out, func() {
				q := p.DeepCopy()
				q.Name += "-egress"
				q.Spec.PolicyTypes, q.Spec.Ingress = []networkingv1.PolicyType{egress}, nil
				p.Spec.PolicyTypes, p.Spec.Egress = []networkingv1.PolicyType{ingress}, nil
				o.policies = append(o.policies, q)
			})
		}
		return out
	}},
	{"a rule for each peer", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() {
			var in []networkingv1.NetworkPolicyIngressRule
			for _, r := range p.Spec.Ingress {
				for _, peer := range r.From {
					in = append(in, networkingv1.NetworkPolicyIngressRule{From: []networkingv1.NetworkPolicyPeer{peer}, Ports: r.Ports})
				}
				if len(r.From) == 0 {
					in = append(in, r)
				}
			}
			p.Spec.Ingress = in
		})
	})},
	{"a rule for each port", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() {
			var out []networkingv1.NetworkPolicyEgressRule
			for _, r := range p.Spec.Egress {
				for _, port := range r.Ports {
					out = append(out, networkingv1.NetworkPolicyEgressRule{To: r.To, Ports: []networkingv1.NetworkPolicyPort{port}})
				}
				if len(r.Ports) == 0 {
					out = append(out, r)
				}
			}
			p.Spec.Egress = out
		})
	})},
	{omittedRules, onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.PolicyTypes) != 1 {
			return nil
		}
		return only(func() {
			if p.Spec.PolicyTypes[0] == ingress {
				p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}}
			} else {
				p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{}}
			}
		})
	})},
	{"policy types left to their default", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if !slices.Contains(p.Spec.PolicyTypes, ingress) || slices.Contains(p.Spec.PolicyTypes, egress) != (len(p.Spec.Egress) > 0) {
			return nil
		}
		return only(func() { p.Spec.PolicyTypes = nil })
	})},
	{"labels as expressions", allSelectors(func(s *metav1.LabelSelector) []func() {
		if len(s.MatchLabels) == 0 {
			return nil
		}
		return only(func() {
			for key, value := range s.MatchLabels {
				s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{value}})
			}
			s.MatchLabels = nil
		})
	})},
	{"the own namespace by its name", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.peers {
				if peer := &(*r.peers)[i]; peer.PodSelector != nil && peer.NamespaceSelector == nil {
					out = append(out, func() {
						peer.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": p.Namespace}}
					})
				}
			}
		}
		return out
	})},
	{"everybody as pods and addresses", onRules(func(r side) func() {
		if len(*r.peers) > 0 {
			return nil
		}
		return func() {
			*r.peers = []networkingv1.NetworkPolicyPeer{
				{NamespaceSelector: &metav1.LabelSelector{}},
				{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}, {IPBlock: &networkingv1.IPBlock{CIDR: "::/0"}},
			}
		}
	})},
	{"a peer that nobody can be", onRules(func(r side) func() {
		if len(*r.peers) == 0 {
			return nil
		}
		return func() {
			*r.peers = append(*r.peers, networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{
				MatchLabels:      map[string]string{"a": "b"},
				MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: metav1.LabelSelectorOpDoesNotExist}},
			}})
		}
	})},
	{"a block in two halves", onPeers(func(r side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.IPBlock == nil || len(p.IPBlock.Except) > 0 {
			return nil
		}
		whole := prefixes(p.IPBlock.CIDR)[0]
		if whole.IsSingleIP() {
			return nil
		}
		return func() {
			first := resized(whole, +1)
			second := netip.PrefixFrom(lastOf(first).Next(), first.Bits())
			p.IPBlock.CIDR = first.String()
			*r.peers = append(*r.peers, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: second.String()}})
		}
	})},
	{"an except inside an except", onBlocks(func(b *networkingv1.IPBlock) func() {
		if len(b.Except) == 0 || prefixes(b.Except[0])[0].IsSingleIP() {
			return nil
		}
		return func() { b.Except = append(b.Except, resized(prefixes(b.Except[0])[0], +1).String()) }
	})},
	{"TCP left to be the default", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Protocol == nil || *p.Protocol != corev1.ProtocolTCP {
			return nil
		}
		return func() { p.Protocol = nil }
	})},
	{"every port of a protocol by number", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Port != nil {
			return nil
		}
		return func() {
			low, high := intstr.FromInt32(1), int32(65535)
			p.Port, p.EndPort = &low, &high
		}
	})},
	{"every port by protocol", onRules(func(r side) func() {
		if len(*r.ports) > 0 {
			return nil
		}
		return func() {
			for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
				*r.ports = append(*r.ports, networkingv1.NetworkPolicyPort{Protocol: &protocol})
			}
		}
	})},
	{"a range in two", onPorts(func(r side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort == nil || *p.EndPort == p.Port.IntVal {
			return nil
		}
		return func() {
			upper := p.DeepCopy()
			upper.Port.IntVal++
			*p.EndPort = p.Port.IntVal
			*r.ports = append(*r.ports, *upper)
		}
	})},
	{"endPort of a single port", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort != nil {
			return nil
		}
		return func() {
			end := p.Port.IntVal
			p.EndPort = &end
		}
	})},
}
