package grammar

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
)

type environment struct {
	Names    tokens   `parser:"'environment' @( Word ( ',' Word )* )"`
	By       tokens   `parser:"( 'by' ( @Word"`
	Value    tokens   `parser:"         ( '=' @Word )?"`
	Selector selector `parser:"       | @@ ) )?"`
}

func (n *environment) tree(p *parser, head ast.Head) ast.Statement {
	if n.Names == nil || p.halfName() {
		return nil
	}
	s := &ast.Environment{Head: head, Names: p.names(n.Names)}
	if n.By != nil {
		s.By = p.wordAt(&n.By[0])
	}
	if n.Value != nil {
		s.Value = p.wordAt(&n.Value[0])
	}
	if n.Selector.Tokens != nil {
		s.Selector = n.Selector.tree(p)
	}
	return s
}

func (n *environment) expected(before tokens) (want, help string) {
	const form = "write `environment NAME by KEY`, or `environment NAME { ... }`"
	last := &before[len(before)-1]
	if list, open := inBraces(before); open {
		return selectorExpected(list)
	}
	if follows(before[:len(before)-1]) {
		return "", "write `by KEY`, or `by KEY=VALUE` if the value is not the name of the environment"
	}
	switch {
	case isMark(last, "="):
		return "a label value after '='", "write `by KEY` if the value is the name of the environment"
	case len(before) == 1 || isMark(last, ","):
		return "an environment name", form
	case follows(before):
		return `a label key or a selector after "by"`, "write `by KEY` for namespaces labelled KEY=NAME, `by { KEY in (a, b) }`, or no `by`"
	}
	return "", form
}

// beginsSelector reports whether the braces after a "by" have a selector, and not the statements of a
// block whose key was forgotten. A selector has at least one requirement.
func (p *parser) beginsSelector(brace *lexer.Token) bool {
	s := newScanner(p.file)
	s.pos = endOf(brace)
	first := s.token()
	for first.Type == newline {
		first = s.token()
	}
	next := s.token()
	statement := isArrow(&next) || next.Type == text || next.Type == illegal || next.Type == word && next.Value != "in" && next.Value != "notin"
	return !isMark(&first, "}") && (first.Type != word || !statement)
}

// follows reports whether the last of the tokens is the word after a list of names.
func follows(before tokens) bool {
	i := 2 // after the keyword and a name
	for i+1 < len(before) && isMark(&before[i], ",") {
		i += 2
	}
	return i == len(before)-1 && before[i].Type == word
}
