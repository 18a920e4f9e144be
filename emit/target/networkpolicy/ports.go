package networkpolicy

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
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

// normal replaces ranges that together are all ports of a protocol by one range: only then does
// the API's form of them include the named ports.
func normal(p relation.Ports) relation.Ports {
	for _, all := range whole {
		if all.Subset(p) {
			p = p.Union(all)
		}
	}
	return p
}

// portList returns the list of ports for a set that is not empty. Equal sets have the same list.
func (l *lowering) portList(p relation.Ports) policyset.PortsID {
	p = normal(p)
	key := l.universe.Ports.Intern(p)
	id, known := l.ports[key]
	if !known {
		id = l.set.Ports(policyPorts(p)...)
		l.ports[key] = id
	}
	return id
}

// policyPorts writes a set that is normal and not empty. No entry means every port of every
// protocol, and an entry without a port every port of its protocol.
func policyPorts(p relation.Ports) []policyset.Port {
	if p.IsEvery() {
		return nil
	}
	var out []policyset.Port
	for _, r := range p.Ranges() {
		port := policyset.Port{Protocol: policyset.Some(string(protocols[r.Protocol]))}
		if r.Low > relation.MinPort || r.High < relation.MaxPort {
			port.Port = policyset.Some(policyset.PortValue{Number: int32(r.Low)})
			if r.High > r.Low {
				port.EndPort = policyset.Some(int32(r.High))
			}
		}
		out = append(out, port)
	}
	for _, n := range p.NamedPorts() {
		out = append(out, policyset.Port{
			Protocol: policyset.Some(string(protocols[n.Protocol])),
			Port:     policyset.Some(policyset.PortValue{Named: true, Name: n.Name}),
		})
	}
	return out
}
