package check

import (
	"net/netip"
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
		udp, tcp := ports[resolver].Has(relation.UDP), ports[resolver].Has(relation.TCP)
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
		c.report(diag.New(diag.HalfResolved, at, "resolver %s is reachable over %s only", resolver, only).
			WithHelp("DNS needs UDP and TCP: add the port with /%s", missing))
	}
}

// serviceRange is where most clusters have the addresses of their Services, unless told otherwise.
var serviceRange = netip.MustParsePrefix("10.96.0.0/12")

// serviceResolvers reports a resolver's address that is probably a Service's, where no resolver is a
// tier: most plugins apply policies to the pods behind it, which no edge then names.
func (c *checker) serviceResolvers() {
	if slices.ContainsFunc(c.Resolvers, func(e *topology.Endpoint) bool { return e.Kind != topology.Addresses }) {
		return
	}
	for _, e := range c.Resolvers {
		for _, b := range e.Blocks {
			if c.ofService(b.Prefix) {
				c.report(diag.New(diag.ServiceResolver, b.Span, "%s looks like a Service's address", b.Prefix).
					WithHelp("policies see its pods: write `dns NAMESPACE/TIER`, unless nodes answer there"))
			}
		}
	}
}

// ofService reports whether a single address is one that the program states for Services or, where it
// states none, the usual one of the resolvers' Service: the tenth.
func (c *checker) ofService(p netip.Prefix) bool {
	stated := func(s topology.Block) bool { return s.Addrs().Overlaps(relation.Prefix(p)) }
	switch {
	case !p.IsSingleIP():
		return false
	case len(c.Network.Services) > 0:
		return slices.ContainsFunc(c.Network.Services, stated)
	}
	a := p.Addr().AsSlice()
	return serviceRange.Contains(p.Addr()) && a[2] == 0 && a[3] == 10
}
