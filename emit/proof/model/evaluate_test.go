package model

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// party is a concrete end of a connection: a pod, or an address outside the cluster.
type party struct {
	addr netip.Addr // valid for an address only
	host string     // the DNS name by which a connection finds the address, if any
	// at is the address of a pod in the reading in which an address block matches pods, which
	// the API leaves open; not valid in the other reading.
	at netip.Addr
	// supposed is set where the program does not state that pods have such addresses.
	supposed bool

	space       string
	spaceLabels map[string]string
	labels      map[string]string
	// ports are the numbers of the pod's named ports, by "name/protocol",
	// the protocol in lower case.
	ports map[string]int
}

func (p *party) isPod() bool { return !p.addr.IsValid() }

// inBlock reports whether the party's address, if it counts, is in a block.
func (p *party) inBlock(has func(netip.Addr) bool) bool {
	return p.addr.IsValid() && has(p.addr) || p.at.IsValid() && has(p.at)
}

func (p *party) String() string {
	if !p.isPod() {
		return p.addr.String() + " " + p.host
	}
	// fmt writes maps in the order of their keys.
	return fmt.Sprintf("a pod in %s %v with %v, named ports %v", p.space, p.spaceLabels, p.labels, p.ports)
}

// port is a concrete port. The protocol is in lower case.
type port struct {
	protocol string
	number   int
}

func (p port) String() string { return fmt.Sprintf("%d/%s", p.number, p.protocol) }

// cluster decides what a set of NetworkPolicies permits. It follows the API documentation
// (networking.k8s.io/v1) word by word, and the tests compare the compiler with it. As in the
// language's reference, an ipBlock matches no pod, unless the pod has an address.
type cluster struct {
	policies []*networkingv1.NetworkPolicy
	as       enforcement
}

// enforcement is how a network plugin differs from the API documentation: no ipBlock matches some
// addresses, and rules count although policyTypes omits their direction.
type enforcement struct {
	unmatched    []addressBlock
	omittedTypes bool
}

// decode reads a stream of NetworkPolicies strictly.
func decode(stream []byte) (*cluster, error) {
	c := &cluster{}
	for i, document := range bytes.Split(append([]byte("\n"), stream...), []byte("\n---\n")) {
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		policy := &networkingv1.NetworkPolicy{}
		if err := yaml.UnmarshalStrict(document, policy); err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		if policy.APIVersion != "networking.k8s.io/v1" || policy.Kind != "NetworkPolicy" || policy.Name == "" || policy.Namespace == "" {
			return nil, fmt.Errorf("document %d is no NetworkPolicy with a name and namespace", i)
		}
		c.policies = append(c.policies, policy)
	}
	return c, nil
}

// permits reports whether s may open a connection to d: "both the egress
// policy on the source pod and the ingress policy on the destination pod need to allow the
// connection", and a pod can always reach itself.
func (c *cluster) permits(s, d *party, on port) bool {
	return s == d || c.link(s, d).permits(on)
}

// link is the rules that concern the connections of one pair of parties.
type link struct {
	to                              *party
	egressIsolated, ingressIsolated bool
	egress, ingress                 [][]networkingv1.NetworkPolicyPort // the ports of the rules whose peers match
}

// link selects the rules that concern a pair, to be asked about many ports.
func (c *cluster) link(s, d *party) link {
	l := link{to: d}
	for _, p := range c.policies {
		if selects(p, s) && c.as.isolates(p, networkingv1.PolicyTypeEgress) {
			l.egressIsolated = true
			for _, r := range p.Spec.Egress {
				if c.as.matchesAnyPeer(r.To, p.Namespace, d) {
					l.egress = append(l.egress, r.Ports)
				}
			}
		}
		if selects(p, d) && c.as.isolates(p, networkingv1.PolicyTypeIngress) {
			l.ingressIsolated = true
			for _, r := range p.Spec.Ingress {
				if c.as.matchesAnyPeer(r.From, p.Namespace, s) {
					l.ingress = append(l.ingress, r.Ports)
				}
			}
		}
	}
	return l
}

func (l link) permits(on port) bool {
	matches := func(ports []networkingv1.NetworkPolicyPort) bool { return matchesAnyPort(ports, l.to, on) }
	return (!l.egressIsolated || slices.ContainsFunc(l.egress, matches)) &&
		(!l.ingressIsolated || slices.ContainsFunc(l.ingress, matches))
}

// selects: a policy applies to the pods in its namespace that its podSelector
// matches; an empty selector matches all of them.
func selects(p *networkingv1.NetworkPolicy, on *party) bool {
	return on.isPod() && on.space == p.Namespace && matchesLabels(&p.Spec.PodSelector, on.labels)
}

func (as enforcement) isolates(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	rules := len(p.Spec.Ingress)
	if direction == networkingv1.PolicyTypeEgress {
		rules = len(p.Spec.Egress)
	}
	return isolates(p, direction) || as.omittedTypes && rules > 0
}

// isolates: without policyTypes a policy is for ingress always, and for
// egress where it has egress rules.
func isolates(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	if len(p.Spec.PolicyTypes) > 0 {
		return slices.Contains(p.Spec.PolicyTypes, direction)
	}
	return direction == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
}

// matchesAnyPeer: "If this field is empty or missing, this rule matches all
// sources" (or destinations).
func (as enforcement) matchesAnyPeer(peers []networkingv1.NetworkPolicyPeer, policySpace string, other *party) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(p networkingv1.NetworkPolicyPeer) bool {
		return as.matchesPeer(p, policySpace, other)
	})
}

func (as enforcement) matchesPeer(p networkingv1.NetworkPolicyPeer, policySpace string, other *party) bool {
	if p.IPBlock != nil {
		return other.inBlock(func(a netip.Addr) bool { return matchesBlock(p.IPBlock, a) && !anyHas(as.unmatched, a) })
	}
	if !other.isPod() || p.PodSelector == nil && p.NamespaceSelector == nil {
		return false
	}
	// "If NamespaceSelector is also set, ... the Pods matching PodSelector in the
	// Namespaces selected by NamespaceSelector. Otherwise ... in the policy's own namespace."
	if p.NamespaceSelector == nil && other.space != policySpace {
		return false
	}
	if p.NamespaceSelector != nil && !matchesLabels(p.NamespaceSelector, other.spaceLabels) {
		return false
	}
	return p.PodSelector == nil || matchesLabels(p.PodSelector, other.labels)
}

func matchesBlock(b *networkingv1.IPBlock, addr netip.Addr) bool {
	inside := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(addr) }
	return inside(b.CIDR) && !slices.ContainsFunc(b.Except, inside)
}

// matchesLabels: all of matchLabels and matchExpressions must hold; the
// empty selector matches everything. NotIn matches where the key is absent.
func matchesLabels(s *metav1.LabelSelector, labels map[string]string) bool {
	for key, value := range s.MatchLabels {
		if has, ok := labels[key]; !ok || has != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		value, present := labels[e.Key]
		listed := slices.Contains(e.Values, value)
		var holds bool
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			holds = present && listed
		case metav1.LabelSelectorOpNotIn:
			holds = !present || !listed
		case metav1.LabelSelectorOpExists:
			holds = present
		case metav1.LabelSelectorOpDoesNotExist:
			holds = !present
		default:
			panic("unknown operator " + e.Operator)
		}
		if !holds {
			return false
		}
	}
	return true
}

// matchesAnyPort: "If this field is empty or missing, this rule matches all ports".
func matchesAnyPort(ports []networkingv1.NetworkPolicyPort, to *party, on port) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		return matchesPort(p, to, on)
	})
}

// matchesPort: the protocol is TCP unless given; without a port all ports of it
// match; endPort makes a range; a name is that of a port of the destination pod.
func matchesPort(p networkingv1.NetworkPolicyPort, to *party, on port) bool {
	protocol := corev1.ProtocolTCP
	if p.Protocol != nil {
		protocol = *p.Protocol
	}
	if !sameProtocol(protocol, on.protocol) {
		return false
	}
	switch {
	case p.Port == nil:
		return true
	case p.Port.Type == intstr.String:
		number, ok := to.ports[p.Port.StrVal+"/"+on.protocol]
		return ok && number == on.number
	case p.EndPort != nil:
		return int(p.Port.IntVal) <= on.number && on.number <= int(*p.EndPort)
	}
	return int(p.Port.IntVal) == on.number
}

func sameProtocol(api corev1.Protocol, protocol string) bool {
	switch api {
	case corev1.ProtocolTCP:
		return protocol == "tcp"
	case corev1.ProtocolUDP:
		return protocol == "udp"
	case corev1.ProtocolSCTP:
		return protocol == "sctp"
	}
	panic("unknown protocol " + api)
}
