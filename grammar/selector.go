package grammar

import (
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// items reads what stands between a statement's braces, item by item; newlines separate them, and
// with commas also those.
func (p *parser) items(behind string, item func(), commas bool) (open, shut source.Span) {
	tok := p.expect("{", "'{' after "+behind, "")
	open = p.spanOf(tok)
	p.braces++
	p.skipNewlines()
	for !p.is("}") {
		p.checkUnclosed(open)
		item()
		switch tok := p.lex.Peek(); {
		case commas && p.accept(","), !commas && p.accept(";"):
		case tok.Type == newline || p.is("}") || tok.EOF():
		default:
			p.checkUnclosed(open)
			want := "',' or a new line between the items"
			if !commas {
				want = "a new line between the items"
			}
			p.fail(p.unexpected(want+", or '}'", ""))
		}
		p.skipNewlines()
	}
	shut = p.spanOf(p.next())
	p.braces--
	return open, shut
}

// checkUnclosed fails where braces were left open: at the end of the file, or
// where the next line is plainly a statement.
func (p *parser) checkUnclosed(open source.Span) {
	tok := p.lex.Peek()
	if tok.EOF() {
		p.fail(p.unclosed(open))
	}
	if tok.Type != word {
		return
	}
	next := p.second()
	arrow := next.Type == mark && (next.Value == "->" || next.Value == "<->")
	if arrow || next.Type == word && next.Value != "in" && next.Value != "notin" && slices.Contains(keywords, tok.Value) {
		// The statement begins here, and is read as if the brace were closed.
		panic(syntaxError{p.unclosed(open), true})
	}
}

func (p *parser) unclosed(open source.Span) diag.Diagnostic {
	p.scanner.open-- // one brace too few is told once
	return diag.New(diag.Unclosed, open, "this %q is not closed", open.Text()).WithHelp("close it with '}'")
}

func (p *parser) selector() *ast.Selector {
	s := &ast.Selector{}
	open, shut := p.items("", func() { s.Requirements = append(s.Requirements, p.requirement()) }, true)
	s.At = open.To(shut)
	return s
}

func (p *parser) requirement() ast.Requirement {
	start := p.lex.Peek().Pos.Offset
	var r ast.Requirement
	if p.accept("!") {
		r.Op = ast.NotExists
		r.Key = p.expectWord("a label's key after '!'", "")
		r.Range = p.from(start)
		return r
	}
	r.Key = p.expectWord("a label's key", "a selector is written as for `kubectl get -l`: app=web, tier in (a, b), !canary")
	switch {
	case p.is("=") || p.is("=="):
		op := p.next().Value
		r.Op, r.Values = ast.Equals, []ast.Word{p.value(op)}
	case p.accept("!="):
		r.Op, r.Values = ast.NotEquals, []ast.Word{p.value("!=")}
	case p.isWord("in") || p.isWord("notin"):
		op := p.next().Value
		r.Op = ast.In
		if op == "notin" {
			r.Op = ast.NotIn
		}
		p.expect("(", "'(' after \""+op+"\"", "write KEY "+op+" (a, b)")
		for {
			r.Values = append(r.Values, p.expectWord("a label's value", "write KEY "+op+" (a, b)"))
			if !p.accept(",") {
				break
			}
		}
		p.expect(")", "',' or ')' in a list of values", "")
	default:
		r.Op = ast.Exists
	}
	r.Range = p.from(start)
	return r
}

// value reads a label's value. None is the empty value, as for kubectl.
func (p *parser) value(op string) ast.Word {
	tok := p.lex.Peek()
	if tok.Type == word {
		return p.wordOf(p.next())
	}
	if tok.Type == newline || tok.EOF() || p.is(",") || p.is("}") || p.is(";") {
		return ast.Word{Range: ast.Range{At: p.span(p.last, p.last)}}
	}
	help := ""
	if tok.Type == text {
		help = "values need no quotes"
	}
	p.fail(p.unexpected("a label's value after '"+op+"'", help))
	panic("unreachable")
}
