package model

import (
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	ingress = networkingv1.PolicyTypeIngress
	egress  = networkingv1.PolicyTypeEgress
)

// policyMutations change whole objects, what they apply to and which directions they isolate.
var policyMutations = []mutation{
	{"drop an object", func(o *objects) []func() {
		return o.drop(func(p *networkingv1.NetworkPolicy) bool { return p.Name != "deny-all" })
	}},
	{"drop a deny-all", func(o *objects) []func() {
		return o.drop(func(p *networkingv1.NetworkPolicy) bool { return p.Name == "deny-all" })
	}},
	{"add an object that permits everything", func(o *objects) []func() {
		return o.add(networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{ingress, egress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
		})
	}},
	{"add an object that denies ingress", func(o *objects) []func() {
		return o.add(networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{ingress}})
	}},
	{"add an object that denies egress of some pods", func(o *objects) []func() {
		some := metav1.LabelSelector{MatchLabels: map[string]string{"role": "web"}}
		return o.add(networkingv1.NetworkPolicySpec{PodSelector: some, PolicyTypes: []networkingv1.PolicyType{egress}})
	}},
	{"move an object to another namespace of the program", func(o *objects) []func() {
		var out []func()
		for _, p := range o.policies {
			for _, name := range slices.Sorted(maps.Keys(o.spaces)) {
				if name != p.Namespace {
					out = append(out, func() { p.Namespace = name })
				}
			}
		}
		return out
	}},
	{"move an object to a namespace that nobody declares", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() { p.Namespace = "stranger" })
	})},
	{"exchange what two objects apply to", func(o *objects) []func() {
		var out []func()
		for i, p := range o.policies {
			for _, q := range o.policies[:i] {
				if p.Namespace == q.Namespace {
					out = append(out, func() { p.Spec.PodSelector, q.Spec.PodSelector = q.Spec.PodSelector, p.Spec.PodSelector })
				}
			}
		}
		return out
	}},
	{"drop a policy type", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i := range p.Spec.PolicyTypes {
			out = append(out, remove(&p.Spec.PolicyTypes, i))
		}
		return out
	})},
	{"drop all policy types", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		return only(func() { p.Spec.PolicyTypes = nil })
	})},
	{"drop a policy type of a deny-all", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if p.Name != "deny-all" || len(p.Spec.PolicyTypes) < 2 {
			return nil
		}
		return []func(){remove(&p.Spec.PolicyTypes, 0), remove(&p.Spec.PolicyTypes, 1)}
	})},
	{"add a policy type", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.PolicyTypes) != 1 {
			return nil
		}
		return only(func() { p.Spec.PolicyTypes = []networkingv1.PolicyType{ingress, egress} })
	})},
	{"another policy type", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.PolicyTypes) != 1 {
			return nil
		}
		return only(func() {
			p.Spec.PolicyTypes[0] = map[networkingv1.PolicyType]networkingv1.PolicyType{ingress: egress, egress: ingress}[p.Spec.PolicyTypes[0]]
		})
	})},
	{"swap directions", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.Ingress)+len(p.Spec.Egress) == 0 {
			return nil
		}
		return only(func() { swap(p) })
	})},
	{"swap directions and policy types", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.PolicyTypes) != 1 {
			return nil
		}
		return only(func() {
			p.Spec.PolicyTypes[0] = map[networkingv1.PolicyType]networkingv1.PolicyType{ingress: egress, egress: ingress}[p.Spec.PolicyTypes[0]]
			swap(p)
		})
	})},
}

// drop removes one of the objects that meet a condition.
func (o *objects) drop(is func(*networkingv1.NetworkPolicy) bool) []func() {
	var out []func()
	for i, p := range o.policies {
		if is(p) {
			out = append(out, remove(&o.policies, i))
		}
	}
	return out
}

// add adds an object to one of the declared namespaces.
func (o *objects) add(spec networkingv1.NetworkPolicySpec) []func() {
	var out []func()
	for _, name := range slices.Sorted(maps.Keys(o.spaces)) {
		out = append(out, func() {
			o.policies = append(o.policies, &networkingv1.NetworkPolicy{
				TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
				ObjectMeta: metav1.ObjectMeta{Name: "added", Namespace: name},
				Spec:       spec,
			})
		})
	}
	return out
}

// swap makes egress rules of ingress rules, and the other way round.
func swap(p *networkingv1.NetworkPolicy) {
	in, out := p.Spec.Ingress, p.Spec.Egress
	p.Spec.Ingress, p.Spec.Egress = nil, nil
	for _, r := range in {
		p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.From, Ports: r.Ports})
	}
	for _, r := range out {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.To, Ports: r.Ports})
	}
}

// ruleMutations change the rules of an object.
var ruleMutations = []mutation{
	{"drop a rule", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i := range p.Spec.Ingress {
			out = append(out, remove(&p.Spec.Ingress, i))
		}
		for i := range p.Spec.Egress {
			out = append(out, remove(&p.Spec.Egress, i))
		}
		return out
	})},
	{"drop all rules of a direction", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		if len(p.Spec.Ingress) > 0 {
			out = append(out, func() { p.Spec.Ingress = nil })
		}
		if len(p.Spec.Egress) > 0 {
			out = append(out, func() { p.Spec.Egress = nil })
		}
		return out
	})},
	{"add an empty rule", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		if slices.Contains(p.Spec.PolicyTypes, ingress) {
			out = append(out, func() { p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{}) })
		}
		if slices.Contains(p.Spec.PolicyTypes, egress) {
			out = append(out, func() { p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{}) })
		}
		return out
	})},
	{"empty a rule", onRules(func(r side) func() {
		if len(*r.peers)+len(*r.ports) == 0 {
			return nil
		}
		return func() { *r.peers, *r.ports = nil, nil }
	})},
	{"turn a rule around", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i, r := range p.Spec.Ingress {
			out = append(out, func() {
				p.Spec.Ingress = slices.Delete(p.Spec.Ingress, i, i+1)
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.From, Ports: r.Ports})
			})
		}
		for i, r := range p.Spec.Egress {
			out = append(out, func() {
				p.Spec.Egress = slices.Delete(p.Spec.Egress, i, i+1)
				p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.To, Ports: r.Ports})
			})
		}
		return out
	})},
	{"merge two rules", onPolicies(func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i := 1; i < len(p.Spec.Ingress); i++ {
			out = append(out, func() {
				a, b := &p.Spec.Ingress[i-1], p.Spec.Ingress[i]
				a.From, a.Ports = append(a.From, b.From...), append(a.Ports, b.Ports...)
				p.Spec.Ingress = slices.Delete(p.Spec.Ingress, i, i+1)
			})
		}
		for i := 1; i < len(p.Spec.Egress); i++ {
			out = append(out, func() {
				a, b := &p.Spec.Egress[i-1], p.Spec.Egress[i]
				a.To, a.Ports = append(a.To, b.To...), append(a.Ports, b.Ports...)
				p.Spec.Egress = slices.Delete(p.Spec.Egress, i, i+1)
			})
		}
		return out
	})},
	{"move a rule to another object", func(o *objects) []func() {
		var out []func()
		for i, p := range o.policies {
			q := o.policies[(i+1)%len(o.policies)]
			if p == q {
				continue
			}
			if n := len(p.Spec.Ingress); n > 0 {
				out = append(out, func() {
					q.Spec.Ingress = append(q.Spec.Ingress, p.Spec.Ingress[n-1])
					p.Spec.Ingress = p.Spec.Ingress[:n-1]
				})
			}
			if n := len(p.Spec.Egress); n > 0 {
				out = append(out, func() {
					q.Spec.Egress = append(q.Spec.Egress, p.Spec.Egress[n-1])
					p.Spec.Egress = p.Spec.Egress[:n-1]
				})
			}
		}
		return out
	}},
}
