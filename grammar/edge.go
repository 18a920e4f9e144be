package grammar

import (
	"fmt"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// edge is `[ingress | egress] endpoints -> endpoints [:ports]`. Without an endpoint after it, ingress is
// the name of a tier.
type edge struct {
	Side *lexer.Token
	link
}

// Parse implements participle.Parseable.
func (n *edge) Parse(lex *lexer.PeekingLexer) error {
	if start := lex.MakeCheckpoint(); isSideName(lex.Peek()) {
		if tok := lex.Next(); beginsSide(tok, lex.Peek()) {
			n.Side = tok
		} else {
			lex.LoadCheckpoint(start)
		}
	}
	return n.link.Parse(lex)
}

func isSideName(tok *lexer.Token) bool {
	return tok.Type == word && (tok.Value == "ingress" || tok.Value == "egress")
}

// beginsSide reports whether two tokens begin an edge that opens one side.
func beginsSide(tok, next *lexer.Token) bool {
	return isSideName(tok) && isParty(next) && !isExcept(next)
}

func (n *edge) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.Edge{Head: head, Link: n.link.tree(p)}
	if n.Side != nil {
		s.Side = p.wordAt(n.Side)
	}
	return s
}

func (n *edge) expected(before tokens) (want, help string) {
	if len(before) > 1 && beginsSide(&before[0], &before[1]) {
		before = before[1:]
	}
	return n.link.expected(before)
}

// link is what an edge and a deny have in common. Most lines of a large program are edges, so this
// production is written by hand: with struct tags it takes several times as long. Its grammar is
//
//	parties ( "->" | "<->" ) parties ports?
type link struct {
	From  parties
	Arrow *lexer.Token
	To    parties
	Ports ports
}

// Parse implements participle.Parseable.
func (n *link) Parse(lex *lexer.PeekingLexer) error {
	if err := n.From.Parse(lex); err != nil {
		return err
	}
	if !isArrow(lex.Peek()) {
		return unexpectedToken(lex)
	}
	n.Arrow = lex.Next()
	if err := n.To.Parse(lex); err != nil {
		return err
	}
	if isMark(lex.Peek(), ":") {
		return n.Ports.Parse(lex)
	}
	return nil
}

func (n *link) tree(p *parser) ast.Link {
	return ast.Link{
		From:  n.From.tree(p),
		Arrow: p.spanOf(n.Arrow),
		Both:  n.Arrow.Value == "<->",
		To:    n.To.tree(p),
		Ports: n.Ports.tree(p, reference),
	}
}

func (n *link) expected(before tokens) (want, help string) {
	if want, help := partiesExpected(before); want != "" {
		return want, help
	}
	if !slices.ContainsFunc(before, func(tok lexer.Token) bool { return isArrow(&tok) }) {
		if last := before[len(before)-1].Value; numeric(last) {
			return arrowWant, "write several ports after one colon: `:80, " + last + "`"
		}
		return arrowWant, "write `source -> destination :port`"
	}
	return "", ""
}

const arrowWant = "'->' or '<->' after the sources"

// notAnEdge reports a line that begins with an unknown keyword, and returns whether it does. Tok is the
// token after that word.
func (p *parser) notAnEdge(first, tok *lexer.Token) bool {
	if fact := factOutside(first, tok); fact != "" {
		p.outsideNetwork(fact, first)
		return true
	}
	row := insteadOf(beginnings, first.Value)
	next := p.tokenAt(2)
	edge := tok.Type == word && (isArrow(next) || isMark(next, ","))
	statement := isMark(tok, "{") || tok.Type == word && (next.Type == word || isMark(next, "{"))
	if between := insteadOf(arrowWords, tok.Value).help != ""; !edge && row.help == "" && (between || !statement) {
		return false
	}
	if tok.Type == word && tok.Value == "isolates" && row.help == "" {
		row.help = fmt.Sprintf("write it where the tier or namespace is declared: `tier %s { ... } isolates egress`", first.Value)
	}
	if row.help == "" {
		row.help = p.beginningHelp(first)
	}
	remove := edge && (row.words == "" || row.words == beginnings[0].words)
	if remove {
		row.help = beginnings[0].help
	}
	d := diag.New(diag.Unexpected, p.spanOf(first), "unexpected %q", first.Value).WithHelp("%s", row.help)
	if remove && row.words != "" {
		d = d.WithFix(p.span(first.Pos.Offset, tok.Pos.Offset), "", "remove %q", first.Value)
	}
	p.failWith(d)
	return true
}
