package grammar

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// The kinds of tokens. What the language does not have becomes an illegal
// token instead of an error, so that one bad character costs one statement.
const (
	end     = lexer.EOF
	newline = lexer.TokenType(iota + 1) // a line end that may end a statement
	word                                // a name, key, value, number, namespace/name, ...
	address                             // a word that has the colons of IPv6
	text                                // "..."
	mark                                // punctuation
	illegal
)

var symbols = map[string]lexer.TokenType{
	"EOF": end, "Newline": newline, "Word": word, "Address": address,
	"String": text, "Mark": mark, "Illegal": illegal,
}

// marks are the tokens of punctuation, longer ones first.
var marks = []string{"<->", "->", "==", "!=", "=", "!", ",", ";", ":", "{", "}", "(", ")"}

// scanner reads tokens. It is participle's lexer for the language; comments do not reach
// the parser but stand in a table of their own.
type scanner struct {
	file *source.File
	src  string
	pos  int
	line int

	open     int  // how many braces more are opened than closed
	parens   int  // open '(' in which newlines mean nothing
	goesOn   bool // the last token makes the statement go on behind a newline
	blank    bool // nothing but blanks on this line so far
	comments []ast.Comment
	places   []commentPlace // one for each comment
	diags    diag.List
}

type commentPlace struct {
	line  int
	alone bool // nothing else stands on its line
}

func newScanner(file *source.File) *scanner {
	s := &scanner{file: file, src: file.Text, line: 1, goesOn: true, blank: true}
	if strings.HasPrefix(s.src, "\ufeff") {
		s.pos = len("\ufeff")
	}
	return s
}

// Symbols implements lexer.Definition.
func (s *scanner) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition. The text is the file's; the reader is not used.
func (s *scanner) Lex(string, io.Reader) (lexer.Lexer, error) { return s, nil }

// Next implements lexer.Lexer. It never fails.
func (s *scanner) Next() (lexer.Token, error) {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			s.pos++
		case c == '#':
			s.comment()
		case c == '\n':
			at := s.pos
			s.pos++
			s.line++
			s.blank = true
			if !s.goesOn && s.parens == 0 {
				s.goesOn = true // one newline says it all
				return s.token(newline, at), nil
			}
		default:
			return s.significant(), nil
		}
	}
	return s.token(end, s.pos), nil
}

// significant reads a token that is neither blank, comment nor newline.
func (s *scanner) significant() lexer.Token {
	at := s.pos
	s.goesOn, s.blank = false, false
	if n := addressLength(s.src[at:]); n > 0 {
		s.pos += n
		return s.token(address, at)
	}
	if s.src[at] == '"' {
		return s.quoted()
	}
	if strings.HasPrefix(s.src[at:], "=>") {
		s.pos += len("=>") // the arrow of other languages, which would else be two marks
		return s.token(illegal, at)
	}
	for _, m := range marks {
		if strings.HasPrefix(s.src[at:], m) {
			s.pos += len(m)
			s.bracket(m)
			return s.token(mark, at)
		}
	}
	if n := wordLength(s.src[at:]); n > 0 {
		s.pos += n
		return s.token(word, at)
	}
	// Take what is strange in one piece: it is one mistake.
	for s.pos < len(s.src) && !strings.ContainsRune(" \t\r\n#\"=!,;:{}()", rune(s.src[s.pos])) &&
		(s.pos == at || wordLength(s.src[s.pos:]) == 0) {
		_, n := utf8.DecodeRuneInString(s.src[s.pos:])
		s.pos += n
	}
	if s.pos == at {
		s.pos++
	}
	return s.token(illegal, at)
}

// bracket notes what a mark does to the newlines that follow.
func (s *scanner) bracket(m string) {
	switch m {
	case "(":
		s.parens++
		s.goesOn = true
	case ")":
		s.parens = max(0, s.parens-1)
	case ",", "->", "<->":
		s.goesOn = true
	case "{":
		s.open++
		s.goesOn, s.parens = true, 0 // whatever was open, a list of values it was not
	case ";":
		s.goesOn, s.parens = true, 0
	case "}":
		s.open--
		s.parens = 0
	}
}

func (s *scanner) token(kind lexer.TokenType, at int) lexer.Token {
	return lexer.Token{Type: kind, Value: s.src[at:s.pos], Pos: lexer.Position{Offset: at, Line: s.line}}
}

func (s *scanner) comment() {
	at := s.pos
	if i := strings.IndexByte(s.src[at:], '\n'); i >= 0 {
		s.pos += i
	} else {
		s.pos = len(s.src)
	}
	stop := at + len(strings.TrimRight(s.src[at:s.pos], "\r"))
	span := source.Span{File: s.file, Start: at, End: stop}
	s.comments = append(s.comments, ast.Comment{Range: ast.Range{At: span}})
	s.places = append(s.places, commentPlace{s.line, s.blank})
	for i := at; i < stop; {
		r, n := utf8.DecodeRuneInString(s.src[i:stop])
		if r == utf8.RuneError && n == 1 || r == 0 {
			s.diags.Add(badBytes(source.Span{File: s.file, Start: i, End: i + n}))
			break
		}
		i += n
	}
}

// quoted reads a string. A line end closes it as far as the parser is concerned.
func (s *scanner) quoted() lexer.Token {
	at := s.pos
	stop := strings.IndexAny(s.src[at+1:], "\"\n")
	switch {
	case stop < 0:
		s.pos = len(s.src)
	case s.src[at+1+stop] == '"':
		s.pos = at + stop + 2
		return s.token(text, at)
	default:
		s.pos = at + 1 + stop
	}
	s.diags.Add(diag.New(diag.Unclosed, source.Span{File: s.file, Start: at, End: at + 1}, "this string is not closed").
		WithHelp("a string ends on its own line, with \""))
	return s.token(text, at)
}

// wordLength returns how long the word at the start of src is; 0 where there is none.
//
// A word may hold one '/', as in namespace/name and 80/tcp, and ends before
// "->" whether or not there is a blank.
func wordLength(src string) int {
	i := 0
	for i < len(src) {
		c := src[i]
		switch {
		case letterOrDigit(c) || c == '_' || c == '.' || c == '$':
		case c == '-' && i > 0 && !strings.HasPrefix(src[i:], "->"):
		case c == '/' && i > 0:
			if strings.HasPrefix(src[i:], "/*") {
				return i + 2
			}
		case c == '*' && i == 0 && strings.HasPrefix(src, "*."):
		default:
			return i
		}
		i++
	}
	return i
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// addressLength returns how long the IPv6 address or block at the start of
// src is; 0 where there is none. It takes two colons to tell one from a
// tier and its port, db:5432.
func addressLength(src string) int {
	colons, i := 0, 0
	for i < len(src) {
		switch c := src[i]; {
		case c == ':':
			colons++
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' || c == '.':
		default:
			goto done
		}
		i++
	}
done:
	if colons < 2 || src[0] == ':' && src[1] != ':' {
		return 0
	}
	if i < len(src) && src[i] == '/' {
		return i + 1 + wordLength(src[i+1:])
	}
	return i
}
