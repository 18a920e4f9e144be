package manifest

import "strings"

// The library reads any YAML and JSON, by way of a tree and reflection, and takes twenty times as
// long. The scanner reads only the forms that the writer writes: in YAML, mappings and lists in
// fixed columns, text on one line with or without quotes, and literals; in JSON, values indented
// by two spaces. Keys must be in order. It gives up at anything else, and the library reads or
// refuses the document. So whatever it accepts must mean the same to the library.

// scanner is a position in a document. Before the value of a key or item, it is after the colon
// or dash; in JSON, before the space that precedes the value.
type scanner struct {
	text   string
	at     int
	json   bool
	gaveUp bool
}

// giveUp ends all reading: nothing is left to read.
func (s *scanner) giveUp() {
	s.gaveUp = true
	s.at = len(s.text)
}

// skip reads a text if it comes next.
func (s *scanner) skip(text string) bool {
	if !strings.HasPrefix(s.text[s.at:], text) {
		return false
	}
	s.at += len(text)
	return true
}

func (s *scanner) expect(text string) {
	if !s.skip(text) {
		s.giveUp()
	}
}

// line goes to the next line if it has this indentation and mark. In JSON, a comma must precede
// all lines of a mapping or list but the first.
func (s *scanner) line(column int, mark string, first bool) bool {
	before, comma := s.at, s.json && !first
	if comma && !s.skip(",") {
		return false
	}
	if s.skip("\n") && s.skip(spaces[:column]) && s.skip(mark) && s.at < len(s.text) {
		return true
	}
	s.at = before
	if comma {
		s.giveUp()
	}
	return false
}

// mapping reads a mapping with its keys in a column. It calls value before each key's value.
func (s *scanner) mapping(column int, value func(key string, column int)) {
	if s.skip(" {}") {
		return
	}
	if s.json {
		s.expect(" {")
	}
	if !s.line(column, "", true) {
		s.giveUp()
	}
	s.fields(column, value)
	if s.json {
		s.expect("\n" + spaces[:column-2] + "}")
	}
}

// fields reads the keys of a mapping, from the first one, and their values. The keys must be in
// order, so none occurs twice. A key whose value is not read is an error.
func (s *scanner) fields(column int, value func(key string, column int)) {
	last := ""
	for more := true; more; more = s.line(column, "", false) {
		key := s.key()
		if key <= last || !s.skip(":") {
			s.giveUp()
			return
		}
		last = key
		before := s.at
		if value(key, column); s.at == before {
			s.giveUp() // an unknown key
		}
	}
}

// item reads a mapping that is an item of a list: in YAML, the first key is beside the dash.
func (s *scanner) item(column int, value func(key string, column int)) {
	if s.json || strings.HasPrefix(s.text[s.at:], " {") {
		s.mapping(column, value)
		return
	}
	s.expect(" ")
	s.fields(column, value)
}

// list reads a list that is the value of a key in a column. It calls item before each item, with
// the column of the item's keys.
func (s *scanner) list(column int, item func(column int)) {
	first, line, mark, keys := true, column, "-", column+2
	if s.json {
		s.expect(" [")
		line, mark, keys = column+1, "", column+4 // the value of an item begins with a space
	}
	for ; s.line(line, mark, first); first = false {
		item(keys)
	}
	if s.json {
		s.expect("\n" + spaces[:column] + "]")
	}
	if first {
		s.giveUp()
	}
}

// block returns the end of a value whose lines are right of a column, or begin with a dash in it.
func (s *scanner) block(column int) int {
	end := s.at
	for {
		i := strings.IndexByte(s.text[end:], '\n')
		if i < 0 {
			return len(s.text)
		}
		next := end + i + 1
		if rest := s.text[next:]; len(rest) <= column || rest[:column] != spaces[:column] || rest[column] != ' ' && rest[column] != '-' {
			end += i
			break
		}
		end = next
	}
	if s.json { // the bracket that closes the value is on a line of its own
		for end++; end < len(s.text) && s.text[end] == ' '; end++ {
		}
		return min(end+1, len(s.text))
	}
	return end
}

// maxKey limits the length of keys: longer ones need another form in YAML.
const maxKey = 1000

// key reads a key, without its colon.
func (s *scanner) key() string {
	if s.json || strings.HasPrefix(s.text[s.at:], `"`) {
		key := s.quoted()
		if len(key) > maxKey {
			s.giveUp()
		}
		return key
	}
	start := s.at
	for s.at < len(s.text) && inKey(s.text[s.at]) {
		s.at++
	}
	key := s.text[start:s.at]
	if !isText(key) || len(key) > maxKey {
		s.giveUp()
	}
	return key
}

// scalar reads text that is the value of a key or item, further lines of which are right of a
// column.
func (s *scanner) scalar(column int) string {
	s.expect(" ")
	switch {
	case s.json || strings.HasPrefix(s.text[s.at:], `"`):
		return s.quoted()
	case s.skip("|-\n"):
		return s.literal(column)
	}
	text := s.rest()
	if !isPlain(text) || !readable(text) {
		s.giveUp()
	}
	return text
}

// rest reads the rest of a line.
func (s *scanner) rest() string {
	text := s.text[s.at:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	s.at += len(text)
	return text
}

// quoted reads text in double quotes.
func (s *scanner) quoted() string {
	s.expect(`"`)
	var before []byte
	start := s.at
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			text := s.text[start:s.at]
			if s.at++; before != nil {
				text = string(append(before, text...))
			}
			if !printable(text) {
				s.giveUp()
			}
			return text
		case '\\':
			before = append(before, s.text[start:s.at]...)
			s.at++
			switch {
			case s.skip("n"):
				before = append(before, '\n')
				start = s.at
				s.at--
			case strings.HasPrefix(s.text[s.at:], `"`), strings.HasPrefix(s.text[s.at:], `\`):
				start = s.at
			default:
				s.giveUp()
			}
		case '\n':
			s.giveUp()
		}
	}
	s.giveUp()
	return ""
}

// literal reads the lines of a literal as they are. None but the first may begin with a space.
func (s *scanner) literal(column int) string {
	margin := spaces[:column+2]
	s.expect(margin)
	start, end := s.at, s.at
	for more := true; more; more = s.skip(margin) {
		s.rest()
		end = s.at
		for s.skip("\n") && strings.HasPrefix(s.text[s.at:], "\n") { // an empty line
		}
	}
	s.at = end
	text := s.text[start:end]
	if text == "" || text[0] == ' ' || text[0] == '\n' || !readable(text) {
		s.giveUp()
	}
	return strings.ReplaceAll(text, "\n"+margin, "\n")
}

// number reads the value of a key that is a number.
func (s *scanner) number() int32 {
	s.expect(" ")
	start, n := s.at, int32(0)
	for ; s.digit(s.at); s.at++ {
		n = n*10 + int32(s.text[s.at]-'0')
	}
	if digits := s.at - start; digits == 0 || digits > 9 || digits > 1 && s.text[start] == '0' {
		s.giveUp()
	}
	return n
}

func (s *scanner) digit(at int) bool {
	return at < len(s.text) && '0' <= s.text[at] && s.text[at] <= '9'
}

// isNumber reports whether the value of a key begins as a number.
func (s *scanner) isNumber() bool { return s.digit(s.at + 1) }
