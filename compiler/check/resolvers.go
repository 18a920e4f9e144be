package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// resolvers warns of resolvers that may be reached over UDP or TCP alone: names
// whose answers are long, or all of them, are not resolved then.
func (c *checker) resolvers() {
	var order []*topology.Endpoint
	ways := map[*topology.Endpoint]*topology.Edge{}
	ports := map[*topology.Endpoint]relation.Ports{}
	for _, e := range c.Edges {
		if !e.Implicit {
			continue
		}
		if ways[e.To] == nil {
			ways[e.To] = e
			order = append(order, e.To)
		}
		if !e.Ports.Subset(ports[e.To]) {
			ports[e.To] = ports[e.To].Union(e.Ports)
		}
	}
	for _, resolver := range order {
		udp, tcp := serves(ports[resolver], relation.UDP), serves(ports[resolver], relation.TCP)
		if udp == tcp {
			continue
		}
		only, missing := relation.TCP, relation.UDP
		if udp {
			only, missing = missing, only
		}
		at := ways[resolver].ToSpan
		if list := resolver.Listens(); len(list) > 0 && ways[resolver].PortsSpan.IsZero() {
			at = list[0].Span
		}
		c.report(diag.New(diag.HalfResolved, at, "names are resolved at %s over %s only", resolver, only).
			WithHelp("DNS needs both: add the port with /%s", missing))
	}
}

// serves reports whether ports have one of a protocol.
func serves(p relation.Ports, protocol relation.Protocol) bool {
	return slices.ContainsFunc(p.Ranges(), func(r relation.PortRange) bool { return r.Protocol == protocol }) ||
		slices.ContainsFunc(p.NamedPorts(), func(n relation.NamedPort) bool { return n.Protocol == protocol })
}
