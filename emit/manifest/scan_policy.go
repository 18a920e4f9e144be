package manifest

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// known is the selectors and lists of ports that have been read, by the lines that they stand in: a stream of
// policies says the same few again and again.
type known struct {
	selectors map[string]*metav1.LabelSelector
	ports     map[string][]networkingv1.NetworkPolicyPort
	labels    map[string]map[string]string
	keys      []string // which a scanner needs only while it reads
}

func newKnown() *known {
	return &known{map[string]*metav1.LabelSelector{}, map[string][]networkingv1.NetworkPolicyPort{}, map[string]map[string]string{}, nil}
}

// reread returns what has been read before from the lines below a key in a column, or reads them.
func reread[T any](s *scanner, known map[string]T, column int, read func() T) T {
	start, end := s.at, s.below(column)
	lines := s.text[start:end]
	if before, ok := known[lines]; ok {
		s.at = end
		return before
	}
	value := read()
	if !s.gaveUp && s.at == end {
		known[lines] = value
	}
	return value
}

// scanPolicy reads a document of a NetworkPolicy, strictly. It returns what the library would, or
// false where it is not sure. Documents share what is written alike.
func scanPolicy(document string, known *known) (*networkingv1.NetworkPolicy, bool) {
	if !readable(document) {
		return nil, false
	}
	s := &scanner{text: document, known: known, keys: known.keys[:0]}
	defer func() { known.keys = s.keys }()
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
	if s.gaveUp {
		return nil, false
	}
	return p, true
}

func (s *scanner) metadata(column int, m *metav1.ObjectMeta) {
	s.nested(column, func(key string, column int) {
		switch key {
		case "annotations":
			m.Annotations = s.texts(column)
		case "labels":
			m.Labels = reread(s, s.known.labels, column, func() map[string]string { return s.texts(column) })
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
			spec.PodSelector = *s.selector(column)
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
			*ports = s.ports(column)
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
			p.NamespaceSelector = s.selector(column)
		case "podSelector":
			p.PodSelector = s.selector(column)
		default:
			s.giveUp()
		}
	})
	return p
}

func (s *scanner) ports(column int) []networkingv1.NetworkPolicyPort {
	return reread(s, s.known.ports, column, func() (list []networkingv1.NetworkPolicyPort) {
		s.sequence(column, func(column int) { list = append(list, s.port(column)) })
		return list
	})
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

func (s *scanner) selector(column int) *metav1.LabelSelector {
	return reread(s, s.known.selectors, column, func() *metav1.LabelSelector { return s.requirements(column) })
}

func (s *scanner) requirements(column int) *metav1.LabelSelector {
	l := &metav1.LabelSelector{}
	s.nested(column, func(key string, column int) {
		switch key {
		case "matchExpressions":
			s.sequence(column, func(column int) { l.MatchExpressions = append(l.MatchExpressions, s.requirement(column)) })
		case "matchLabels":
			l.MatchLabels = s.texts(column)
		default:
			s.giveUp()
		}
	})
	return l
}

func (s *scanner) requirement(column int) metav1.LabelSelectorRequirement {
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
	return r
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
