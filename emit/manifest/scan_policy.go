package manifest

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// scanPolicy reads a document of a NetworkPolicy, strictly. It returns what the library would, or
// false where it is not sure.
func scanPolicy(document string) (*networkingv1.NetworkPolicy, bool) {
	if !readable(document) {
		return nil, false
	}
	s := &scanner{text: document}
	for s.skip("#") {
		s.rest() // what stands above a document
	}
	p := &networkingv1.NetworkPolicy{}
	if s.line() != 0 {
		return nil, false
	}
	s.mapping(0, func(key string, column int) {
		switch key {
		case "apiVersion":
			p.APIVersion = s.value(column)
		case "kind":
			p.Kind = s.value(column)
		case "metadata":
			s.metadata(column, &p.ObjectMeta)
		case "spec":
			s.spec(column, &p.Spec)
		default:
			s.giveUp()
		}
	})
	return p, !s.gaveUp
}

func (s *scanner) metadata(column int, m *metav1.ObjectMeta) {
	s.nested(column, func(key string, column int) {
		switch key {
		case "annotations":
			m.Annotations = s.texts(column)
		case "labels":
			m.Labels = s.texts(column)
		case "name":
			m.Name = s.value(column)
		case "namespace":
			m.Namespace = s.value(column)
		default:
			s.giveUp()
		}
	})
}

func (s *scanner) spec(column int, spec *networkingv1.NetworkPolicySpec) {
	s.nested(column, func(key string, column int) {
		switch key {
		case "egress":
			s.sequence(column, func(column int) {
				var r networkingv1.NetworkPolicyEgressRule
				s.rule(column, "to", &r.To, &r.Ports)
				spec.Egress = append(spec.Egress, r)
			})
		case "ingress":
			s.sequence(column, func(column int) {
				var r networkingv1.NetworkPolicyIngressRule
				s.rule(column, "from", &r.From, &r.Ports)
				spec.Ingress = append(spec.Ingress, r)
			})
		case "podSelector":
			s.selector(column, &spec.PodSelector)
		case "policyTypes":
			s.sequence(column, func(column int) {
				spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyType(s.scalar(column)))
			})
		default:
			s.giveUp()
		}
	})
}

// rule reads an ingress or egress rule, which differ in what they call their peers.
func (s *scanner) rule(column int, name string, peers *[]networkingv1.NetworkPolicyPeer, ports *[]networkingv1.NetworkPolicyPort) {
	s.item(column, func(key string, column int) {
		switch key {
		case name:
			s.sequence(column, func(column int) { *peers = append(*peers, s.peer(column)) })
		case "ports":
			s.sequence(column, func(column int) { *ports = append(*ports, s.port(column)) })
		default:
			s.giveUp()
		}
	})
}

func (s *scanner) peer(column int) networkingv1.NetworkPolicyPeer {
	var p networkingv1.NetworkPolicyPeer
	s.item(column, func(key string, column int) {
		switch key {
		case "ipBlock":
			p.IPBlock = &networkingv1.IPBlock{}
			s.nested(column, func(key string, column int) {
				switch key {
				case "cidr":
					p.IPBlock.CIDR = s.value(column)
				case "except":
					p.IPBlock.Except = s.list(column)
				default:
					s.giveUp()
				}
			})
		case "namespaceSelector":
			p.NamespaceSelector = &metav1.LabelSelector{}
			s.selector(column, p.NamespaceSelector)
		case "podSelector":
			p.PodSelector = &metav1.LabelSelector{}
			s.selector(column, p.PodSelector)
		default:
			s.giveUp()
		}
	})
	return p
}

func (s *scanner) port(column int) networkingv1.NetworkPolicyPort {
	var p networkingv1.NetworkPolicyPort
	s.item(column, func(key string, column int) {
		switch key {
		case "endPort":
			n := s.number()
			p.EndPort = &n
		case "port":
			var port intstr.IntOrString
			if s.startsWithDigit() {
				port = intstr.FromInt32(s.number())
			} else {
				port = intstr.FromString(s.value(column))
			}
			p.Port = &port
		case "protocol":
			protocol := corev1.Protocol(s.value(column))
			p.Protocol = &protocol
		default:
			s.giveUp()
		}
	})
	return p
}

func (s *scanner) selector(column int, l *metav1.LabelSelector) {
	s.nested(column, func(key string, column int) {
		switch key {
		case "matchExpressions":
			s.sequence(column, func(column int) {
				var r metav1.LabelSelectorRequirement
				s.item(column, func(key string, column int) {
					switch key {
					case "key":
						r.Key = s.value(column)
					case "operator":
						r.Operator = metav1.LabelSelectorOperator(s.value(column))
					case "values":
						r.Values = s.list(column)
					default:
						s.giveUp()
					}
				})
				l.MatchExpressions = append(l.MatchExpressions, r)
			})
		case "matchLabels":
			l.MatchLabels = s.texts(column)
		default:
			s.giveUp()
		}
	})
}

// texts reads a mapping of text to text.
func (s *scanner) texts(column int) map[string]string {
	m := map[string]string{}
	s.nested(column, func(key string, column int) { m[key] = s.value(column) })
	return m
}

// list reads a sequence of text.
func (s *scanner) list(column int) []string {
	var list []string
	s.sequence(column, func(column int) { list = append(list, s.scalar(column)) })
	return list
}
