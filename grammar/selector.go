package grammar

import (
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// items reads what stands between a statement's braces, item by item; newlines separate them, and
// with commas also those.
func (p *parser) items(behind, help string, item func(), commas bool) (open, shut source.Span) {
	if !p.opens() {
		p.fail(p.unexpected("'{' after "+behind, help))
	}
	open = p.spanOf(p.next())
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
			p.fail(p.unexpected(want+", or '}'", help))
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
	if p.lex.Peek().EOF() || p.is("->") || p.is("<->") || p.newStatement() {
		p.fail(p.unclosed(open))
	}
}

// newStatement reports whether a line begins with the next token that is plainly a statement,
// which no item of a list looks like.
func (p *parser) newStatement() bool {
	tok := p.lex.Peek()
	if tok.Type != word || tok.Line() == p.line {
		return false
	}
	next := p.second()
	if next.Type == mark {
		return next.Value == "->" || next.Value == "<->"
	}
	return next.Type == word && next.Value != "in" && next.Value != "notin" && slices.Contains(keywords, tok.Value)
}

func (p *parser) unclosed(open source.Span) diag.Diagnostic {
	shut := ")"
	if open.Text() == "{" {
		shut = "}"
		p.scanner.open-- // one brace too few is told once
	}
	return diag.New(diag.Unclosed, open, "this %q is not closed", open.Text()).WithHelp("close it with %q", shut)
}

// parenthesized reads items between parentheses, separated by commas. Newlines mean nothing there.
func (p *parser) parenthesized(item func()) {
	open := p.spanOf(p.next())
	for {
		item()
		p.skipNewlines()
		tok := p.lex.Peek()
		switch {
		case p.accept(")"):
			return
		case p.accept(","):
		case tok.Type != illegal && (tok.Line() != p.line || tok.EOF() || p.is("}") || p.is(";")):
			p.fail(p.unclosed(open))
		default:
			p.fail(p.unexpected("',' or ')'", ""))
		}
	}
}

const selectorHelp = "a selector is written as for `kubectl get -l`: KEY=VALUE, KEY!=VALUE, KEY in (a, b), KEY notin (a, b), KEY, !KEY"

func (p *parser) selector() *ast.Selector {
	s := &ast.Selector{}
	open, shut := p.items("", selectorHelp, func() { s.Requirements = append(s.Requirements, p.requirement()) }, true)
	s.At = open.To(shut)
	return s
}

func (p *parser) requirement() ast.Requirement {
	start := p.lex.Peek().at
	var r ast.Requirement
	if p.accept("!") {
		r.Op = ast.NotExists
		r.Key = p.expectWord("a label's key after '!'", selectorHelp)
		r.Range = p.from(start)
		return r
	}
	r.Key = p.expectWord("a label's key", selectorHelp)
	switch {
	case p.is("=") || p.is("=="):
		op := p.next().Value
		r.Op, r.Values = ast.Equals, []ast.Word{p.value(op, selectorHelp)}
	case p.accept("!="):
		r.Op, r.Values = ast.NotEquals, []ast.Word{p.value("!=", selectorHelp)}
	case p.isWord("in") || p.isWord("notin"):
		op := p.next().Value
		r.Op = ast.In
		if op == "notin" {
			r.Op = ast.NotIn
		}
		help := "write " + r.Key.Text + " " + op + " (a, b)"
		if !p.is("(") {
			p.fail(p.unexpected("'(' after \""+op+"\"", help))
		}
		p.parenthesized(func() { r.Values = append(r.Values, p.expectWord("a label's value", help)) })
	default:
		r.Op = ast.Exists
	}
	r.Range = p.from(start)
	return r
}

// value reads a label's value. None is the empty value, as for kubectl.
func (p *parser) value(op, help string) ast.Word {
	tok := p.lex.Peek()
	if tok.Type == newline || tok.EOF() || p.is(",") || p.is("}") || p.is(";") {
		return ast.Word{Range: ast.Range{At: p.span(p.last, p.last)}}
	}
	return p.expectWord("a label's value after '"+op+"'", help)
}
