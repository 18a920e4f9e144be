package cilium

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// dropsSCTP warns of ports of SCTP: Cilium drops these packets unless it is set not to.
func (l *lowering) dropsSCTP() (list diag.List) {
	plugin := l.topology.Network.Plugin
	if passes, known := plugin.Answer(topology.PassesSCTP); known && passes {
		return nil
	}
	for _, e := range l.topology.Edges {
		ranges, names := e.Ports.Ranges(), e.Ports.NamedPorts()
		if e.Ports.IsEvery() || !slices.ContainsFunc(ranges, func(r relation.PortRange) bool { return r.Protocol == relation.SCTP }) &&
			!slices.ContainsFunc(names, func(p relation.NamedPort) bool { return p.Protocol == relation.SCTP }) {
			continue
		}
		at := e.PortsSpan
		if at.IsZero() {
			at = e.Span
		}
		list.Add(diag.New(diag.CiliumDropsSCTP, at, "these ports are SCTP, which Cilium drops unless enable-sctp=true is set").
			WithHelp("set it in Cilium, and write `network { plugin cilium with enable-sctp=true }`"))
	}
	return list
}
