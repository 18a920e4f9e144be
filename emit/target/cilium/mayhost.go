package cilium

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// mayBeNodes warns of blocks that may have addresses of nodes of which the program does not say so: no
// block of Cilium matches a node.
func (l *lowering) mayBeNodes() diag.List {
	var list diag.List
	reported := map[*topology.Endpoint]bool{}
	for _, e := range l.topology.Edges {
		for _, end := range []struct {
			*topology.Endpoint
			at source.Span
		}{{e.From, e.FromSpan}, {e.To, e.ToSpan}} {
			if end.Kind != topology.Addresses || end.Endpoint == l.topology.Network.APIServer || reported[end.Endpoint] {
				continue
			}
			reported[end.Endpoint] = true
			for _, b := range end.Blocks {
				if b.Span.IsZero() {
					continue
				}
				at := end.at
				if end.External != nil {
					at = b.Span
				}
				switch {
				case e.Implicit && end.Endpoint == e.To && l.maybeCache(b):
					list.Add(diag.New(diag.MayCoverNodes, b.Span, "%s may be a DNS cache on the nodes, and Cilium matches no node by address", b.Short()).
						WithHelp("state the nodes with `network { nodes CIDR }`, and add `nodes` to `dns`; if a policy of Cilium redirects to the cache, name its tier instead"))
				case l.nodes.IsEmpty() && b.Addrs().Overlaps(relation.Private):
					list.Add(diag.New(diag.MayCoverNodes, at, "%s may cover nodes, and Cilium matches no node by address", b.Short()).
						WithHelp("state the nodes' addresses with `network { nodes CIDR }`"))
				}
			}
		}
	}
	return list
}

// The addresses of the link that a node-local cache of DNS listens on, and those of them that clouds answer on.
var (
	linkLocal  = relation.PrefixesAddrs([]netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10")})
	ofTheCloud = netip.MustParsePrefix("169.254.169.0/24")
)

// maybeCache reports whether a resolver's block may be a cache on the nodes, where the program does not
// permit the pods to reach nodes for names.
func (l *lowering) maybeCache(b topology.Block) bool {
	return b.Addrs().Subset(linkLocal) && !ofTheCloud.Overlaps(b.Prefix) && !b.Addrs().Overlaps(l.nodes) &&
		!slices.ContainsFunc(l.topology.Resolvers, func(r *topology.Endpoint) bool {
			return r.Kind == topology.Addresses && !l.nodes.IsEmpty() && l.nodes.Subset(r.Addrs)
		})
}
