package grammar

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// parties is endpoints separated by commas. It is written by hand since every edge has two lists. Its
// grammar is
//
//	party ( "," party )*, and a party is: ( Word | Address ) ( "except" ( block | "(" block ( "," block )* ")" ) )?
type parties struct {
	Tokens tokens
	Count  int
}

// Parse implements participle.Parseable.
func (n *parties) Parse(lex *lexer.PeekingLexer) error {
	start := lex.RawCursor()
	for {
		if err := parseBlock(lex); err != nil {
			return err
		}
		n.Count++
		if tok := lex.Peek(); isExcept(tok) {
			lex.Next()
			if err := parseExcept(lex); err != nil {
				return err
			}
		}
		if !isMark(lex.Peek(), ",") {
			n.Tokens = lex.Range(start, lex.RawCursor())
			return nil
		}
		lex.Next()
	}
}

// parseExcept reads what follows "except".
func parseExcept(lex *lexer.PeekingLexer) error {
	if !isMark(lex.Peek(), "(") {
		return parseBlock(lex)
	}
	for {
		lex.Next() // the parenthesis or a comma
		if err := parseBlock(lex); err != nil {
			return err
		}
		if isMark(lex.Peek(), ")") {
			lex.Next()
			return nil
		}
		if !isMark(lex.Peek(), ",") {
			return unexpectedToken(lex)
		}
	}
}

func parseBlock(lex *lexer.PeekingLexer) error {
	if !isParty(lex.Peek()) {
		return unexpectedToken(lex)
	}
	lex.Next()
	return nil
}

func (n *parties) tree(p *parser) []ast.Endpoint {
	list := n.Tokens
	all := make([]ast.Endpoint, 0, n.Count)
	for i := 0; i < len(list); i++ { // a comma follows each
		e := p.endpoint(&list[i])
		i++
		if i < len(list) && !isMark(&list[i], ",") {
			start := i + 1 // after "except"
			if i = start + 1; isMark(&list[start], "(") {
				i += 1 + slices.IndexFunc(list[i:], func(tok lexer.Token) bool { return isMark(&tok, ")") })
			}
			e.Except = p.except(list[start:i])
			e.Kind = ast.CIDR
			e.Namespace, e.Name = nil, p.word(&list[start-2])
			e.At = e.At.To(p.spanOf(&list[i-1]))
		}
		all = append(all, e)
	}
	return all
}

// except converts the blocks after "except", which may be in parentheses.
func (p *parser) except(list tokens) []ast.Word {
	if isMark(&list[0], "(") {
		list = list[1 : len(list)-1]
	}
	return p.words(list)
}

func (p *parser) endpoint(tok *lexer.Token) ast.Endpoint {
	w := p.word(tok)
	e := ast.Endpoint{Range: w.Range, Name: w}
	slash := strings.IndexByte(w.Text, '/')
	switch {
	case tok.Type == address || looksLikeIPv4(w.Text):
		e.Kind = ast.CIDR
	case slash >= 0:
		ns := part(w, 0, slash)
		e.Namespace = &ns
		e.Name = part(w, slash+1, len(w.Text))
		e.Kind = ast.Qualified
		if e.Name.Text == "*" {
			e.Kind = ast.EveryPod
		}
		if ns.Text == "" || e.Name.Text == "" || strings.ContainsRune(e.Name.Text, '/') {
			p.failWith(diag.New(diag.Unexpected, w.At, "%q is not an endpoint", w.Text).WithHelp("write NAMESPACE/TIER, or NAMESPACE/* for every pod of a namespace"))
		}
	}
	return e
}

// looksLikeIPv4 reports whether a word is meant to be an IPv4 address or
// block: digits with dots between, up to the '/'.
func looksLikeIPv4(s string) bool {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		s = s[:i]
	}
	return strings.ContainsRune(s, '.') && !strings.ContainsFunc(s, func(r rune) bool { return r != '.' && r != '-' && (r < '0' || r > '9') })
}

const endpointWant = "an endpoint"

// partiesExpected says what can follow tokens, which end in a list of endpoints.
func partiesExpected(before tokens) (want, help string) {
	if list, open := inParentheses(before); open && !afterSeparator(list) {
		return "',' or ')'", ""
	}
	switch n := len(before); {
	case n > 1 && (isMark(&before[n-1], "(") || isExcept(&before[n-1]) && isParty(&before[n-2])):
		return "an address block after \"except\"", "write CIDR except CIDR, or CIDR except (CIDR, CIDR)"
	case n == 0 || !isParty(&before[n-1]) && !isMark(&before[n-1], ")"):
		return endpointWant,
			"endpoints are tiers, NAMESPACE/TIER, NAMESPACE/*, externals, environments, CIDRs, internet, cluster and all"
	}
	return "", ""
}
