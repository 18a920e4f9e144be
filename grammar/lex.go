package grammar

import (
	"github.com/zt-lang/zt/grammar/source"
)

// TokenKind tells tokens apart.
type TokenKind int

// The kinds of tokens.
const (
	NewlineToken TokenKind = iota // a line end that may end a statement
	WordToken                     // a name, keyword, key, value, number, namespace/name or address
	StringToken
	MarkToken    // punctuation
	CommentToken // from # to the end of the line
	IllegalToken // what the language does not have
)

// Token is a piece of a text. Editors use tokens where a text has errors.
type Token struct {
	Kind TokenKind
	Span source.Span
}

// Text returns the token as it is written.
func (t Token) Text() string { return t.Span.Text() }

// IsMark reports whether the token is this punctuation.
func (t Token) IsMark(m string) bool { return t.Kind == MarkToken && t.Text() == m }

// Tokens returns the tokens of a text, comments included, in order. Of a text that exceeds a limit
// it returns those before it.
func Tokens(file *source.File) []Token {
	kinds := map[int]TokenKind{
		int(newline): NewlineToken, int(word): WordToken, int(address): WordToken,
		int(text): StringToken, int(mark): MarkToken, int(illegal): IllegalToken,
	}
	if len(file.Text) > MaxSize {
		return nil
	}
	s := newScanner(file)
	var out []Token
	comments := 0
	for {
		tok := s.token()
		for ; comments < len(s.comments); comments++ {
			if s.comments[comments].At.Start > tok.Pos.Offset {
				break
			}
			out = append(out, Token{CommentToken, s.comments[comments].At})
		}
		if tok.Type == end {
			return out
		}
		out = append(out, Token{kinds[int(tok.Type)], source.Span{File: file, Start: tok.Pos.Offset, End: endOf(&tok)}})
	}
}

// Statements returns the keywords of the statements that the block of a statement can have, such as
// "namespace"; with an empty keyword, those of the top level. It is false if the statement has no
// block.
func Statements(block string) ([]string, bool) {
	where := atTop
	if block != "" {
		s := byKeyword[block]
		if s == nil || s.inside == 0 {
			return nil, false
		}
		where = s.inside
	}
	var out []string
	for _, s := range statements {
		if s.places&where != 0 && s.keyword != "" {
			out = append(out, s.keyword)
		}
	}
	return out, true
}

// Endpoints returns the endpoints that need no declaration.
func Endpoints() []string { return append([]string(nil), endpoints...) }
