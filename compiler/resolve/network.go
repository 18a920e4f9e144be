package resolve

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// apiServer is what the program states of the API server.
type apiServer struct {
	blocks  []topology.Block // each where it is written
	listens []topology.Listen
	stated  bool
	broken  bool // something of it has an invalid value
}

func (r *resolver) declareNetwork(s *ast.Network) {
	lists := map[string]*[]topology.Block{
		"pods": &r.network.Pods, "services": &r.network.Services, "nodes": &r.network.Nodes, "apiserver": &r.apiServer.blocks,
	}
	for _, item := range s.Items {
		if item.Plugin != nil {
			r.declarePlugin(item)
			continue
		}
		if item.Kind.Text == "apiserver" {
			listens, ok := r.addressListens(item.Listens)
			r.apiServer.listens = append(r.apiServer.listens, listens...)
			r.apiServer.broken = r.apiServer.broken || !ok
			r.apiServer.stated = true
		}
		list := lists[item.Kind.Text]
		for _, a := range item.Addresses {
			b, ok := r.block(a)
			if ok {
				*list = append(*list, b)
			}
			r.apiServer.broken = r.apiServer.broken || !ok && item.Kind.Text == "apiserver"
		}
	}
}

func (r *resolver) settleNetwork() {
	r.network.Pods = outermostBlocks(r.network.Pods)
	r.network.Services = outermostBlocks(r.network.Services)
	if !r.network.Plugin.Never(topology.BlocksMatchPods) {
		r.pods = r.network.PodAddrs()
	}
	for _, x := range r.externals {
		x.Endpoint.MayBePods = x.Endpoint.Addrs.Overlaps(r.pods)
	}
	r.amongPods(r.network.Nodes, "node", "the nodes'")
	r.amongPods(r.apiServer.blocks, "apiserver", "the API server's")
	r.network.Nodes = outermostBlocks(r.network.Nodes)
	if r.apiServer.stated && !r.apiServer.broken {
		e := addresses("apiserver", outermostBlocks(r.apiServer.blocks))
		e.Stated, e.Open = r.apiServer.listens, open(r.apiServer.listens)
		e.MayBePods = e.Addrs.Overlaps(r.pods)
		r.network.APIServer = e
		r.builtin["apiserver"] = e
	}
	r.builtin["internet"] = Internet(r.network)
	if len(r.network.Nodes) > 0 {
		nodes := addresses("nodes", r.network.Nodes)
		nodes.MayBePods = nodes.Addrs.Overlaps(r.pods)
		r.builtin["nodes"] = nodes
	}
}

// amongPods warns of blocks with addresses of pods, where the program means something else.
func (r *resolver) amongPods(blocks []topology.Block, kind, whose string) {
	if r.pods.IsEmpty() {
		return // they do not match pods
	}
	for _, b := range blocks {
		for _, pods := range r.network.Pods {
			if b.Addrs().Overlaps(pods.Addrs()) {
				r.report(diag.New(diag.CoversPods, b.Span, "%s block %s overlaps pod addresses %s", kind, b.Short(), pods.Short()).
					WithHelp("write only %s addresses; plugins differ on whether CIDRs match pods", whose))
			}
		}
	}
}

// outermostBlocks sorts blocks, and drops those that lie in another without exceptions or are written
// twice.
func outermostBlocks(blocks []topology.Block) []topology.Block {
	slices.SortStableFunc(blocks, func(a, b topology.Block) int {
		return cmp.Or(compareBlocks(a.Prefix, b.Prefix), slices.CompareFunc(a.Except, b.Except, compareBlocks))
	})
	var out []topology.Block
	var whole netip.Prefix // the last one without exceptions
	for _, b := range blocks {
		same := len(out) > 0 && b.Prefix == out[len(out)-1].Prefix && slices.Equal(b.Except, out[len(out)-1].Except)
		if same || whole.Overlaps(b.Prefix) {
			continue
		}
		out = append(out, b)
		if len(b.Except) == 0 {
			whole = b.Prefix
		}
	}
	return out
}

// notPublic is the private (RFC 1918, RFC 4193), shared (RFC 6598), link-local (RFC 3927, RFC 4291)
// and loopback (RFC 1122, RFC 4291) ranges.
var notPublic = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// Internet returns every public address: both families without what is not public and without
// the addresses that the program declares for the cluster.
func Internet(n topology.Network) *topology.Endpoint {
	declared := slices.Concat(n.Pods, n.Services, n.Nodes)
	if n.APIServer != nil {
		declared = append(declared, n.APIServer.Blocks...)
	}
	except := slices.Clone(notPublic)
	for _, b := range declared {
		except = append(except, b.Prefix)
	}
	except = outermost(except)
	// What declared blocks except is public, unless it is excluded for another reason.
	holes := relation.PrefixesAddrs(except).Subtract(relation.PrefixesAddrs(notPublic)).Subtract(topology.AddrsOf(declared))
	var blocks []topology.Block
	for _, whole := range prefixes("0.0.0.0/0", "::/0") {
		b := topology.Block{Prefix: whole}
		for _, x := range except {
			if x.Addr().BitLen() == whole.Addr().BitLen() {
				b.Except = append(b.Except, x)
			}
		}
		if !slices.Contains(b.Except, whole) {
			blocks = append(blocks, b)
		}
	}
	for _, p := range holes.Prefixes() {
		blocks = append(blocks, topology.Block{Prefix: p})
	}
	return addresses("internet", blocks)
}
