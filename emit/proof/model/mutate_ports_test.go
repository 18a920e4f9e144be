package model

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// portMutations change the ports of a rule.
var portMutations = []mutation{
	{"drop a port", onPorts(func(r side, i int, _ *networkingv1.NetworkPolicyPort) func() {
		if len(*r.ports) < 2 {
			return nil // without any it would permit all
		}
		return remove(r.ports, i)
	})},
	{"drop all ports", onRules(func(r side) func() {
		if len(*r.ports) == 0 {
			return nil
		}
		return func() { *r.ports = []networkingv1.NetworkPolicyPort{} }
	})},
	{"add a port", onRules(func(r side) func() {
		if len(*r.ports) == 0 {
			return nil
		}
		return func() { *r.ports = append(*r.ports, number(7777)) }
	})},
	{"name a port where all are meant", onRules(func(r side) func() {
		if len(*r.ports) > 0 {
			return nil
		}
		return func() { *r.ports = []networkingv1.NetworkPolicyPort{number(7777)} }
	})},
	{"another port", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		return func() { p.Port, p.EndPort = number(7777).Port, nil }
	})},
	{"the next port", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.Port.IntVal == 65535 || p.EndPort != nil && *p.EndPort == p.Port.IntVal {
			return nil
		}
		return func() { p.Port.IntVal++ }
	})},
	{"a range of one port", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort != nil || p.Port.IntVal == 65535 {
			return nil
		}
		return func() {
			end := p.Port.IntVal + 1
			p.EndPort = &end
		}
	})},
	{"drop endPort", ranged(func(p *networkingv1.NetworkPolicyPort) func() { return func() { p.EndPort = nil } })},
	{"one port less at the end", ranged(func(p *networkingv1.NetworkPolicyPort) func() { return func() { *p.EndPort-- } })},
	{"one port more at the end", ranged(func(p *networkingv1.NetworkPolicyPort) func() {
		if *p.EndPort == 65535 {
			return nil
		}
		return func() { *p.EndPort++ }
	})},
	{"one port more at the beginning", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.Port.IntVal == 1 {
			return nil
		}
		return func() {
			if p.EndPort == nil {
				end := p.Port.IntVal
				p.EndPort = &end
			}
			p.Port.IntVal--
		}
	})},
	{"drop the number of a port", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Port == nil {
			return nil
		}
		return func() { p.Port, p.EndPort = nil, nil }
	})},
	{"another protocol", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		other := corev1.ProtocolUDP
		if p.Protocol != nil && *p.Protocol == other {
			other = corev1.ProtocolTCP
		}
		return func() { p.Protocol = &other }
	})},
	{"drop the protocol, which is TCP then", onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Protocol == nil || *p.Protocol == corev1.ProtocolTCP {
			return nil
		}
		return func() { p.Protocol = nil }
	})},
	{"another name of a port", byName(func(p *networkingv1.NetworkPolicyPort) { p.Port.StrVal += "s" })},
	{"a number for a port's name", byName(func(p *networkingv1.NetworkPolicyPort) { p.Port = number(80).Port })},
	{"a name for a port's number", numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		return func() {
			name := intstr.FromString("http")
			p.Port, p.EndPort = &name, nil
		}
	})},
}

func number(n int32) networkingv1.NetworkPolicyPort {
	port := intstr.FromInt32(n)
	return networkingv1.NetworkPolicyPort{Port: &port}
}

func numbered(f func(p *networkingv1.NetworkPolicyPort) func()) func(*objects) []func() {
	return onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Port == nil || p.Port.Type != intstr.Int {
			return nil
		}
		return f(p)
	})
}

func ranged(f func(p *networkingv1.NetworkPolicyPort) func()) func(*objects) []func() {
	return numbered(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort == nil || *p.EndPort == p.Port.IntVal {
			return nil
		}
		return f(p)
	})
}

func byName(f func(p *networkingv1.NetworkPolicyPort)) func(*objects) []func() {
	return onPorts(func(_ side, _ int, p *networkingv1.NetworkPolicyPort) func() {
		if p.Port == nil || p.Port.Type != intstr.String {
			return nil
		}
		return func() { f(p) }
	})
}
