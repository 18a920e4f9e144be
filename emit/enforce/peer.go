package enforce

import (
	"errors"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// selectors remembers what LabelSelectors match, since the peers of many policies share them.
type selectors map[*metav1.LabelSelector]relation.Selector

func (x selectors) of(s *metav1.LabelSelector) (relation.Selector, error) {
	if known, ok := x[s]; ok {
		return known, nil
	}
	made, err := selector(s)
	if err == nil {
		x[s] = made
	}
	return made, err
}

// selector returns the label maps that a LabelSelector matches. All of its
// requirements must hold; without any it matches everything.
func selector(s *metav1.LabelSelector) (relation.Selector, error) {
	keys := make([]relation.KeyValues, 0, len(s.MatchLabels)+len(s.MatchExpressions))
	for k, v := range s.MatchLabels {
		keys = append(keys, relation.KeyValues{Key: k, Values: relation.In(v)})
	}
	for _, e := range s.MatchExpressions {
		k := relation.KeyValues{Key: e.Key}
		valued := e.Operator == metav1.LabelSelectorOpIn || e.Operator == metav1.LabelSelectorOpNotIn
		if valued != (len(e.Values) > 0) {
			return relation.Selector{}, fmt.Errorf("operator %s with %d values on key %s", e.Operator, len(e.Values), e.Key)
		}
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			k.Values = relation.In(e.Values...)
		case metav1.LabelSelectorOpNotIn:
			k.Values = relation.NotIn(e.Values...)
		case metav1.LabelSelectorOpExists:
			k.Values = relation.Exists()
		case metav1.LabelSelectorOpDoesNotExist:
			k.Values = relation.NotExists()
		default:
			return relation.Selector{}, fmt.Errorf("unknown operator %q", e.Operator)
		}
		keys = append(keys, k)
	}
	return relation.Select(keys...), nil
}

// peerOf returns a peer of a rule. local selects the namespace of the policy.
func (x selectors) peerOf(p *networkingv1.NetworkPolicyPeer, local relation.Selector) (relation.Peer, error) {
	var none relation.Peer
	if p.IPBlock != nil {
		if p.PodSelector != nil || p.NamespaceSelector != nil {
			return none, errors.New("an ipBlock beside a selector")
		}
		return blockOf(p.IPBlock)
	}
	if p.PodSelector == nil && p.NamespaceSelector == nil {
		return none, errors.New("no podSelector, namespaceSelector or ipBlock")
	}
	// Without a namespaceSelector, the pods are those of the policy's own namespace.
	namespaces, pods := local, relation.Selector{}
	var err error
	if p.NamespaceSelector != nil {
		if namespaces, err = x.of(p.NamespaceSelector); err != nil {
			return none, fmt.Errorf("namespaceSelector: %w", err)
		}
	}
	if p.PodSelector != nil {
		if pods, err = x.of(p.PodSelector); err != nil {
			return none, fmt.Errorf("podSelector: %w", err)
		}
	}
	return relation.PodPeer(namespaces, pods), nil
}

func blockOf(b *networkingv1.IPBlock) (relation.Peer, error) {
	whole, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return relation.Peer{}, fmt.Errorf("ipBlock: %w", err)
	}
	except := make([]relation.Addrs, len(b.Except))
	for i, e := range b.Except {
		x, err := netip.ParsePrefix(e)
		if err != nil {
			return relation.Peer{}, fmt.Errorf("ipBlock: except: %w", err)
		}
		except[i] = relation.Prefix(x)
	}
	return relation.AddrPeer(relation.Prefix(whole).Subtract(relation.UnionAddrs(except...))), nil
}

// portLists remembers what lists of ports mean, by the first of each, since many rules share them too.
type portLists map[*networkingv1.NetworkPolicyPort]portList

type portList struct {
	length int
	ports  relation.Ports
}

func (x portLists) of(list []networkingv1.NetworkPolicyPort) (relation.Ports, error) {
	if len(list) == 0 {
		return relation.EveryPort, nil // a rule without any speaks of all
	}
	if known := x[&list[0]]; known.length == len(list) {
		return known.ports, nil
	}
	made, err := portsOf(list)
	if err == nil {
		x[&list[0]] = portList{len(list), made}
	}
	return made, err
}

func portsOf(list []networkingv1.NetworkPolicyPort) (relation.Ports, error) {
	all := make([]relation.Ports, len(list))
	for i := range list {
		ports, err := portOf(&list[i])
		if err != nil {
			return relation.Ports{}, fmt.Errorf("port %d: %w", i+1, err)
		}
		all[i] = ports
	}
	return relation.UnionPorts(all...), nil
}

var protocols = map[corev1.Protocol]relation.Protocol{
	corev1.ProtocolTCP: relation.TCP, corev1.ProtocolUDP: relation.UDP, corev1.ProtocolSCTP: relation.SCTP,
}

func portOf(p *networkingv1.NetworkPolicyPort) (relation.Ports, error) {
	protocol := relation.TCP
	if p.Protocol != nil {
		var ok bool
		if protocol, ok = protocols[*p.Protocol]; !ok {
			return relation.Ports{}, fmt.Errorf("unknown protocol %q", *p.Protocol)
		}
	}
	if p.Port == nil {
		if p.EndPort != nil {
			return relation.Ports{}, errors.New("endPort without port")
		}
		return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: relation.MinPort, High: relation.MaxPort}), nil
	}
	if p.Port.Type == intstr.String {
		if p.EndPort != nil {
			return relation.Ports{}, errors.New("endPort with a named port")
		}
		return relation.Named(relation.NamedPort{Name: p.Port.StrVal, Protocol: protocol}), nil
	}
	low := int(p.Port.IntVal)
	high := low
	if p.EndPort != nil {
		high = int(*p.EndPort)
	}
	if low < relation.MinPort || high > relation.MaxPort || high < low {
		return relation.Ports{}, fmt.Errorf("ports %d to %d", low, high)
	}
	return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: low, High: high}), nil
}
