package cilium

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target/names"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// unsupported reports what policies of Cilium cannot express.
func (l *lowering) unsupported() diag.List {
	var list diag.List
	reported := map[*topology.Endpoint]bool{}
	named := map[source.Span]bool{}
	used := map[*topology.Tier]bool{}
	for _, e := range l.topology.Edges {
		if len(e.To.Hosts()) > 0 && !l.resolves.Sources[e.From] {
			list.Add(l.unresolved(e))
		}
		for _, h := range e.To.Hosts() {
			if d, ok := inside(h); ok && !named[h.Span] {
				named[h.Span] = true
				list.Add(d)
			}
		}
		for _, end := range []struct {
			*topology.Endpoint
			at source.Span
		}{{e.From, e.FromSpan}, {e.To, e.ToSpan}} {
			used[end.Tier] = true
			if l.hasSomeNodes(end.Endpoint) && !reported[end.Endpoint] {
				reported[end.Endpoint] = true
				list.Add(diag.New(diag.CiliumUnsupported, end.at, "%s covers the addresses of some nodes, and Cilium matches all nodes or none", end.Endpoint).
					WithHelp("use `nodes` for all nodes, and leave their addresses out here with except"))
			}
		}
	}
	tiers := slices.Clone(l.topology.Tiers)
	for _, n := range l.topology.Namespaces {
		tiers = append(tiers, n.Tiers...)
	}
	for _, t := range tiers {
		if key := unidentified(t.Selector); key != "" && (used[t] || t.Namespace != nil && t.Namespace.Enforced()) {
			list.Add(diag.New(diag.CiliumUnsupported, t.Span, "%s selects by the label %s, which Cilium ignores", t, key).
				WithHelp("select the pods by another label"))
		}
	}
	return list
}

// inside reports a name whose addresses Cilium takes for none: it matches a name's addresses outside the cluster only.
func inside(h topology.Host) (diag.Diagnostic, bool) {
	switch {
	case ciliumpolicy.NamesCluster(h.Name):
		return diag.New(diag.CiliumUnsupported, h.Span, "%s is a name of the cluster, and Cilium's rules for DNS names match no pods", h.Name).
			WithHelp("write an edge to the pods themselves"), true
	case !strings.Contains(h.Name, "."):
		return diag.New(diag.CiliumUnsupported, h.Span, "%s is a name without a domain: it resolves to the pod itself, or inside the cluster", h.Name).
			WithHelp("write the whole name, such as %s.example.com, or an edge to the pods", h.Name), true
	}
	return diag.Diagnostic{}, false
}

// unresolved reports an edge to a host name whose source resolves no names.
func (l *lowering) unresolved(e *topology.Edge) diag.Diagnostic {
	return names.Unresolved(l.topology, e, diag.New(diag.CiliumUnsupported, e.ToSpan,
		"%s may not resolve names, so Cilium never learns the addresses of %s", e.From, e.To.Hosts()[0].Name))
}

// hasSomeNodes reports whether addresses have those of some nodes, and not of all.
func (l *lowering) hasSomeNodes(e *topology.Endpoint) bool {
	return e.Kind == topology.Addresses && e != l.topology.Network.APIServer && e.Addrs.Overlaps(l.nodes) && !l.nodes.Subset(e.Addrs)
}

// unidentified returns a label of a selector that Cilium ignores; "" if it ignores none.
func unidentified(s relation.Selector) string {
	for _, k := range s.Keys() {
		if ciliumpolicy.Unidentified(k.Key) {
			return k.Key
		}
	}
	return ""
}
