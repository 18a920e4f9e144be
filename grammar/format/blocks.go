package format

import (
	"fmt"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

func (p *printer) statements(list []ast.Statement) {
	for _, s := range list {
		p.documentation(s)
		at := s.Span()
		switch s := s.(type) {
		case *ast.Namespace:
			p.namespace(s)
		case *ast.Environment:
			p.environment(s)
		case *ast.Network:
			p.statement(other, at, func() { p.network(s) })
		case *ast.Import:
			p.statement(other, at, func() { p.write(`import "` + s.Path.Text + `"`) })
		case *ast.Labels:
			p.statement(other, at, func() { p.labels(s) })
		case *ast.Tier:
			p.statement(tier, at, func() { p.tier(s) })
		case *ast.External:
			p.statement(external, at, func() { p.external(s) })
		case *ast.Edge:
			p.statement(edge, at, func() { p.edge(s) })
		case *ast.Deny:
			p.statement(deny, at, func() { p.deny(s) })
		case *ast.Isolate:
			p.statement(other, at, func() { p.write("isolate "); p.endpoints(s.Endpoints) })
		case *ast.DNS:
			p.statement(other, at, func() { p.dns(s) })
		default:
			panic(fmt.Sprintf("format: unknown statement %T", s))
		}
		if c := s.Common().Trailing; c != nil {
			p.trail(*c, p.indent)
		}
	}
}

func (p *printer) namespace(s *ast.Namespace) {
	p.block(s.At, s.Body, func() {
		p.write("namespace ")
		p.word(s.Name)
		if s.Isolates != nil {
			p.write(" isolates ")
			p.word(*s.Isolates)
		}
		if s.Direction != nil {
			p.write(" ")
			p.word(*s.Direction)
		}
	})
}

func (p *printer) environment(s *ast.Environment) {
	p.block(s.At, s.Body, func() {
		p.write("environment ")
		p.words(s.Names)
		if s.By != nil {
			p.write(" by ")
			p.word(*s.By)
		}
		if s.Value != nil {
			p.write("=")
			p.word(*s.Value)
		}
		if s.Selector != nil {
			p.write(" by ")
			list(p, part, s.Selector.At, false, s.Selector.Requirements, p.requirement)
		}
	})
}

// block writes a statement that may have a block. The statement's first line ends with the block's
// opening brace.
func (p *printer) block(at source.Span, body *ast.Block, head func()) {
	if body == nil {
		p.statement(other, at, head)
		return
	}
	braces := body.At
	at.End = p.inner(braces).Start
	empty := false
	p.statement(other, at, func() {
		head()
		if empty = p.empty(braces, len(body.Statements)); empty {
			p.write(" {}")
		} else {
			p.write(" ")
			p.open()
		}
	})
	if !empty {
		p.statements(body.Statements)
		p.close(p.inner(braces).End)
	}
	p.done(braces)
}

// inner returns the span between a pair of brackets; zero if they are not in the source.
func (p *printer) inner(brackets source.Span) source.Span {
	if !p.has(brackets) {
		return source.Span{}
	}
	brackets.Start++
	brackets.End--
	return brackets
}

// empty reports whether there is nothing between the braces at span, not even a comment.
func (p *printer) empty(span source.Span, items int) bool {
	return items == 0 && !p.commentBefore(p.inner(span).End)
}
