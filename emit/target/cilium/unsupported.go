package cilium

import (
	"slices"

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
	used := map[*topology.Tier]bool{}
	for _, e := range l.topology.Edges {
		if len(e.To.Hosts()) > 0 && !l.resolves.Sources[e.From] {
			list.Add(l.unresolved(e))
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
