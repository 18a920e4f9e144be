package networkpolicy

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/target/layout"
)

// protocols is how the API writes each protocol.
var protocols = map[relation.Protocol]corev1.Protocol{
	relation.TCP:  corev1.ProtocolTCP,
	relation.UDP:  corev1.ProtocolUDP,
	relation.SCTP: corev1.ProtocolSCTP,
}

// Ports implements layout.Namer.
func (l *lowering) Ports(p relation.Ports) layout.PortsID {
	key := l.universe.Ports.Intern(p)
	id, known := l.ports[key]
	if !known {
		id = l.set.Ports(policyPorts(p)...)
		l.ports[key] = id
	}
	return layout.PortsID(id)
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
