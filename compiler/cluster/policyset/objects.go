package policyset

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// Objects returns the policies as API objects, which share no memory.
func (s *Set) Objects() []*networkingv1.NetworkPolicy {
	out := make([]*networkingv1.NetworkPolicy, len(s.policies))
	for i, p := range s.policies {
		o := &networkingv1.NetworkPolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy"},
			ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace, Labels: mapOf(p.Labels), Annotations: mapOf(p.Annotations)},
			Spec:       networkingv1.NetworkPolicySpec{PodSelector: p.PodSelector.Object()},
		}
		for _, r := range p.Rules[relation.Ingress].items {
			o.Spec.Ingress = append(o.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: s.peerObjects(r), Ports: s.portObjects(r)})
		}
		for _, r := range p.Rules[relation.Egress].items {
			o.Spec.Egress = append(o.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: s.peerObjects(r), Ports: s.portObjects(r)})
		}
		for _, t := range p.Types.items {
			o.Spec.PolicyTypes = append(o.Spec.PolicyTypes, networkingv1.PolicyType(t))
		}
		out[i] = o
	}
	return out
}

func mapOf(labels List[Label]) map[string]string {
	if labels.Len() == 0 {
		return nil
	}
	m := make(map[string]string, labels.Len())
	for _, l := range labels.items {
		m[l.Key] = l.Value
	}
	return m
}

// Object returns the selector as an API object, which shares no memory.
func (s Selector) Object() metav1.LabelSelector {
	o := metav1.LabelSelector{MatchLabels: mapOf(s.Labels)}
	for _, e := range s.Expressions.items {
		o.MatchExpressions = append(o.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: e.Key, Operator: metav1.LabelSelectorOperator(e.Operator), Values: e.Values.Append(nil),
		})
	}
	return o
}

func (s *Set) peerObjects(r Rule) []networkingv1.NetworkPolicyPeer {
	var out []networkingv1.NetworkPolicyPeer
	for _, id := range r.Peers.items {
		p, o := s.peers[id], networkingv1.NetworkPolicyPeer{}
		if p.Block.Present {
			o.IPBlock = &networkingv1.IPBlock{CIDR: p.Block.Value.CIDR, Except: p.Block.Value.Except.Append(nil)}
		}
		if p.Namespaces.Present {
			namespaces := p.Namespaces.Value.Object()
			o.NamespaceSelector = &namespaces
		}
		if p.Pods.Present {
			pods := p.Pods.Value.Object()
			o.PodSelector = &pods
		}
		out = append(out, o)
	}
	return out
}

func (s *Set) portObjects(r Rule) []networkingv1.NetworkPolicyPort {
	var out []networkingv1.NetworkPolicyPort
	for _, p := range s.ports[r.Ports].items {
		var o networkingv1.NetworkPolicyPort
		if p.Protocol.Present {
			protocol := corev1.Protocol(p.Protocol.Value)
			o.Protocol = &protocol
		}
		if p.Port.Present {
			port := intstr.FromInt32(p.Port.Value.Number)
			if p.Port.Value.Named {
				port = intstr.FromString(p.Port.Value.Name)
			}
			o.Port = &port
		}
		if p.EndPort.Present {
			end := p.EndPort.Value
			o.EndPort = &end
		}
		out = append(out, o)
	}
	return out
}

// FromObjects returns a set of copies of API objects, each peer and list of ports by itself.
func FromObjects(objects []*networkingv1.NetworkPolicy) *Set {
	b := NewBuilder()
	for _, o := range objects {
		b.AddObject(o)
	}
	return b.Set()
}

// AddObject adds a copy of an API object.
func (b *Builder) AddObject(o *networkingv1.NetworkPolicy) {
	p := Policy{
		Name: o.Name, Namespace: o.Namespace,
		Labels: LabelsOf(o.Labels), Annotations: LabelsOf(o.Annotations),
		PodSelector: selectorOf(&o.Spec.PodSelector),
	}
	var rules []Rule
	for _, r := range o.Spec.Ingress {
		rules = append(rules, b.rule(r.From, r.Ports))
	}
	p.Rules[relation.Ingress], rules = List[Rule]{rules}, nil
	for _, r := range o.Spec.Egress {
		rules = append(rules, b.rule(r.To, r.Ports))
	}
	p.Rules[relation.Egress] = List[Rule]{rules}
	for _, t := range o.Spec.PolicyTypes {
		p.Types.items = append(p.Types.items, string(t))
	}
	b.Add(p)
}

// LabelsOf returns the entries of a map in the order of their keys.
func LabelsOf(m map[string]string) List[Label] {
	var labels []Label
	for k, v := range m {
		labels = append(labels, Label{k, v})
	}
	slices.SortFunc(labels, func(a, b Label) int { return cmp.Compare(a.Key, b.Key) })
	return List[Label]{labels}
}

func selectorOf(o *metav1.LabelSelector) Selector {
	s := Selector{Labels: LabelsOf(o.MatchLabels)}
	for _, e := range o.MatchExpressions {
		s.Expressions.items = append(s.Expressions.items, Expression{e.Key, string(e.Operator), ListOf(e.Values...)})
	}
	return s
}

func (b *Builder) rule(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) Rule {
	var r Rule
	for _, o := range peers {
		var p Peer
		if o.IPBlock != nil {
			p.Block = Some(Block{o.IPBlock.CIDR, ListOf(o.IPBlock.Except...)})
		}
		if o.NamespaceSelector != nil {
			p.Namespaces = Some(selectorOf(o.NamespaceSelector))
		}
		if o.PodSelector != nil {
			p.Pods = Some(selectorOf(o.PodSelector))
		}
		r.Peers.items = append(r.Peers.items, b.Peer(p))
	}
	list := make([]Port, len(ports))
	for i, o := range ports {
		if o.Protocol != nil {
			list[i].Protocol = Some(string(*o.Protocol))
		}
		if o.Port != nil {
			list[i].Port = Some(PortValue{o.Port.Type == intstr.String, o.Port.StrVal, o.Port.IntVal})
		}
		if o.EndPort != nil {
			list[i].EndPort = Some(*o.EndPort)
		}
	}
	r.Ports = b.Ports(list...)
	return r
}
