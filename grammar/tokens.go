package grammar

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"
)

// token is a token of a file, in half the memory of participle's.
type token struct {
	Type  lexer.TokenType
	line  int32
	at    int // where it begins
	Value string
}

// EOF reports whether nothing follows.
func (t *token) EOF() bool { return t.Type == end }

// Line returns the line on which the token begins, from 1.
func (t *token) Line() int { return int(t.line) }

// tokens is what the scanner has read of a file, and how far the productions are in it. participle
// has the like, but takes tokens one by one into a list that it makes anew whenever it is full, which
// costs more than to read them.
type tokens struct {
	blocks [][]token // all full but the last, which ends in EOF
	at     int
}

const block = 1 << 10

// readAll reads all tokens of a scanner.
func readAll(s *scanner) *tokens {
	t := &tokens{}
	var last []token
	for {
		if len(last) == cap(last) {
			last = make([]token, 0, min(block, len(s.src)+1)) // no token but EOF is empty
			t.blocks = append(t.blocks, last)
		}
		tok := s.next()
		last = append(last, tok)
		t.blocks[len(t.blocks)-1] = last
		if tok.EOF() {
			return t
		}
	}
}

// Peek returns the next token.
func (t *tokens) Peek() *token { return &t.blocks[t.at/block][t.at%block] }

// Next returns the next token, and goes on to the one behind it; nothing is behind EOF.
func (t *tokens) Next() *token {
	tok := t.Peek()
	if !tok.EOF() {
		t.at++
	}
	return tok
}

// language is the lexer that participle knows of: of no text, since the productions read the tokens.
type language struct{}

// Symbols implements lexer.Definition.
func (language) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition.
func (language) Lex(string, io.Reader) (lexer.Lexer, error) { return ended{}, nil }

type ended struct{}

// Next implements lexer.Lexer.
func (ended) Next() (lexer.Token, error) { return lexer.EOFToken(lexer.Position{}), nil }
