package format_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/grammar/ast"
)

// builder builds random trees.
type builder struct {
	t        *rapid.T
	comments bool // with comments and blank lines
	n        int  // comments so far
}

func (b *builder) coin() bool { return rapid.Bool().Draw(b.t, "coin") }

func (b *builder) one(of ...string) string { return rapid.SampledFrom(of).Draw(b.t, "one") }

func (b *builder) word(of ...string) ast.Word { return ast.Word{Text: b.one(of...)} }

func (b *builder) perhaps(of ...string) *ast.Word {
	if !b.coin() {
		return nil
	}
	w := b.word(of...)
	return &w
}

func many[T any](b *builder, low, high int, one func() T) []T {
	list := make([]T, rapid.IntRange(low, high).Draw(b.t, "n"))
	for i := range list {
		list[i] = one()
	}
	return list
}

func (b *builder) words(low, high int, of ...string) []ast.Word {
	return many(b, low, high, func() ast.Word { return b.word(of...) })
}

var (
	names    = []string{"a", "bb", "frontend", "a-very-long-name-that-is-wider-than-a-column", "path", "by", "host", "off", "in", "ingress"}
	keys     = []string{"role", "app.kubernetes.io/name", "k8s-app", "x"}
	values   = []string{"v", "v1.2_3", "80", ""}
	subnets  = []string{"10.1.0.0/16", "10.2.0.0/16", "fd00::/8"}
	networks = []string{"10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"}
)

func (b *builder) endpoint() ast.Endpoint {
	kind := rapid.SampledFrom([]ast.EndpointKind{ast.Bare, ast.Bare, ast.Qualified, ast.EveryPod, ast.CIDR}).Draw(b.t, "kind")
	e := ast.Endpoint{Kind: kind}
	switch kind {
	case ast.CIDR:
		e.Name, e.Except = b.word(networks...), b.words(0, 2, subnets...)
		return e
	case ast.Qualified, ast.EveryPod:
		w := b.word("shop", "path", "$environment")
		e.Namespace = &w
	}
	if e.Name = b.word(append(names, "internet", "$environment")...); kind == ast.EveryPod {
		e.Name.Text = "*"
	}
	return e
}

func (b *builder) endpoints(low int) []ast.Endpoint { return many(b, low, low+2, b.endpoint) }

// ports are those of an edge, or those that a tier listens on.
func (b *builder) ports(listens bool) *ast.Ports {
	if !b.coin() {
		return nil
	}
	return &ast.Ports{List: many(b, 1, 3, func() ast.Port {
		var p ast.Port
		switch b.one("any", "name", "number") {
		case "any":
			p.Any = true
		case "name":
			w := b.word("http", "dns", "metrics")
			p.Name = &w
			if p.Protocol = b.perhaps("tcp", "udp"); p.Protocol != nil || !listens {
				return p
			}
			fallthrough
		case "number":
			w := b.word("80", "8000")
			p.Low, p.High, p.Protocol = &w, b.perhaps("8999"), b.perhaps("sctp")
		}
		return p
	})}
}

func (b *builder) link() ast.Link {
	return ast.Link{From: b.endpoints(1), Both: b.coin(), To: b.endpoints(1), Ports: b.ports(false)}
}

func (b *builder) requirement() ast.Requirement {
	r := ast.Requirement{Key: b.word(keys...), Op: ast.Operator(rapid.IntRange(0, 5).Draw(b.t, "operator"))}
	switch r.Op {
	case ast.Equals, ast.NotEquals:
		r.Values = b.words(1, 1, values...)
	case ast.In, ast.NotIn:
		r.Values = b.words(1, 3, "v", "w", "x-y")
	}
	return r
}

func (b *builder) address() ast.Address {
	if host := b.perhaps("example.com", "*.example.com"); host != nil {
		return ast.Address{Host: host}
	}
	return b.cidr()
}

func (b *builder) cidr() ast.Address {
	w := b.word(networks...)
	return ast.Address{CIDR: &w, Except: b.words(0, 3, subnets...)}
}

func (b *builder) comment(kind string) ast.Comment {
	b.n++
	return ast.NewComment(fmt.Sprintf("%s %d %s", kind, b.n, b.one("{", "},", "a -> b", "; #", "ü")))
}

func (b *builder) head() ast.Head {
	var h ast.Head
	if b.comments {
		h.Doc = many(b, 0, 2, func() ast.Comment { return b.comment("doc") })
		if h.Blank = b.coin(); b.coin() {
			c := b.comment("trailing")
			h.Trailing = &c
		}
	}
	return h
}

// place is a place for statements. Not every statement may be in every place.
type place int

const (
	top place = iota
	inEnvironment
	inNamespace
)

func (b *builder) statements(in place) []ast.Statement {
	return many(b, 0, 5, func() ast.Statement { return b.statement(in) })
}

func (b *builder) block(in place) *ast.Block {
	if !b.coin() {
		return nil
	}
	return &ast.Block{Statements: b.statements(in)}
}

func (b *builder) statement(in place) ast.Statement {
	kinds := map[place][]string{
		top:           {"import", "network", "dns", "namespace", "environment"},
		inEnvironment: {"namespace"},
		inNamespace:   {"labels"},
	}[in]
	head := b.head()
	switch b.one(append(kinds, "edge", "edge", "deny", "tier", "tier", "external", "isolate")...) {
	case "import":
		return &ast.Import{Head: head, Path: b.word("base # {.zt", "a.zt")}
	case "network":
		return &ast.Network{Head: head, Items: many(b, 0, 3, func() ast.NetworkItem {
			if b.coin() {
				return ast.NetworkItem{Kind: b.word("apiserver"), Addresses: many(b, 1, 2, b.cidr), Listens: b.ports(true)}
			}
			if b.coin() {
				name := b.word("cilium", "calico")
				return ast.NetworkItem{Kind: b.word("plugin"), Plugin: &name, Settings: many(b, 0, 2, func() ast.Label {
					return ast.Label{Key: b.word(keys...), Value: b.word(values...)}
				})}
			}
			return ast.NetworkItem{Kind: b.word("pods", "services", "nodes"), Addresses: many(b, 1, 2, b.cidr)}
		})}
	case "dns":
		if b.coin() {
			return &ast.DNS{Head: head, Off: true}
		}
		list := b.endpoints(1)
		list[0] = ast.Endpoint{Kind: ast.CIDR, Name: b.word(networks...)} // not "off"
		return &ast.DNS{Head: head, Resolvers: list, Ports: b.ports(false)}
	case "namespace":
		return &ast.Namespace{Head: head, Name: b.word("shop", "ingress-nginx", "all"),
			Isolates: b.perhaps("ingress", "egress", "nothing"), Body: b.block(inNamespace)}
	case "environment":
		s := &ast.Environment{Head: head, Names: b.words(1, 2, names...), By: b.perhaps("env"), Body: b.block(inEnvironment)}
		if s.By != nil {
			s.Value = b.perhaps("blue", "$environment-1")
		} else if b.coin() {
			s.Selector = &ast.Selector{Requirements: many(b, 1, 6, b.requirement)}
		}
		return s
	case "labels":
		return &ast.Labels{Head: head, Items: many(b, 1, 3, func() ast.Label {
			return ast.Label{Key: b.word(keys...), Value: b.word(values...)}
		})}
	case "tier":
		selector := &ast.Selector{Requirements: many(b, 0, 6, b.requirement)}
		s := &ast.Tier{Head: head, Names: b.words(1, 1, names...), Selector: selector, Dynamic: b.coin(), Listens: b.ports(true)}
		if s.By = b.perhaps(keys...); s.By != nil {
			s.Names = b.words(1, 3, names...)
			if b.coin() {
				s.Selector = nil
			}
		} else {
			s.In = b.perhaps("cluster", "prod", "$environment")
		}
		return s
	case "external":
		return &ast.External{Head: head, Name: b.word(names...), Addresses: many(b, 1, 6, b.address), Listens: b.ports(true)}
	case "deny":
		return &ast.Deny{Head: head, Path: b.coin(), Link: b.link()}
	case "isolate":
		return &ast.Isolate{Head: head, Endpoints: b.endpoints(2)}
	default:
		return &ast.Edge{Head: head, Side: b.perhaps("ingress", "egress"), Link: b.link()}
	}
}

// file builds a whole file.
func (b *builder) file() *ast.File {
	f := &ast.File{}
	if b.comments {
		f.Comments = many(b, 0, 2, func() ast.Comment { return b.comment("file") })
	}
	f.Statements = b.statements(top)
	return f
}
