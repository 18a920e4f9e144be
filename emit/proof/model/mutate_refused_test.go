package model

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// refusals make objects that an API server refuses. The proof must refuse them, too.
var refusals = []mutation{
	{"a peer of nothing", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		return func() { *p = networkingv1.NetworkPolicyPeer{} }
	})},
	{"a block beside a selector", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		return func() {
			p.IPBlock, p.PodSelector = &networkingv1.IPBlock{CIDR: "192.0.2.0/24"}, &metav1.LabelSelector{}
		}
	})},
	{"a block that is none", onBlocks(func(b *networkingv1.IPBlock) func() { return func() { b.CIDR = "192.0.2.0" } })},
	{"an except that is none", onBlocks(func(b *networkingv1.IPBlock) func() { return func() { b.Except = append(b.Except, "192.0.2.0/33") } })},
	{"an unknown policy type", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() { p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, "Both") })
	})},
	{"an unknown operator", invalidExpression("Is", "x")},
	{"In without values", invalidExpression(metav1.LabelSelectorOpIn)},
	{"Exists with a value", invalidExpression(metav1.LabelSelectorOpExists, "x")},
	{"an unknown protocol", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		protocol := corev1.Protocol("tcp")
		return func() { p.Protocol = &protocol }
	})},
	{"port 0", numbered(func(p *networkingv1.NetworkPolicyPort) func() { return func() { p.Port.IntVal = 0 } })},
	{"port 65536", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		return func() { p.Port.IntVal, p.EndPort = 65536, nil }
	})},
	{"endPort below port", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		end := p.Port.IntVal - 1
		return func() { p.EndPort = &end }
	})},
	{"endPort without port", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		end := int32(80)
		return func() { p.Port, p.EndPort = nil, &end }
	})},
	{"endPort with a name", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		name, end := intstr.FromString("http"), int32(80)
		return func() { p.Port, p.EndPort = &name, &end }
	})},
	{"another kind", onPolicies(func(p *networkingv1.NetworkPolicy) []func() { return only(func() { p.Kind = "Pod" }) })},
	{"another version", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() { p.APIVersion = "networking.k8s.io/v2" })
	})},
}

func invalidExpression(operator metav1.LabelSelectorOperator, values ...string) func(*objects) []func() {
	return allSelectors(func(s *metav1.LabelSelector) []func() {
		return only(func() {
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: "role", Operator: operator, Values: values})
		})
	})
}
