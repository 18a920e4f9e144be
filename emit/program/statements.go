package program

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
)

// system are the namespaces of the cluster itself: isolating them can break it.
var system = []string{"kube-node-lease", "kube-public", "kube-system"}

// statements returns the program. Edges between namespaces are at its end.
func (d *draft) statements(defaultNamespace string) []ast.Statement {
	d.placeAPIServer()
	d.dropRedundant()
	byNamespace := map[string]*ast.Block{}
	block := func(namespace string) *ast.Block {
		if byNamespace[namespace] == nil {
			byNamespace[namespace] = &ast.Block{}
		}
		return byNamespace[namespace]
	}
	for _, namespace := range d.declared {
		block(namespace)
	}
	edges := d.sortedEdges()
	used := map[*tier]bool{}
	for _, e := range edges {
		used[e.from], used[e.to] = true, true
	}
	for _, t := range d.tiers {
		if !slices.Contains(system, t.namespace) || used[t] {
			b := block(t.namespace)
			b.Statements = append(b.Statements, t.statement())
		}
	}
	var across []ast.Statement
	first := map[string]bool{}
	for _, e := range edges {
		home := cmp.Or(e.to.namespace, e.from.namespace)
		if e.from.namespace != "" && e.from.namespace != home || slices.Contains(system, home) {
			across = append(across, e.statement("", len(across) == 0))
			continue
		}
		b := block(home)
		b.Statements = append(b.Statements, e.statement(home, !first[home]))
		first[home] = true
	}
	var out []ast.Statement
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		b := byNamespace[namespace]
		switch {
		case namespace == defaultNamespace:
			out = append(b.Statements, out...)
		default:
			n := &ast.Namespace{Head: ast.Head{Blank: true}, Name: ast.Word{Text: namespace}}
			if len(b.Statements) > 0 {
				n.Body = b
			}
			if slices.Contains(system, namespace) {
				n.Isolates = &ast.Word{Text: "nothing"}
			}
			out = append(out, n)
		}
	}
	out = append(out, across...)
	if n := d.network(); n != nil {
		out[0].Common().Blank = true
		out = append([]ast.Statement{n}, out...)
	}
	return out
}

// placeAPIServer replaces the edges of the API server, if the manifests do not say where it is:
// webhooks are open to everyone, and a comment names the tiers that call it.
func (d *draft) placeAPIServer() {
	if len(d.inventory.Evidence.APIServer) > 0 {
		return
	}
	var callers []string
	for _, e := range d.sortedEdges() {
		switch apiServer {
		case e.to:
			callers = append(callers, fmt.Sprintf("%s (%s)", e.from.name, e.evidence[0]))
			delete(d.edges, [2]*tier{e.from, e.to})
		case e.from:
			delete(d.edges, [2]*tier{e.from, e.to})
			d.connect(everyone, e.to, e.ports, "%s; narrow it to the API server's addresses", strings.Join(e.evidence, "; "))
		}
	}
	if len(callers) > 0 {
		d.note("These call the API server: %s. To permit it, add to the manifests what `kubectl get endpointslice kubernetes -o yaml` prints.", strings.Join(callers, ", "))
	}
}

// network returns what the manifests say of addresses, or nil.
func (d *draft) network() *ast.Network {
	e := d.inventory.Evidence
	n := &ast.Network{}
	add := func(kind string, blocks []netip.Prefix, ports *ast.Ports) {
		if blocks = merged(blocks); len(blocks) == 0 {
			return
		}
		if len(blocks) > mostBlocks {
			d.note("The addresses of %s are in %d blocks; write those that they come from as `network { %s CIDR }`.", kind, len(blocks), kind)
			return
		}
		item := ast.NetworkItem{Kind: ast.Word{Text: kind}, Listens: ports}
		for _, p := range blocks {
			item.Addresses = append(item.Addresses, ast.Address{CIDR: &ast.Word{Text: p.String()}})
		}
		n.Items = append(n.Items, item)
	}
	add("pods", e.Pods, nil)
	add("nodes", d.inventory.Nodes, nil)
	var servers []netip.Prefix
	var ports []listen
	for _, s := range e.APIServer {
		servers = append(servers, netip.PrefixFrom(s.Addr(), s.Addr().BitLen()))
		if port := (listen{number: int(s.Port()), protocol: relation.TCP}); !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	add("apiserver", servers, portsOf(ports, true))
	if len(n.Items) == 0 {
		return nil
	}
	return n
}

// mostBlocks is how many blocks of a kind the program states.
const mostBlocks = 32

// merged returns blocks sorted, with two halves of a block as that block.
func merged(blocks []netip.Prefix) (out []netip.Prefix) {
	blocks = slices.Clone(blocks)
	slices.SortFunc(blocks, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	for _, p := range blocks {
		if n := len(out); n > 0 && out[n-1].Overlaps(p) {
			continue
		}
		for out = append(out, p); len(out) > 1; {
			a, b := out[len(out)-2], out[len(out)-1]
			whole := netip.PrefixFrom(b.Addr(), b.Bits()-1).Masked()
			if a.Bits() != b.Bits() || !whole.Contains(a.Addr()) {
				break
			}
			out = append(out[:len(out)-2], whole)
		}
	}
	return out
}

// dropRedundant removes the edges from namespaces that are not isolated to what everyone may reach.
func (d *draft) dropRedundant() {
	for _, e := range d.sortedEdges() {
		open := d.edges[[2]*tier{everyone, e.to}]
		if open == nil || !slices.Contains(system, e.from.namespace) {
			continue
		}
		if !slices.ContainsFunc(e.ports, func(p listen) bool { return !slices.Contains(open.ports, p) }) {
			delete(d.edges, [2]*tier{e.from, e.to})
		}
	}
}

// statement returns the declaration of a tier.
func (t *tier) statement() *ast.Tier {
	s := &ast.Tier{Names: []ast.Word{{Text: t.name}}, Selector: &ast.Selector{}, Listens: portsOf(t.listens, true)}
	for _, k := range slices.Sorted(maps.Keys(t.labels)) {
		s.Selector.Requirements = append(s.Selector.Requirements, ast.Requirement{Key: ast.Word{Text: k}, Op: ast.Equals, Values: []ast.Word{{Text: t.labels[k]}}})
	}
	if len(t.notes) > 0 {
		c := ast.NewComment(several(t.notes))
		s.Trailing = &c
	}
	return s
}

// statement returns an edge as it is written in a namespace, or outside all.
func (e *edge) statement(namespace string, blank bool) *ast.Edge {
	c := ast.NewComment(several(e.evidence))
	s := &ast.Edge{Head: ast.Head{Blank: blank, Trailing: &c}, Link: ast.Link{From: e.from.endpoints(namespace), To: e.to.endpoints(namespace)}}
	if len(e.to.listens) != 1 || e.to.known != nil { // without ports, it would open those that the tier gets later, too
		s.Ports = portsOf(e.ports, false)
	}
	return s
}

// several returns texts in one line, the first few of many.
func several(texts []string) string {
	const most = 3
	if more := len(texts) - most; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(texts[:most], "; "), more)
	}
	return strings.Join(texts, "; ")
}

// endpoints returns a tier as it is called in a namespace, or its blocks.
func (t *tier) endpoints(namespace string) []ast.Endpoint {
	var list []ast.Endpoint
	for _, b := range t.blocks {
		list = append(list, ast.Endpoint{Kind: ast.CIDR, Name: ast.Word{Text: b.String()}})
	}
	switch {
	case list != nil:
		return list
	case t.called(namespace) == t.name:
		return []ast.Endpoint{{Name: ast.Word{Text: t.name}}}
	}
	return []ast.Endpoint{{Kind: ast.Qualified, Namespace: &ast.Word{Text: t.namespace}, Name: ast.Word{Text: t.name}}}
}

// portsOf returns a list of ports: where they are declared, with their names if there are several;
// where they are used, by their names.
func portsOf(list []listen, declare bool) *ast.Ports {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	sortPorts(list)
	ports := &ast.Ports{}
	for _, l := range list {
		p := ast.Port{Low: &ast.Word{Text: strconv.Itoa(l.number)}, Protocol: &ast.Word{Text: l.protocol.String()}}
		if l.name != "" && declare && len(list) > 1 {
			p.Name = &ast.Word{Text: l.name}
		} else if l.name != "" && !declare {
			p = ast.Port{Name: &ast.Word{Text: l.name}}
		}
		ports.List = append(ports.List, p)
	}
	return ports
}

// shown returns a port in a comment.
func shown(l listen) string {
	if l.protocol == relation.TCP {
		return strconv.Itoa(l.number)
	}
	return strconv.Itoa(l.number) + "/" + l.protocol.String()
}
