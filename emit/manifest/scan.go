package manifest

import (
	"strings"
	"unicode/utf8"
)

// The library reads YAML of any form by way of a tree, JSON and reflection. The scanner reads
// the little of YAML that manifests are mostly written in: block mappings and sequences, plain and quoted
// text, and literals. It knows nothing of how zt writes, and takes no text for right that it is not
// sure of. Wherever it meets anything else (a comment, a tab, an anchor, a tag, a flow collection, a blank
// line, a number where text belongs) it gives up, and the document is the library's to read or to refuse.

// scanner is a place in a document.
type scanner struct {
	text   string
	at     int      // where text is read up to; behind a key's colon, behind "- ", or where a line begins
	keys   []string // of the mappings around the place, outermost first
	known  *known
	gaveUp bool
}

// maxKeys is how many keys of one mapping the scanner holds against each other.
const maxKeys = 64

// giveUp ends all reading: nothing is left to read.
func (s *scanner) giveUp() {
	s.gaveUp = true
	s.at = len(s.text)
}

// readable reports whether a text has only characters that mean themselves in YAML, and no line that
// ends in a space.
func readable(text string) bool {
	if strings.HasSuffix(text, " ") || strings.Contains(text, " \n") {
		return false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if ' ' <= c && c < 0x7f || c == '\n' {
			continue
		}
		switch {
		case c < utf8.RuneSelf:
			return false
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError || r <= '\u00a0' || r == '\u2028' || r == '\u2029' || r >= '\ufe00' {
				return false
			}
			i += size - 1
		}
	}
	return true
}

// line returns the column in which the line begins that the scanner is at the start of; -1 at the end.
func (s *scanner) line() int {
	if s.at >= len(s.text) {
		return -1
	}
	i := s.at
	for i < len(s.text) && s.text[i] == ' ' {
		i++
	}
	if i == len(s.text) || s.text[i] == '\n' || s.text[i] == '#' {
		s.giveUp()
		return -1
	}
	return i - s.at
}

// end reads the end of a line.
func (s *scanner) end() {
	switch {
	case s.at == len(s.text):
	case s.text[s.at] == '\n':
		s.at++
	default:
		s.giveUp()
	}
}

// rest reads what is left of a line, and its end.
func (s *scanner) rest() string {
	text := s.text[s.at:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		s.at += i + 1
		return text[:i]
	}
	s.at = len(s.text)
	return text
}

// below returns where the lines end that belong to a key in a column, behind this one: those to the right of it,
// and the dashes below it.
func (s *scanner) below(column int) int {
	end := s.at
	for {
		i := strings.IndexByte(s.text[end:], '\n')
		if i < 0 {
			return len(s.text)
		}
		end += i + 1
		spaces := 0
		for spaces <= column && end+spaces < len(s.text) && s.text[end+spaces] == ' ' {
			spaces++
		}
		if spaces < column || spaces == column && (end+spaces == len(s.text) || s.text[end+spaces] != '-') {
			return end
		}
	}
}

// skip reads a text if it is what comes next.
func (s *scanner) skip(text string) bool {
	if !strings.HasPrefix(s.text[s.at:], text) {
		return false
	}
	s.at += len(text)
	return true
}

// mapping reads the keys that stand in a column, from the first, which the scanner is at, and
// calls value where that of a key begins, with the column. No key may be there twice.
func (s *scanner) mapping(column int, value func(key string, column int)) {
	above := len(s.keys)
	for !s.gaveUp {
		key := s.key()
		for _, k := range s.keys[above:] {
			if k == key {
				s.giveUp()
			}
		}
		if len(s.keys)-above == maxKeys {
			s.giveUp()
		}
		s.keys = append(s.keys, key)
		if !s.gaveUp {
			value(key, column)
		}
		if s.line() < column {
			break
		}
		s.at += column // and what stands further right is no key
	}
	s.keys = s.keys[:above]
}

// key reads a key and the colon behind it.
func (s *scanner) key() string {
	var key string
	switch c := s.text[min(s.at, len(s.text)-1)]; {
	case c == '"' || c == '\'':
		key = s.quoted(c, -1)
	case letter(c):
		end := s.at
		for end < len(s.text) && inName(s.text[end]) {
			end++
		}
		key = s.text[s.at:end]
		s.at = end
		if !isText(key) {
			s.giveUp()
		}
	default:
		s.giveUp()
	}
	if len(key) > 128 || !s.skip(":") {
		s.giveUp()
	}
	return key
}

// letter reports whether a byte is a letter of ASCII.
func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// inName reports whether a byte can be in a key without quotes.
func inName(c byte) bool {
	return letter(c) || '0' <= c && c <= '9' || c == '.' || c == '/' || c == '-' || c == '_'
}

// nested reads the mapping that is the value of a key in a column: one below it, or {}.
func (s *scanner) nested(column int, value func(key string, column int)) {
	if s.skip(" {}") {
		s.end()
		return
	}
	s.end()
	below := s.line()
	if below <= column {
		s.giveUp()
		return
	}
	s.at += below
	s.mapping(below, value)
}

// sequence reads the sequence that is the value of a key in a column, and
// calls item where one begins, with the column of what may stand below it.
func (s *scanner) sequence(column int, item func(column int)) {
	s.end()
	dash := s.line()
	if dash < column || dash >= 0 && s.text[s.at+dash] != '-' {
		s.giveUp()
	}
	for !s.gaveUp {
		s.at += dash
		if !s.skip("- ") {
			s.giveUp()
			return
		}
		item(dash)
		if s.line() != dash || s.text[s.at+dash] != '-' {
			return // which is for what is around to judge
		}
	}
}

// item reads the mapping that is an item of a sequence with its dashes in a column: one beside the dash, or {}.
func (s *scanner) item(column int, value func(key string, column int)) {
	if s.skip("{}") {
		s.end()
		return
	}
	s.mapping(column+2, value)
}
