package grammar

import (
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

// scanner reads tokens. Comments are not tokens: they have a table of their own.
type scanner struct {
	file *source.File
	src  string
	pos  int
	line int

	goesOn   bool // the last token continues the statement on the next line
	blank    bool // nothing but blanks on this line so far
	noStop   bool // no "*/" is left in the text
	comments []ast.Comment
	places   []commentPlace // one for each comment
	mistakes tally
	unclosed map[int]bool // where strings begin that are not closed, which has been reported
	read     int          // how many tokens and comments have been read
	tooMuch  bool         // there are more than a file may have, and they were not read
}

type commentPlace struct {
	line  int
	alone bool // nothing else is on its line
}

func newScanner(file *source.File) *scanner {
	s := &scanner{file: file, src: file.Text, line: 1, goesOn: true, blank: true}
	if strings.HasPrefix(s.src, "\ufeff") {
		s.pos = len("\ufeff")
	}
	return s
}

// Next implements lexer.Lexer. It never fails.
func (s *scanner) Next() (lexer.Token, error) { return s.token(), nil }

// token reads a token; at the end of the text the same again and again.
func (s *scanner) token() lexer.Token {
	s.read++
	for s.pos < len(s.src) {
		if s.read > maxTokens {
			s.tooMuch = true
			s.pos = len(s.src)
			break
		}
		switch c := s.src[s.pos]; {
		case c == ' ' || c == '\t' || c == '\r' && s.endsLine(s.pos+1):
			s.pos++
		case c == '#':
			s.comment()
		case c == '\n':
			at := s.pos
			s.pos++
			s.line++
			s.blank = true
			if !s.goesOn {
				s.goesOn = true // one newline says it all
				return s.since(newline, at)
			}
		default:
			return s.significant()
		}
	}
	return s.since(end, s.pos)
}

// significant reads a token that is neither blank, comment nor newline.
func (s *scanner) significant() lexer.Token {
	at := s.pos
	s.goesOn, s.blank = false, false
	if n := addressLength(s.src[at:]); n > 0 {
		s.pos += n
		return s.since(address, at)
	}
	if s.src[at] == '"' {
		return s.quoted()
	}
	if n := s.foreignLength(s.src[at:]); n > 0 {
		s.pos += n
		tok := s.since(illegal, at)
		s.line += strings.Count(tok.Value, "\n")
		return tok
	}
	if n := wordLength(s.src[at:]); n > 0 {
		s.pos += n
		if n := templateLength(s.src[s.pos:]); n > 0 {
			s.pos += n
			return s.since(illegal, at)
		}
		return s.since(word, at)
	}
	for _, m := range marks {
		if strings.HasPrefix(s.src[at:], m) {
			s.pos += len(m)
			s.note(m)
			return s.since(mark, at)
		}
	}
	// Take what is strange in one piece: it is one mistake.
	for {
		_, n := utf8.DecodeRuneInString(s.src[s.pos:])
		s.pos += n
		if s.pos == len(s.src) || strings.IndexByte(" \t\r\n#\"=!,;:{}()", s.src[s.pos]) >= 0 || wordLength(s.src[s.pos:]) > 0 {
			break
		}
		if s.src[at] >= utf8.RuneSelf && strings.HasPrefix(s.src[s.pos:], "->") {
			break // an arrow, and not the end of another one, such as -->
		}
	}
	s.goesOn = s.src[at:s.pos] == `\` // as in other languages, so that it is one mistake
	return s.since(illegal, at)
}

// note records whether a mark continues the statement on the next line.
func (s *scanner) note(m string) {
	switch m {
	case "{", "(", ",", ";", "->", "<->":
		s.goesOn = true
	}
}

// foreignLength returns how long the piece of another language at the start of src is: an arrow, a
// template or a comment, whose text is no statement and must not be read as one.
func (s *scanner) foreignLength(src string) int {
	switch {
	case strings.HasPrefix(src, "=>"), strings.HasPrefix(src, "==>"):
		return strings.IndexByte(src, '>') + 1
	case strings.HasPrefix(src, "{{"):
		return templateLength(src)
	case strings.HasPrefix(src, "/*") && !s.noStop:
		if i := strings.Index(src[2:], "*/"); i >= 0 {
			return 2 + i + 2
		}
		s.noStop = true
		fallthrough
	case strings.HasPrefix(src, "//"), strings.HasPrefix(src, "/*"):
		if i := strings.IndexByte(src, '\n'); i >= 0 {
			return len(strings.TrimSuffix(src[:i], "\r"))
		}
		return len(src)
	}
	return 0
}

// templateLength returns how long the template at the start of src is, as in {{ name }}; 0 where there
// is none.
func templateLength(src string) int {
	if !strings.HasPrefix(src, "{{") {
		return 0
	}
	src, _, _ = strings.Cut(src[:min(len(src), maxWord)], "\n")
	if i := strings.Index(src, "}}"); i >= 0 {
		return i + len("}}")
	}
	return 0
}

// endsLine reports whether a line or the text ends at an offset.
func (s *scanner) endsLine(at int) bool { return at == len(s.src) || s.src[at] == '\n' }

// since returns what was read from an offset on as a token.
func (s *scanner) since(kind lexer.TokenType, at int) lexer.Token {
	if s.pos-at > maxWord && (kind == word || kind == address || kind == text) {
		kind = illegal
	}
	return lexer.Token{Type: kind, Value: s.src[at:s.pos], Pos: lexer.Position{Offset: at, Line: s.line}}
}

func (s *scanner) comment() {
	at := s.pos
	s.read++
	if i := strings.IndexByte(s.src[at:], '\n'); i >= 0 {
		s.pos += i
	} else {
		s.pos = len(s.src)
	}
	stop := at + len(strings.TrimSuffix(s.src[at:s.pos], "\r"))
	span := source.Span{File: s.file, Start: at, End: stop}
	s.comments = append(s.comments, ast.Comment{Range: ast.Range{At: span}})
	s.places = append(s.places, commentPlace{s.line, s.blank})
	s.checkText(at, stop)
}

// checkText reports the first character that not even a comment or string may have. A bare
// carriage return is one: editors show what follows it as a line of its own.
func (s *scanner) checkText(at, stop int) {
	for i := at; i < stop; {
		r, n := utf8.DecodeRuneInString(s.src[i:stop])
		if r == utf8.RuneError && n == 1 || r == 0 || r == '\r' {
			s.mistakes.add(badCharacter(source.Span{File: s.file, Start: i, End: i + n}))
			return
		}
		i += n
	}
}

// quoted reads a string. A line end closes it as far as the parser is concerned.
func (s *scanner) quoted() lexer.Token {
	at := s.pos
	stop := len(s.src)
	if i := strings.IndexAny(s.src[at+1:], "\"\n"); i >= 0 {
		stop = at + 1 + i
	}
	if stop < len(s.src) && s.src[stop] == '"' {
		s.pos = stop + 1
		s.checkText(at, stop)
		return s.since(text, at)
	}
	s.pos = at + len(strings.TrimSuffix(s.src[at:stop], "\r"))
	s.checkText(at, s.pos)
	if s.unclosed == nil {
		s.unclosed = map[int]bool{}
	}
	s.unclosed[at] = true
	s.mistakes.add(diag.New(diag.Unclosed, source.Span{File: s.file, Start: at, End: at + 1}, "unclosed string").
		WithHelp("remove the quote, or end the string with '\"' on the same line"))
	return s.since(text, at)
}

// wordLength returns how long the word at the start of src is; 0 where there is none.
//
// A word may hold '/', as in namespace/name and 80/tcp, and ends before
// "->" whether or not there is a blank.
func wordLength(src string) int {
	i := 0
	for i < len(src) {
		c := src[i]
		switch {
		case letterOrDigit(c) || c == '_' || c == '.':
		case c == '$':
			i += variableLength(src[i+1:])
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

// variableLength returns how long the name of a variable in brackets at the start of src is, as in
// ${name}; 0 where there is none. The language has no such variables, and each is one mistake.
func variableLength(src string) int {
	for _, brackets := range []string{"{}", "()"} {
		if !strings.HasPrefix(src, brackets[:1]) {
			continue
		}
		if i := strings.IndexAny(src[:min(len(src), maxWord)], brackets[1:]+"\n"); i >= 0 && src[i] == brackets[1] {
			return i + 1
		}
	}
	return 0
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
	switch {
	case i < len(src) && src[i] == '/':
		return i + 1 + wordLength(src[i+1:])
	case i < len(src) && src[i] == '-' && addressLength(src[i+1:]) > 0: // a range, which is one mistake
		return i + 1 + addressLength(src[i+1:])
	}
	return i
}
