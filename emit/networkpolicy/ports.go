package networkpolicy

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// protocols is how the API writes each protocol.
var protocols = map[relation.Protocol]corev1.Protocol{
	relation.TCP:  corev1.ProtocolTCP,
	relation.UDP:  corev1.ProtocolUDP,
	relation.SCTP: corev1.ProtocolSCTP,
}

// whole is every port of each protocol.
var whole = func() []relation.Ports {
	var out []relation.Ports
	for _, p := range []relation.Protocol{relation.TCP, relation.UDP, relation.SCTP} {
		out = append(out, relation.RangeOf(relation.PortRange{Protocol: p, Low: relation.MinPort, High: relation.MaxPort}))
	}
	return out
}()

// normal makes one range of ranges that are all ports of a protocol together:
// only as one does the API's form of them include the named ports.
func normal(p relation.Ports) relation.Ports {
	for _, all := range whole {
		if all.Subset(p) {
			p = p.Union(all)
		}
	}
	return p
}

// portList is a set of ports as the API writes it. There is one for each set.
type portList struct {
	list []networkingv1.NetworkPolicyPort

	// Of the object that is being made: how many peers with these ports have no rule yet, and the
	// rule that they have then.
	peers, rule int
}

// portList returns the list of a set that is normal and not empty.
func (l *lowering) portList(p relation.Ports) *portList {
	l.text = p.Append(l.text[:0])
	known := l.ports[string(l.text)]
	if known == nil {
		known = &portList{list: policyPorts(p)}
		l.ports[string(l.text)] = known
	}
	return known
}

// policyPorts writes a set that is normal and not empty. None means every
// port of every protocol, and an entry without a port every port of one.
func policyPorts(p relation.Ports) []networkingv1.NetworkPolicyPort {
	if p.IsEvery() {
		return nil
	}
	var out []networkingv1.NetworkPolicyPort
	for _, r := range p.Ranges() {
		protocol := protocols[r.Protocol]
		port := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		if r.Low > relation.MinPort || r.High < relation.MaxPort {
			low := intstr.FromInt32(int32(r.Low))
			port.Port = &low
			if r.High > r.Low {
				high := int32(r.High)
				port.EndPort = &high
			}
		}
		out = append(out, port)
	}
	for _, n := range p.NamedPorts() {
		protocol, name := protocols[n.Protocol], intstr.FromString(n.Name)
		out = append(out, networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: &name})
	}
	return out
}
