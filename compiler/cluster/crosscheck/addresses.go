package crosscheck

import (
	"net/netip"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// serviceAddresses reports edges to the address of a Service. Policies see packets after a Service has
// replaced its address by that of a pod.
func (e *evidence) serviceAddresses() {
	if seen, _ := e.topology.Network.Plugin.Answer(topology.BlocksMatchServices); seen {
		return
	}
	at := map[netip.Addr]*inventory.Service{}
	for i := range e.inventory.Services {
		for _, a := range e.inventory.Services[i].Addrs {
			at[a] = &e.inventory.Services[i]
		}
	}
	reported := map[source.Span]bool{}
	services := topology.AddrsOf(e.topology.Network.Services)
	for _, edge := range e.topology.Edges {
		if edge.To.Kind != topology.Addresses || !edge.Opens(relation.Egress) {
			continue
		}
		for _, b := range edge.To.Blocks {
			s := at[b.Prefix.Addr()]
			if b.Prefix.Bits() != b.Prefix.Addr().BitLen() {
				s = nil
			}
			if reported[b.Span] || s == nil && (b.Span.IsZero() || !b.Addrs().Subset(services)) {
				continue
			}
			if s == nil {
				reported[b.Span] = true
				e.diags.Add(diag.New(diag.ServiceAddress, b.Span, "%s is of Services, and no policy sees their addresses", b.Short()).
					WithHelp("write the pods behind it; `kubectl get services -A` shows the Service"))
				continue
			}
			reported[b.Span] = true
			d := diag.New(diag.ServiceAddress, b.Span, "%s is the address of %s, which no policy sees", b.Prefix.Addr(), s.Object).
				WithRelated(s.Span, "%s", s.Object)
			e.diags.Add(d.WithHelp("%s", e.instead(s)))
			for _, w := range e.index.Behind(s) {
				e.tell(w, e.index.Ports(w))
			}
		}
	}
}

// instead says what to write instead of the address of a Service.
func (e *evidence) instead(s *inventory.Service) string {
	if s.Namespace == "default" && s.Name == "kubernetes" {
		return "write `apiserver`, and state its addresses with `network`"
	}
	for _, w := range e.index.Behind(s) {
		party, _ := e.written(w)
		for _, p := range s.Ports {
			if to, ok := wiring.Target(p, w); ok {
				return "write the pods behind it: `" + party + " :" + portList([]inventory.Port{to}) + "`"
			}
		}
	}
	return "write the pods behind it, or their addresses"
}
