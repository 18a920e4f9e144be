package model

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// objects is a set of NetworkPolicies, and the labels of the namespaces that
// their program declares.
type objects struct {
	policies []*networkingv1.NetworkPolicy
	spaces   map[string]map[string]string
	as       enforcement
}

func (o *objects) clone() *objects {
	out := &objects{spaces: o.spaces, as: o.as}
	for _, p := range o.policies {
		out.policies = append(out.policies, p.DeepCopy())
	}
	return out
}

// mutation is one way to change objects.
type mutation struct {
	name string
	// places returns functions that each change the objects in another place;
	// none where it cannot be done.
	places func(o *objects) []func()
}

// mutations are all kinds of changes that could change what is permitted.
var mutations = slices.Concat(policyMutations, ruleMutations, peerMutations, selectorMutations, blockMutations, portMutations)

func remove[T any](list *[]T, i int) func() { return func() { *list = slices.Delete(*list, i, i+1) } }

// only returns one place, or none if the change is impossible.
func only(change func()) []func() {
	if change == nil {
		return nil
	}
	return []func(){change}
}

func onPolicies(f func(p *networkingv1.NetworkPolicy) []func()) func(*objects) []func() {
	return func(o *objects) []func() {
		var out []func()
		for _, p := range o.policies {
			out = append(out, f(p)...)
		}
		return out
	}
}

// side is the peers and ports of a rule, under names that both directions have.
type side struct {
	peers *[]networkingv1.NetworkPolicyPeer
	ports *[]networkingv1.NetworkPolicyPort
}

func sides(p *networkingv1.NetworkPolicy) []side {
	var out []side
	for i := range p.Spec.Ingress {
		out = append(out, side{&p.Spec.Ingress[i].From, &p.Spec.Ingress[i].Ports})
	}
	for i := range p.Spec.Egress {
		out = append(out, side{&p.Spec.Egress[i].To, &p.Spec.Egress[i].Ports})
	}
	return out
}

func onRules(f func(r side) func()) func(*objects) []func() {
	return onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			out = append(out, only(f(r))...)
		}
		return out
	})
}

func onPeers(f func(r side, i int, p *networkingv1.NetworkPolicyPeer) func()) func(*objects) []func() {
	return onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.peers {
				out = append(out, only(f(r, i, &(*r.peers)[i]))...)
			}
		}
		return out
	})
}

func onBlocks(f func(b *networkingv1.IPBlock) func()) func(*objects) []func() {
	return onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.IPBlock == nil {
			return nil
		}
		return f(p.IPBlock)
	})
}

func onPorts(f func(r side, i int, p *networkingv1.NetworkPolicyPort) func()) func(*objects) []func() {
	return onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.ports {
				out = append(out, only(f(r, i, &(*r.ports)[i]))...)
			}
		}
		return out
	})
}

// Selectors occur in three places.

func ownSelectors(f func(*metav1.LabelSelector) []func()) func(*objects) []func() {
	return onPolicies(func(p *networkingv1.NetworkPolicy) []func() { return f(&p.Spec.PodSelector) })
}

func peerSelectors(of func(p *networkingv1.NetworkPolicyPeer) *metav1.LabelSelector, f func(*metav1.LabelSelector) []func()) func(*objects) []func() {
	return onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.peers {
				if s := of(&(*r.peers)[i]); s != nil {
					out = append(out, f(s)...)
				}
			}
		}
		return out
	})
}

func podSelectors(f func(*metav1.LabelSelector) []func()) func(*objects) []func() {
	return peerSelectors(func(p *networkingv1.NetworkPolicyPeer) *metav1.LabelSelector { return p.PodSelector }, f)
}

func namespaceSelectors(f func(*metav1.LabelSelector) []func()) func(*objects) []func() {
	return peerSelectors(func(p *networkingv1.NetworkPolicyPeer) *metav1.LabelSelector { return p.NamespaceSelector }, f)
}

func allSelectors(f func(*metav1.LabelSelector) []func()) func(*objects) []func() {
	return func(o *objects) []func() {
		return slices.Concat(ownSelectors(f)(o), podSelectors(f)(o), namespaceSelectors(f)(o))
	}
}
