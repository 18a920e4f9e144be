package grammar

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// tier is written by hand, as edges are: most other lines of a large program are tiers. Its grammar is
//
//	"tier" Word ( "," Word )* ( "by" Word selector? | ( "in" Word )? selector ) "dynamic"?
//	( "isolates" ( "ingress" | "egress" | "nothing" ) )? ports?
type tier struct {
	Names    tokens
	By, In   *lexer.Token
	Selector selector
	Dynamic  *lexer.Token
	Isolates *lexer.Token
	Listens  ports
}

// Parse implements participle.Parseable.
func (n *tier) Parse(lex *lexer.PeekingLexer) error {
	start := lex.RawCursor() + 1
	for lex.Next(); ; lex.Next() { // the keyword or a comma
		if lex.Peek().Type != word {
			return unexpectedToken(lex)
		}
		lex.Next()
		if !isMark(lex.Peek(), ",") {
			break
		}
	}
	n.Names = lex.Range(start, lex.RawCursor())
	if tok := lex.Peek(); tok.Type == word && (tok.Value == "by" || tok.Value == "in") {
		at := &n.By
		if tok.Value == "in" {
			at = &n.In
		}
		lex.Next()
		if lex.Peek().Type != word {
			return unexpectedToken(lex)
		}
		*at = lex.Next()
	}
	switch {
	case isMark(lex.Peek(), "{"):
		if err := n.Selector.Parse(lex); err != nil {
			return err
		}
	case n.By == nil:
		return unexpectedToken(lex)
	}
	if tok := lex.Peek(); tok.Type == word && tok.Value == "dynamic" {
		n.Dynamic = lex.Next()
	}
	if tok := lex.Peek(); tok.Type == word && tok.Value == "isolates" {
		lex.Next()
		if tok := lex.Peek(); tok.Type != word || !slices.Contains([]string{"ingress", "egress", "nothing"}, tok.Value) {
			return unexpectedToken(lex)
		}
		n.Isolates = lex.Next()
	}
	if !isMark(lex.Peek(), ":") {
		return nil
	}
	return n.Listens.Parse(lex)
}

func (n *tier) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.Tier{Head: head, Names: p.names(n.Names)}
	if n.By != nil {
		s.By = p.wordAt(n.By)
	}
	if n.In != nil {
		s.In = p.wordAt(n.In)
	}
	if n.Selector.Tokens != nil {
		s.Selector = n.Selector.tree(p)
	}
	if s.By == nil && len(s.Names) > 1 {
		p.failWith(diag.New(diag.Unexpected, s.Selector.At, "several tiers in one statement need \"by KEY\"").
			WithHelp("write `by KEY` after their names, or one tier per line"))
	}
	s.Dynamic = n.Dynamic != nil
	if n.Isolates != nil {
		s.Isolates = p.wordAt(n.Isolates)
	}
	s.Listens = n.Listens.tree(p, declaration)
	return s
}

func (n *tier) expected(before tokens) (want, help string) {
	last := &before[len(before)-1]
	if list, open := inBraces(before); open {
		return selectorExpected(list)
	}
	switch {
	case len(before) == 1 || isMark(last, ","):
		return "a tier name", "write `tier NAME { app=NAME }`, or `tier NAME by app`"
	case last.Value == "by" && follows(before):
		return `a label key after "by"`, "`tier NAME by KEY` is short for `tier NAME { KEY=NAME }`"
	case last.Value == "in" && follows(before):
		return `an environment or cluster after "in"`, inHelp
	case len(before) > 3 && before[len(before)-2].Value == "in" && follows(before[:len(before)-1]):
		return "'{' after the set of namespaces", "write the labels of its pods: `tier NAME in cluster { app=NAME }`"
	case last.Value == "isolates" && selected(before[:len(before)-1]):
		return tierIsolatesWant, "leave `isolates` out to isolate what the namespace isolates"
	case selected(before) || selected(before[:max(0, len(before)-2)]):
		return "", ""
	}
	return tierWant,
		"write the labels of its pods: `tier " + last.Value + " { app=" + last.Value + " }`, or `tier " + last.Value + " by app`"
}

// selected reports whether tokens of a tier end with what selects its pods.
func selected(before tokens) bool {
	if last := len(before) - 1; last > 2 && before[last].Value == "dynamic" && before[last-1].Value != "by" {
		before = before[:last]
	}
	return len(before) > 1 && (isMark(&before[len(before)-1], "}") || follows(before[:len(before)-1]))
}

const inHelp = "write `tier NAME in cluster { app=NAME }`, or the name of an environment"

const tierWant = `'{' or "by" after the tier name`
