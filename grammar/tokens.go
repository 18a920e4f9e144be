package grammar

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/source"
)

// language is the lexer definition of zt. The struct tags of the productions name its symbols.
type language struct{}

// Symbols implements lexer.Definition.
func (language) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition.
func (language) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	return newScanner(source.NewFile(name, string(text))), err
}

// tokens is a run of tokens that a production has captured. It shares memory with the window, so it
// is valid only until the next statement is read.
type tokens = []lexer.Token

// endOf returns the offset at which a token ends.
func endOf(tok *lexer.Token) int { return tok.Pos.Offset + len(tok.Value) }

// isMark reports whether a token is this mark.
func isMark(tok *lexer.Token, m string) bool { return tok.Type == mark && tok.Value == m }

// isArrow reports whether a token is an arrow.
func isArrow(tok *lexer.Token) bool { return isMark(tok, "->") || isMark(tok, "<->") }

// isExcept reports whether a token is the word that excludes blocks from the one before it.
func isExcept(tok *lexer.Token) bool { return tok.Type == word && tok.Value == "except" }

// isParty reports whether a token can be an endpoint or an address.
func isParty(tok *lexer.Token) bool { return tok.Type == word || tok.Type == address }

// reader gives the tokens of a file one by one, with two tokens of lookahead.
type reader struct {
	scanner *scanner
	ahead   [2]lexer.Token
	n       int // how many tokens are in ahead
}

// Peek returns the next token.
func (r *reader) Peek() *lexer.Token {
	if r.n == 0 {
		r.ahead[0] = r.scanner.token()
		r.n = 1
	}
	return &r.ahead[0]
}

// second returns the token after the next one.
func (r *reader) second() *lexer.Token {
	if r.Peek().EOF() {
		return &r.ahead[0]
	}
	if r.n == 1 {
		r.ahead[1] = r.scanner.token()
		r.n = 2
	}
	return &r.ahead[1]
}

// skip goes on to the next token. Nothing follows EOF.
func (r *reader) skip() {
	if r.Peek().EOF() {
		return
	}
	if r.n--; r.n == 1 {
		r.ahead[0] = r.ahead[1]
	}
}

// window is the lexer from which participle reads a statement. It holds the tokens of one statement
// and an EOF. All statements of a file share its memory: to make a lexer for each, or one for the
// whole file, costs more than to parse.
type window struct {
	lex    *lexer.PeekingLexer
	start  lexer.Checkpoint
	tokens tokens // those of lex
	n      int    // how many belong to the statement
}

func newWindow(size int) window {
	blanks := make(blanks, size)
	lex, err := lexer.Upgrade(&blanks)
	if err != nil {
		panic(err) // blanks have no errors
	}
	return window{lex: lex, start: lex.MakeCheckpoint(), tokens: lex.Range(0, lexer.RawCursor(size))}
}

// add appends a token to the statement.
func (w *window) add(tok *lexer.Token) {
	if w.n+1 >= len(w.tokens) { // one more for EOF
		old := *w
		*w = newWindow(4 * len(old.tokens))
		w.n = copy(w.tokens, old.tokens[:old.n])
	}
	w.tokens[w.n] = *tok
	w.n++
}

// statement returns the statement's tokens.
func (w *window) statement() tokens { return w.tokens[:w.n] }

// rewind closes the statement at an offset, and returns the lexer at its first token.
func (w *window) rewind(at int) *lexer.PeekingLexer {
	w.tokens[w.n] = lexer.EOFToken(lexer.Position{Offset: at})
	w.lex.LoadCheckpoint(w.start)
	return w.lex
}

// blanks is a lexer of as many tokens as it is long, which have no meaning.
type blanks []struct{}

// Next implements lexer.Lexer.
func (b *blanks) Next() (lexer.Token, error) {
	if len(*b) == 0 {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	*b = (*b)[1:]
	return lexer.Token{Type: illegal}, nil
}
