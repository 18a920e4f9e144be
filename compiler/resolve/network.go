package resolve

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// network is the program's network statements while they are being gathered.
type network struct {
	topology.Network
	nodes []topology.Block // the blocks of nodes, each where it is written
}

func (r *resolver) declareNetwork(s *ast.Network) {
	for _, item := range s.Items {
		for _, w := range item.CIDRs {
			p, ok := r.prefix(w)
			if !ok {
				continue
			}
			switch item.Kind.Text {
			case "pods":
				r.network.Pods = append(r.network.Pods, p)
			case "services":
				r.network.Services = append(r.network.Services, p)
			case "nodes":
				r.network.Nodes = append(r.network.Nodes, p)
				r.network.nodes = append(r.network.nodes, topology.Block{Prefix: p, Span: w.At})
			}
		}
	}
}

func (r *resolver) settleNetwork() {
	for _, list := range []*[]netip.Prefix{&r.network.Pods, &r.network.Services, &r.network.Nodes} {
		*list = outermost(*list)
	}
	pods := make([]relation.Addrs, len(r.network.Pods))
	for i, p := range r.network.Pods {
		pods[i] = relation.Prefix(p)
	}
	r.endpoints.pods = relation.UnionAddrs(pods...)
	r.endpoints.internet = Internet(r.network.Network)
	if len(r.network.Nodes) > 0 {
		var blocks []topology.Block
		for _, p := range r.network.Nodes {
			blocks = append(blocks, topology.Block{Prefix: p})
		}
		r.endpoints.nodes = addresses("nodes", blocks)
		r.endpoints.nodes.MayBePods = r.endpoints.nodes.Addrs.Overlaps(r.endpoints.pods)
	}
	for _, nodes := range r.network.nodes {
		for _, pods := range r.network.Pods {
			if nodes.Prefix.Overlaps(pods) {
				r.report(diag.New(diag.CoversPods, nodes.Span, "the nodes' block %s covers addresses of pods (%s)", nodes.Prefix, pods).
					WithHelp("whether an address block matches pods is left to the network plugin; write the blocks of the nodes alone"))
			}
		}
	}
}

// notPublic is the private (RFC 1918, RFC 4193), shared (RFC 6598),
// link-local (RFC 3927, RFC 4291) and loopback (RFC 1122, RFC 4291) ranges.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// Internet returns every public address: both families whole, less what is
// not public and what a program says the cluster has for itself.
func Internet(n topology.Network) *topology.Endpoint {
	except := outermost(slices.Concat(notPublic, n.Pods, n.Services, n.Nodes))
	var blocks []topology.Block
	for _, whole := range []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")} {
		b := topology.Block{Prefix: whole}
		swallowed := false
		for _, x := range except {
			if x.Addr().BitLen() == whole.Addr().BitLen() {
				b.Except = append(b.Except, x)
				swallowed = swallowed || x == whole
			}
		}
		if !swallowed {
			blocks = append(blocks, b)
		}
	}
	return addresses("internet", blocks)
}
