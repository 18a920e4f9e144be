package grammar

import "github.com/alecthomas/participle/v2/lexer"

// tokens is what the scanner has read of a file, and how far the productions are in it. participle
// has the like, but takes tokens one by one into a list that it makes anew whenever it is full, which
// costs more than to read them.
type tokens struct {
	blocks [][]lexer.Token // all full but the last, which ends in EOF
	at     int
}

const block = 1 << 10

// readAll reads all tokens of a scanner.
func readAll(s *scanner) *tokens {
	t := &tokens{}
	var last []lexer.Token
	for {
		if len(last) == cap(last) {
			last = make([]lexer.Token, 0, min(block, len(s.src)+1)) // no token but EOF is empty
			t.blocks = append(t.blocks, last)
		}
		tok, _ := s.Next() // which never fails
		last = append(last, tok)
		t.blocks[len(t.blocks)-1] = last
		if tok.EOF() {
			return t
		}
	}
}

// Peek returns the next token.
func (t *tokens) Peek() *lexer.Token { return &t.blocks[t.at/block][t.at%block] }

// Next returns the next token, and goes on to the one behind it; nothing is behind EOF.
func (t *tokens) Next() *lexer.Token {
	tok := t.Peek()
	if !tok.EOF() {
		t.at++
	}
	return tok
}

// ended is a lexer of no text: the productions read the tokens.
type ended struct{}

// Next implements lexer.Lexer.
func (ended) Next() (lexer.Token, error) { return lexer.EOFToken(lexer.Position{}), nil }
