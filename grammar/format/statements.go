package format

import (
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

func (p *printer) statements(list []ast.Statement) {
	for _, s := range list {
		p.documentation(s)
		switch s := s.(type) {
		case *ast.Namespace:
			p.namespace(s)
		case *ast.Environment:
			p.environment(s)
		case *ast.Network:
			p.statement(other, s.At, func() { p.network(s) })
		case *ast.Import:
			p.statement(other, s.At, func() { p.write("import "); p.word(s.Path) })
		case *ast.Labels:
			p.statement(other, s.At, func() { p.labels(s) })
		case *ast.Tier:
			p.statement(tier, s.At, func() { p.tier(s) })
		case *ast.External:
			p.statement(external, s.At, func() { p.external(s) })
		case *ast.Edge:
			p.statement(edge, s.At, func() { p.link(s.Link) })
		case *ast.Deny:
			p.statement(deny, s.At, func() { p.deny(s) })
		case *ast.Isolate:
			p.statement(other, s.At, func() { p.write("isolate "); p.endpoints(s.Parties) })
		case *ast.DNS:
			p.statement(other, s.At, func() { p.dns(s) })
		}
	}
}

func (p *printer) namespace(s *ast.Namespace) {
	p.statement(other, head(s.At, s.Body), func() {
		p.write("namespace ")
		p.word(s.Name)
		if s.Isolates != nil {
			p.write(" isolates ")
			p.word(*s.Isolates)
		}
		p.openBlock(s.Body)
	})
	p.block(s.Body)
}

func (p *printer) environment(s *ast.Environment) {
	p.statement(other, head(s.At, s.Body), func() {
		p.write("environment ")
		p.words(s.Names)
		if s.By != nil {
			p.write(" by ")
			p.word(*s.By)
		}
		p.openBlock(s.Body)
	})
	p.block(s.Body)
}

// head is what a statement has on its first line where a block follows, up to
// and including the block's opening brace.
func head(at source.Span, body *ast.Block) source.Span {
	if body != nil {
		at.End = body.At.Start + 1
	}
	return at
}

func (p *printer) openBlock(b *ast.Block) {
	switch {
	case b == nil:
	case p.empty(b.At, len(b.Statements)):
		p.write(" {}")
	default:
		p.write(" ")
		p.open()
	}
}

func (p *printer) block(b *ast.Block) {
	switch {
	case b == nil:
	case p.empty(b.At, len(b.Statements)):
		p.at = b.At.End
	default:
		p.statements(b.Statements)
		p.close(b.At.End - 1)
	}
}

// empty reports whether nothing at all stands between the braces at span.
func (p *printer) empty(span source.Span, items int) bool {
	return items == 0 && !p.commentBefore(span.End)
}

func (p *printer) network(s *ast.Network) {
	p.write("network ")
	// An item ends with its line, so that only one can share the braces' line.
	list(p, network, s.Open, s.Close, len(s.Items) > 1, s.Items, func(item ast.NetworkItem) {
		p.word(item.Kind)
		p.cell()
		p.words(item.CIDRs)
	})
}

func (p *printer) labels(s *ast.Labels) {
	p.write("labels ")
	for i, l := range s.Items {
		if i > 0 {
			p.comma(l.At.Start)
		}
		p.word(l.Key)
		p.write("=")
		p.word(l.Value)
	}
}

func (p *printer) tier(s *ast.Tier) {
	p.write("tier ")
	p.words(s.Names)
	if s.By != nil {
		p.cell()
		p.write("by ")
		p.word(*s.By)
	}
	if sel := s.Selector; sel != nil {
		if s.By == nil {
			p.cell()
		} else {
			p.write(" ")
		}
		open, end := sel.At, sel.At
		open.End, end.Start = open.Start+1, end.End-1
		list(p, part, open, end, false, sel.Requirements, p.requirement)
	}
	p.listens(s.Listens)
}

func (p *printer) external(s *ast.External) {
	p.write("external ")
	p.word(s.Name)
	p.cell()
	list(p, part, s.Open, s.Close, false, s.Addresses, p.address)
	p.listens(s.Listens)
}

// list writes the items between two braces: on one line, separated by commas,
// or each on a line of its own, as the source has it or the caller demands.
func list[T ast.Node](p *printer, k kind, open, end source.Span, several bool, items []T, write func(T)) {
	braces := open.To(end)
	p.at = open.End
	switch {
	case p.empty(braces, len(items)):
		p.write("{}")
	case several || strings.Contains(braces.Text(), "\n"):
		p.open()
		for _, item := range items {
			p.statement(k, item.Span(), func() { write(item) })
		}
		p.close(end.Start)
	default:
		before := "{ "
		for _, item := range items {
			p.write(before)
			write(item)
			p.at = item.Span().End
			before = ", "
		}
		p.write(" }")
	}
	p.at = end.End
}

func (p *printer) requirement(r ast.Requirement) {
	switch r.Op {
	case ast.Exists:
		p.word(r.Key)
	case ast.NotExists:
		p.write("!")
		p.word(r.Key)
	case ast.Equals:
		p.word(r.Key)
		p.write("=")
		p.words(r.Values)
	case ast.NotEquals:
		p.word(r.Key)
		p.write("!=")
		p.words(r.Values)
	case ast.In:
		p.word(r.Key)
		p.write(" in ")
		p.parenthesized(r.Values, r.At.End)
	case ast.NotIn:
		p.word(r.Key)
		p.write(" notin ")
		p.parenthesized(r.Values, r.At.End)
	}
}

func (p *printer) address(a ast.Address) {
	if a.Host != nil {
		p.write("host ")
		p.word(*a.Host)
		return
	}
	p.word(*a.CIDR)
	if len(a.Except) == 0 {
		return
	}
	p.write(" except ")
	if strings.HasSuffix(a.At.Text(), ")") {
		p.parenthesized(a.Except, a.At.End)
	} else {
		p.words(a.Except)
	}
}

// parenthesized writes a list in parentheses of which the second ends at the
// offset end. It goes on over several lines where its author broke it.
func (p *printer) parenthesized(words []ast.Word, end int) {
	p.write("(")
	if len(words) > 0 {
		p.space("", words[0].At.Start, p.indent+continueIndent)
		p.words(words)
	}
	p.space("", end-1, p.indent)
	p.write(")")
	p.at = end
}

func (p *printer) words(words []ast.Word) {
	for i, w := range words {
		if i > 0 {
			p.comma(w.At.Start)
		}
		p.word(w)
	}
}

func (p *printer) listens(ports *ast.Ports) {
	if ports == nil {
		return
	}
	p.cell()
	p.write(":")
	for i, port := range ports.List {
		if i > 0 {
			p.comma(port.At.Start)
		}
		p.port(port)
		p.at = port.At.End
	}
}

func (p *printer) port(port ast.Port) {
	if port.Any {
		p.write("any")
		return
	}
	written := false
	for _, w := range []struct {
		sign string
		word *ast.Word
	}{{"", port.Name}, {"=", port.Low}, {"-", port.High}, {"/", port.Protocol}} {
		if w.word == nil {
			continue
		}
		if written {
			p.write(w.sign)
		}
		p.word(*w.word)
		written = true
	}
}

func (p *printer) link(l ast.Link) {
	p.endpoints(l.From)
	p.cell()
	arrow := "->"
	if l.Both {
		arrow = "<->"
	}
	p.write(arrow)
	p.at = l.Arrow.End
	p.space(" ", l.To[0].At.Start, p.indent+continueIndent)
	p.endpoints(l.To)
	p.listens(l.Ports)
}

func (p *printer) deny(s *ast.Deny) {
	p.write("deny ")
	if s.Path {
		p.write("path ")
	}
	p.link(s.Link)
}

func (p *printer) dns(s *ast.DNS) {
	p.write("dns ")
	if s.Off {
		p.write("off")
		return
	}
	p.endpoints(s.Resolvers)
	p.listens(s.Ports)
}

func (p *printer) endpoints(list []ast.Endpoint) {
	for i, e := range list {
		if i > 0 {
			p.comma(e.At.Start)
		}
		if e.Namespace != nil {
			p.word(*e.Namespace)
			p.write("/")
		}
		p.word(e.Name)
		p.at = e.At.End
	}
}
