package evaluate

import (
	"errors"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// translation turns the peers and ports of a set of policies into those of a relation, each once.
type translation struct {
	policies *policyset.Set
	facts    *relation.Facts
	peers    map[peerIn]relation.PeerID
	ports    map[policyset.PortsID]relation.PortsID
}

// peerIn is a peer in a policy of a namespace.
type peerIn struct {
	id        policyset.PeerID
	namespace string
}

func newTranslation(policies *policyset.Set, facts *relation.Facts) *translation {
	return &translation{policies, facts, make(map[peerIn]relation.PeerID, policies.Peers()), make(map[policyset.PortsID]relation.PortsID, policies.PortLists())}
}

// peerOf returns a peer of a policy in a namespace.
func (x *translation) peerOf(id policyset.PeerID, namespace string) (relation.PeerID, error) {
	at := peerIn{id, namespace}
	if known, ok := x.peers[at]; ok {
		return known, nil
	}
	p, err := peer(x.policies.Peer(id), namespace, x.facts.Unmatched)
	if err != nil {
		return 0, err
	}
	x.peers[at] = x.facts.Peers.Intern(p)
	return x.peers[at], nil
}

// portsOf returns a list of ports.
func (x *translation) portsOf(id policyset.PortsID) (relation.PortsID, error) {
	if known, ok := x.ports[id]; ok {
		return known, nil
	}
	p, err := ports(x.policies.Ports(id))
	if err != nil {
		return 0, err
	}
	x.ports[id] = x.facts.Ports.Intern(p)
	return x.ports[id], nil
}

// selector returns the label maps that a label selector matches. All of its requirements must
// hold; without any it matches everything.
func selector(s policyset.Selector) (relation.Selector, error) {
	keys := make([]relation.Requirement, 0, s.Labels.Len()+s.Expressions.Len())
	for _, l := range s.Labels.All() {
		keys = append(keys, relation.Requirement{Key: l.Key, Values: relation.In(l.Value)})
	}
	for _, e := range s.Expressions.All() {
		k := relation.Requirement{Key: e.Key}
		operator, values := metav1.LabelSelectorOperator(e.Operator), e.Values.Append(nil)
		valued := operator == metav1.LabelSelectorOpIn || operator == metav1.LabelSelectorOpNotIn
		if valued != (len(values) > 0) {
			return relation.Selector{}, fmt.Errorf("operator %s with %d values for key %s", operator, len(values), e.Key)
		}
		switch operator {
		case metav1.LabelSelectorOpIn:
			k.Values = relation.In(values...)
		case metav1.LabelSelectorOpNotIn:
			k.Values = relation.NotIn(values...)
		case metav1.LabelSelectorOpExists:
			k.Values = relation.Exists()
		case metav1.LabelSelectorOpDoesNotExist:
			k.Values = relation.NotExists()
		default:
			return relation.Selector{}, fmt.Errorf("unknown operator %q", operator)
		}
		keys = append(keys, k)
	}
	return relation.Select(keys...), nil
}

// peer returns a peer of a rule of a policy in a namespace.
func peer(p policyset.Peer, namespace string, unmatched relation.Addrs) (relation.Peer, error) {
	var none relation.Peer
	switch selectors := p.Namespaces.Present || p.Pods.Present; {
	case p.Block.Present && selectors:
		return none, errors.New("both an ipBlock and a selector")
	case p.Block.Present:
		return block(p.Block.Value, unmatched)
	case !selectors:
		return none, errors.New("no podSelector, namespaceSelector or ipBlock")
	}
	namespaces, err := selector(p.Namespaces.Value)
	if err != nil {
		return none, fmt.Errorf("namespaceSelector: %w", err)
	}
	if !p.Namespaces.Present { // the pods are in the policy's own namespace
		namespaces = relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.In(namespace)})
	}
	pods, err := selector(p.Pods.Value)
	if err != nil {
		return none, fmt.Errorf("podSelector: %w", err)
	}
	return relation.PodPeer(namespaces, pods), nil
}

func block(b policyset.Block, unmatched relation.Addrs) (relation.Peer, error) {
	whole, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return nil, fmt.Errorf("ipBlock: %w", err)
	}
	except := make([]relation.Addrs, b.Except.Len())
	for i, e := range b.Except.All() {
		x, err := netip.ParsePrefix(e)
		if err != nil {
			return nil, fmt.Errorf("ipBlock: except: %w", err)
		}
		except[i] = relation.Prefix(x)
	}
	return relation.AddrPeer(relation.Prefix(whole).Subtract(relation.UnionAddrs(append(except, unmatched)...))), nil
}

func ports(list policyset.List[policyset.Port]) (relation.Ports, error) {
	if list.Len() == 0 {
		return relation.EveryPort, nil // a rule without ports permits all
	}
	all := make([]relation.Ports, list.Len())
	for i, p := range list.All() {
		ports, err := port(p)
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

func port(p policyset.Port) (relation.Ports, error) {
	protocol := relation.TCP
	if p.Protocol.Present {
		var ok bool
		if protocol, ok = protocols[corev1.Protocol(p.Protocol.Value)]; !ok {
			return relation.Ports{}, fmt.Errorf("unknown protocol %q", p.Protocol.Value)
		}
	}
	low, high := relation.MinPort, relation.MaxPort
	switch {
	case !p.Port.Present && p.EndPort.Present:
		return relation.Ports{}, errors.New("endPort without port")
	case p.Port.Value.Named && p.EndPort.Present:
		return relation.Ports{}, errors.New("endPort with a named port")
	case p.Port.Value.Named:
		return relation.Named(relation.NamedPort{Name: p.Port.Value.Name, Protocol: protocol}), nil
	case p.Port.Present:
		low, high = int(p.Port.Value.Number), int(p.Port.Value.Number)
		if p.EndPort.Present {
			high = int(p.EndPort.Value)
		}
	}
	if low < relation.MinPort || high > relation.MaxPort || high < low {
		return relation.Ports{}, fmt.Errorf("ports %d to %d", low, high)
	}
	return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: low, High: high}), nil
}
