package resolve

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

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
	sources, because := r.openers()
	for _, s := range statements {
		var written source.Span
		if s.Ports != nil {
			written = s.Ports.At
		}
		resolvers := r.withoutHosts(r.parties(nil, s.Resolvers, context{}), "to find it, a pod needs a resolver")
		r.checkPorts(s.Ports, resolvers)
		if s.Ports != nil {
			resolvers = r.listening(s.Ports, resolvers, false)
		}
		for _, resolver := range resolvers {
			r.resolvers = append(r.resolvers, resolver.Endpoint)
			ports := resolver.Ports
			switch {
			case s.Ports != nil:
			case len(resolver.Listens()) > 0:
				ports = resolver.Open
			default:
				ports = dnsPorts
			}
			if ports.IsEmpty() {
				continue
			}
			for _, from := range sources {
				// A limit is reported where the program opens the connection: the prelude is not its text.
				if !r.admitEdge(from, resolver.Endpoint, ports, because[from][0].Span) {
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

// opens reports whether an edge lets pods of its source, which is a tier or ns/*, open connections.
func opens(e *topology.Edge) bool {
	return (e.From.Namespace != nil || e.From.Tier != nil) && e.Opens(relation.Egress)
}

// openers lists the tiers and ns/* that open connections, and for each the edges that say so.
func (r *resolver) openers() (sources []*topology.Endpoint, because map[*topology.Endpoint][]*topology.Edge) {
	count := map[*topology.Endpoint]int{}
	for _, e := range r.edges {
		if opens(e) {
			if count[e.From] == 0 {
				sources = append(sources, e.From)
			}
			count[e.From]++
		}
	}
	because = make(map[*topology.Endpoint][]*topology.Edge, len(sources))
	for _, s := range sources {
		because[s] = make([]*topology.Edge, 0, count[s])
	}
	for _, e := range r.edges {
		if opens(e) {
			because[e.From] = append(because[e.From], e)
		}
	}
	return sources, because
}

// checkOff reports a `dns off` where another statement names resolvers.
func (r *resolver) checkOff(statements []*ast.DNS) {
	on := slices.IndexFunc(statements, func(s *ast.DNS) bool { return !s.Off })
	for _, s := range statements {
		if s.Off && on >= 0 {
			r.report(diag.New(diag.DNSDisagree, s.At, "`dns off` conflicts with another `dns` statement").
				WithRelated(statements[on].At, "resolvers are declared here").
				WithHelp("remove one of the two"))
		}
	}
}
