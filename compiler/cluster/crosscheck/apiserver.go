package crosscheck

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// addresses compares the stated addresses of pods and nodes with those of the Node objects.
func (e *evidence) addresses() {
	compare := func(stated []topology.Block, found []netip.Prefix, what string, severity diag.Severity) {
		var missing []string
		for _, p := range found {
			if len(stated) > 0 && !relation.Prefix(p).Subset(topology.AddrsOf(stated)) {
				missing = append(missing, p.String())
			}
		}
		if len(missing) == 0 {
			return
		}
		d := diag.New(diag.AddressesNotStated, stated[0].Span, "nodes of the manifests have the addresses %s %s, which `network` does not state", what, few(missing)).
			WithHelp("add them: `%s %s`", what, strings.Join(missing[:min(4, len(missing))], ", "))
		d.Severity = severity
		e.diags.Add(d)
	}
	network := e.topology.Network
	compare(network.Pods, e.inventory.Evidence.Pods, "pods", diag.Warning)
	compare(network.Nodes, e.inventory.Nodes, "nodes", diag.Note) // it may state only those of the API server
}

// apiServer compares the stated addresses of the API server with the EndpointSlices of the Service
// kubernetes: a wrong address cuts the API server off, or lets something else in.
func (e *evidence) apiServer() {
	stated, found := e.topology.Network.APIServer, e.inventory.APIServers
	if stated == nil || len(found) == 0 {
		return
	}
	at := stated.Blocks[0].Span
	var addrs []netip.Addr
	for _, s := range found {
		for _, a := range s.Addrs {
			addrs = append(addrs, a)
			if !stated.Addrs.Has(a) {
				e.diags.Add(diag.New(diag.APIServerNotStated, at, "the API server has the address %s, which `network` does not state", a).
					WithRelated(s.Span, "%s", s.Object).
					WithHelp("add it: `apiserver %s`", netip.PrefixFrom(a, a.BitLen())))
			}
		}
		for _, p := range s.Ports {
			if port := relation.RangeOf(p); len(stated.Stated) > 0 && !port.Subset(stated.Open) {
				e.diags.Add(diag.New(diag.APIServerNotStated, at, "the API server listens on %s, which `network` does not state", port).
					WithRelated(s.Span, "%s", s.Object).
					WithHelp("add the port after the addresses: `:%s`", port))
			}
		}
	}
	for _, b := range stated.Blocks {
		// The Service has addresses of one family, and the API server may have others.
		compared := slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.BitLen() == b.Prefix.Addr().BitLen() })
		if compared && !slices.ContainsFunc(addrs, b.Has) {
			e.diags.Add(diag.New(diag.APIServerElsewhere, b.Span, "%s has no address of the API server", b.Short()).
				WithRelated(found[0].Span, "%s", found[0].Object).
				WithHelp("remove it, unless another cluster of this program has it"))
		}
	}
}
