package resolve

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// dnsStatement is a dns statement, of the program or of the prelude.
type dnsStatement struct {
	*ast.DNS
	prelude bool
}

// dnsPorts is where a resolver listens that does not say otherwise.
var dnsPorts = relation.RangeOf(relation.PortRange{Protocol: relation.UDP, Low: 53, High: 53}).
	Union(relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 53, High: 53}))

// resolveDNS adds the implicit edges: from every tier and ns/* that opens
// connections to every resolver.
func (r *resolver) resolveDNS() {
	statements := r.dns
	if len(statements) > 1 {
		statements = statements[:len(statements)-1] // the prelude's is last, and yields
	}
	r.checkOff(statements)
	var sources []*topology.Endpoint
	because := map[*topology.Endpoint][]*topology.Edge{}
	for _, e := range r.edges {
		if e.From.Kind != topology.TierPods && e.From.Kind != topology.NamespacePods {
			continue
		}
		if because[e.From] == nil {
			sources = append(sources, e.From)
		}
		because[e.From] = append(because[e.From], e)
	}
	for _, s := range statements {
		r.checkPorts(s.Ports)
		var written source.Span
		if s.Ports != nil {
			written = s.Ports.At
		}
		for _, resolver := range r.parties(s.Resolvers, context{}) {
			r.resolvers = append(r.resolvers, resolver.Endpoint)
			ports := dnsPorts
			if s.Ports != nil || len(resolver.Listens()) > 0 {
				ports = r.destinationPorts(s.Ports, resolver.Endpoint)
			}
			if ports.IsEmpty() {
				continue
			}
			for _, from := range sources {
				if !r.takeEdge(from, resolver.Endpoint, ports, s.At) {
					return
				}
				r.edges = append(r.edges, &topology.Edge{
					From: from, To: resolver.Endpoint, Ports: ports,
					Implicit: true, Because: because[from],
					Span: s.At, FromSpan: s.At, ToSpan: resolver.Span, PortsSpan: written,
				})
			}
		}
	}
}

// checkOff reports a `dns off` where another statement names resolvers.
func (r *resolver) checkOff(statements []dnsStatement) {
	for _, off := range statements {
		if !off.Off {
			continue
		}
		for _, other := range statements {
			if !other.Off {
				r.report(diag.New(diag.DNSDisagree, off.At, "names are not to be resolved, but another statement says where").
					WithRelated(other.At, "resolvers are declared here").
					WithHelp("remove one of the two"))
				break
			}
		}
	}
}
