package grammar

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
)

// selector is the requirements of a tier between braces. It is written by hand since most tiers have
// one. Its grammar is
//
//	"{" ( requirement ( "," | Newline ) )* requirement? "}"
//
// where a requirement is
//
//	"!" Word | Word ( ( "=" | "==" | "!=" ) Word? | ( "in" | "notin" ) "(" Word ( "," Word )* ")" )?
type selector struct {
	Tokens tokens   // all of it
	Items  []tokens // the requirements
}

// Parse implements participle.Parseable.
func (n *selector) Parse(lex *lexer.PeekingLexer) error {
	if !isMark(lex.Peek(), "{") {
		return participle.NextMatch
	}
	start := lex.RawCursor()
	lex.Next()
	for !isMark(lex.Peek(), "}") {
		item := lex.RawCursor()
		if err := parseRequirement(lex); err != nil {
			return err
		}
		n.Items = append(n.Items, lex.Range(item, lex.RawCursor()))
		if tok := lex.Peek(); tok.Type == newline || isMark(tok, ",") {
			lex.Next()
		} else if !isMark(tok, "}") {
			return unexpectedToken(lex)
		}
	}
	lex.Next()
	n.Tokens = lex.Range(start, lex.RawCursor())
	return nil
}

func parseRequirement(lex *lexer.PeekingLexer) error {
	absent := isMark(lex.Peek(), "!")
	if absent {
		lex.Next()
	}
	if lex.Peek().Type != word {
		return unexpectedToken(lex)
	}
	lex.Next()
	tok := lex.Peek()
	switch {
	case absent:
	case isMark(tok, "=") || isMark(tok, "==") || isMark(tok, "!="):
		lex.Next()
		if lex.Peek().Type == word {
			lex.Next()
		}
	case tok.Type == word && (tok.Value == "in" || tok.Value == "notin"):
		lex.Next()
		for separator, more := "(", true; more; separator = "," {
			if !isMark(lex.Peek(), separator) {
				return unexpectedToken(lex)
			}
			lex.Next()
			if lex.Peek().Type != word {
				return unexpectedToken(lex)
			}
			lex.Next()
			more = !isMark(lex.Peek(), ")")
		}
		lex.Next()
	}
	return nil
}

func (n *selector) tree(p *parser) *ast.Selector {
	s := &ast.Selector{Range: p.rangeOf(&n.Tokens[0], &n.Tokens[len(n.Tokens)-1])}
	if len(n.Items) > 0 {
		s.Requirements = make([]ast.Requirement, len(n.Items))
	}
	for i, item := range n.Items {
		s.Requirements[i] = p.requirement(item)
	}
	return s
}

var operators = map[string]ast.Operator{
	"=": ast.Equals, "==": ast.Equals, "!=": ast.NotEquals, "in": ast.In, "notin": ast.NotIn,
}

// requirement converts the tokens of a requirement.
func (p *parser) requirement(item tokens) ast.Requirement {
	r := ast.Requirement{Range: p.rangeOf(&item[0], &item[len(item)-1]), Key: p.word(&item[0]), Op: ast.Exists}
	switch {
	case isMark(&item[0], "!"):
		r.Key, r.Op = p.word(&item[1]), ast.NotExists
	case len(item) == 1:
	case item[1].Type == word:
		r.Op, r.Values = operators[item[1].Value], p.words(item[3:len(item)-1])
	default:
		r.Op, r.Values = operators[item[1].Value], []ast.Word{p.value(item[2:], &item[1])}
	}
	return r
}

const itemWant = "',', a new line or '}'"

// selectorExpected says what can follow the tokens after a selector's '{'.
func selectorExpected(list tokens) (want, help string) {
	const form = "write a selector as for `kubectl get -l`: KEY=VALUE, KEY!=VALUE, KEY in (a, b), KEY notin (a, b), KEY, !KEY"
	if values, open := inParentheses(list); open {
		if afterSeparator(values) {
			of := list[len(list)-len(values)-3:]
			return "a label value", "write " + of[0].Value + " " + of[1].Value + " (a, b)"
		}
		return "',' or ')'", ""
	}
	if afterSeparator(list) {
		return "a label key", form
	}
	last := &list[len(list)-1]
	switch {
	case isMark(last, "!"):
		return "a label key after '!'", form
	case isMark(last, "=") || isMark(last, "==") || isMark(last, "!="):
		return "a label value after '" + last.Value + "'", form
	case last.Type == word && (last.Value == "in" || last.Value == "notin") && len(list) > 1 && list[len(list)-2].Type == word:
		return "'(' after \"" + last.Value + "\"", "write " + list[len(list)-2].Value + " " + last.Value + " (a, b)"
	}
	return itemWant, form
}
