package grammar

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
)

// production is a kind of statement: a struct whose tags are its grammar. participle fills it from
// the tokens of one statement.
type production interface {
	// tree converts what was captured. It calls p.fail where the statement is wrong.
	tree(p *parser, head ast.Head) ast.Statement
	// expected says what can follow these tokens, which begin a statement of this kind. It returns ""
	// if the statement can end here.
	expected(before tokens) (want, help string)
}

// parse reads a statement of one kind. It returns what it could capture, and with an error the lexer is
// at the token that is wrong.
type parse func(*lexer.PeekingLexer) (production, error)

// allowTrailing lets a statement end before its tokens do; the parser reports what is left.
var allowTrailing = participle.AllowTrailing(true)

// parsedAs returns the parser of the grammar that the tags of N declare.
//
// The lookahead is 0: the first token of a choice, an option or a repetition decides whether it is
// read, and participle never goes back. So the token at which it stops is the one that is wrong.
func parsedAs[N any, P interface {
	*N
	production
}]() parse {
	built := sync.OnceValue(func() *participle.Parser[N] {
		return participle.MustBuild[N](participle.Lexer(language{}), participle.UseLookahead(0))
	})
	return func(lex *lexer.PeekingLexer) (production, error) {
		n, err := built().ParseFromLexer(lex, allowTrailing)
		return P(n), err
	}
}

// unexpectedToken ends a production that is written by hand.
func unexpectedToken(lex *lexer.PeekingLexer) error {
	return &participle.UnexpectedTokenError{Unexpected: *lex.Peek()}
}
