package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/grammar/source"
)

// blockReader reads the part of YAML that kubectl and most people write: block mappings and lists,
// those in brackets on one line, scalars on their lines, and literal texts, all in ASCII. It is many times faster than the library
// and builds only what a command needs. It gives up at anything else, and the library reads the
// document again; so what it accepts must mean the same to the library.
type blockReader struct {
	text   string
	pos    int // where the next line begins
	end    int // of what is read
	at     int // the next value or key
	col    int // its column
	eol    int // the end of its line, without blanks
	more   bool
	gap    bool // blank lines or comments were skipped before this line
	values int
	failed bool
	known  func(apiVersion, kind string) *shape
	object int // how deep the object is: 1 in an item of a list
}

// readBlock reads a part of a file that is one document, or an item of a list with its dash. It
// returns false if the library has to read it. A document of comments is null.
func readBlock(f *source.File, start, end int, known func(apiVersion, kind string) *shape) (node, bool) {
	if end == start || f.Text[end-1] != '\n' {
		return node{}, false
	}
	for i := start; i < end; i++ {
		if c := f.Text[i]; c < ' ' && c != '\n' || c > '~' {
			return node{}, false
		}
	}
	b := blockReader{text: f.Text, pos: start, end: end, known: known}
	if b.advance(); b.more && b.col == 0 && b.line() == "---" {
		b.advance()
	}
	if !b.more {
		return node{}, true
	}
	if b.dash() {
		b.object = 1
	}
	n := b.collection(everything, 0)
	return n, !b.failed && !b.more
}

func (b *blockReader) line() string { return b.text[b.at:b.eol] }

func (b *blockReader) fail() { b.failed, b.more = true, false }

// peek returns where the next line holds something, and where it ends.
func (b *blockReader) peek() (i, eol int) {
	i, eol = b.pos, b.pos+strings.IndexByte(b.text[b.pos:b.end], '\n')
	for b.text[i] == ' ' {
		i++
	}
	return i, eol
}

// advance goes to the next line that holds something.
func (b *blockReader) advance() {
	for b.gap = false; b.pos < b.end; b.gap = true {
		i, eol := b.peek()
		start := b.pos
		b.pos = eol + 1
		if i == eol || b.text[i] == '#' {
			continue
		}
		for b.text[eol-1] == ' ' {
			eol--
		}
		b.at, b.col, b.eol, b.more = i, i-start, eol, !b.failed
		return
	}
	b.more = false
}

func (b *blockReader) dash() bool {
	return b.text[b.at] == '-' && (b.at+1 == b.eol || b.text[b.at+1] == ' ')
}

// count limits how many values there are, and how deep they are nested.
func (b *blockReader) count(depth int) {
	if b.values++; b.values > maxValues || depth > maxDepth {
		b.fail()
	}
}

// collection reads a mapping or list whose first line is the next. depth counts from the object on.
func (b *blockReader) collection(s *shape, depth int) node {
	if b.count(depth); b.failed {
		return node{}
	}
	if b.dash() {
		return b.list(s, depth)
	}
	return b.mapping(s, depth)
}

func (b *blockReader) list(s *shape, depth int) node {
	n := node{kind: list, offset: b.at}
	col := b.col
	for b.more && b.col == col && b.dash() {
		child := node{offset: b.at}
		i := b.at + 1
		for i < b.eol && b.text[i] == ' ' {
			i++
		}
		if i == b.eol {
			if b.advance(); b.more && b.col > col {
				child = b.collection(s, depth+1)
			}
		} else {
			b.at, b.col = i, b.col+i-b.at
			if _, _, isKey := b.key(); isKey || b.dash() {
				child = b.collection(s, depth+1)
			} else {
				child = b.scalar(s, col, depth+1)
			}
		}
		if s != nil {
			n.children = append(n.children, child)
		}
	}
	if b.more && b.col > col {
		b.fail()
	}
	return n
}

func (b *blockReader) mapping(s *shape, depth int) node {
	n := node{kind: object, offset: b.at}
	col := b.col
	for b.more && b.col == col {
		key, i, ok := b.key()
		if !ok {
			b.fail()
			break
		}
		of := s.field(key)
		child := node{offset: b.at + len(key) + 1}
		if i < b.eol {
			b.at = i
			child = b.scalar(of, col, depth+1)
		} else if b.advance(); b.more && (b.col > col || b.col == col && b.dash()) {
			child = b.collection(of, depth+1)
		}
		if of == nil {
			continue
		}
		if n.get(key) != nil {
			b.fail() // the library's reader reports it
			break
		}
		n.set(key, child)
		if depth == b.object {
			s = s.narrowed(&n, b.known)
		}
	}
	if b.more && b.col > col {
		b.fail()
	}
	return n
}

// maxKey is the maximum size of a key. YAML has a limit a little above it.
const maxKey = 1000

// key returns the key at the start of what is next, and where its value begins.
func (b *blockReader) key() (key string, value int, ok bool) {
	line := b.line()
	i := 0
	for ; i < len(line) && (line[i] != ':' || i+1 < len(line) && line[i+1] != ' '); i++ {
		if line[i] == ' ' && i+1 < len(line) && line[i+1] == '#' {
			return "", 0, false
		}
	}
	if i == len(line) || i > maxKey || !isText(line[:i]) || line[i-1] == ' ' {
		return "", 0, false
	}
	key = line[:i]
	for i++; i < len(line) && line[i] == ' '; i++ {
	}
	if i < len(line) && line[i] == '#' {
		i = len(line)
	}
	return key, b.at + i, true
}

// special are the characters with which no plain scalar begins.
const special = "-?:,[]{}#&*!|>%@`\"'"

// beginsPlain reports whether a text begins as a plain scalar does. A "-" is part of one if something
// follows it directly.
func beginsPlain(s string) bool {
	if s[0] == '-' && len(s) > 1 {
		c := s[1]
		return c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	return strings.IndexByte(special, s[0]) < 0
}

// scalar reads the value that is next, after a key or dash. Its parent is at a column.
func (b *blockReader) scalar(s *shape, parent, depth int) node {
	n := node{kind: text, offset: b.at}
	line, start, end := b.line(), b.at, b.pos
	if line[0] == '{' || line[0] == '[' {
		return b.flow(s, parent, depth)
	}
	b.count(0)
	plain, quoted := beginsPlain(line), line[0] == '"' || line[0] == '\''
	switch {
	case line == "|", line == "|-":
		n.text = b.literal(s, parent)
		return n
	case !plain && !quoted:
		b.fail()
		return n
	}
	plain = plain && isPlain(line)
	for b.advance(); b.more && b.col > parent; b.advance() {
		plain = plain && !b.gap && !b.dash() && isPlain(b.line())
		end = b.pos
	}
	several := strings.IndexByte(b.text[start:end-1], '\n') >= 0
	if quoted && !several {
		if value, size, ok := unquoted(line); ok && size == len(line) {
			n.text = value
			return n
		}
	}
	switch {
	case b.failed, plain && s == nil:
	case plain && !several && isText(line):
		n.text = line
	case plain && !several:
		return b.convert(&yaml.Node{Kind: yaml.ScalarNode, Value: line}, start)
	default:
		var document yaml.Node
		if yaml.Unmarshal([]byte("x: "+b.text[start:end]), &document) != nil || len(document.Content[0].Content) != 2 {
			b.fail()
			return n
		}
		return b.convert(document.Content[0].Content[1], start)
	}
	return n
}

// convert returns a scalar of the library that begins at an offset.
func (b *blockReader) convert(n *yaml.Node, offset int) node {
	c := converter{}
	n.Line = 0
	out := c.scalar(n)
	if n.Kind != yaml.ScalarNode || c.wrong != nil {
		b.fail()
	}
	out.offset = offset
	return out
}

// isPlain reports whether a line may be one of a scalar without quotes and comments.
func isPlain(line string) bool {
	return !strings.Contains(line, " #") && !strings.Contains(line, ": ") && line[len(line)-1] != ':'
}

// isText reports whether a plain scalar is a text to every program. It returns false for those that
// need a closer look.
func isText(s string) bool {
	if s == "" || s == "." { // the latter is a key of managedFields
		return s != ""
	}
	if c := s[0] | 0x20; (c < 'a' || c > 'z') && s[0] != '/' {
		return len(s) > 2 && s[:2] == "--"
	}
	if len(s) > 5 {
		return true
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

// literal reads the lines after a "|" or "|-".
func (b *blockReader) literal(s *shape, parent int) string {
	header := b.line()
	var out strings.Builder
	indent, blank := -1, 0
	for b.pos < b.end {
		i, eol := b.peek()
		col := i - b.pos
		if i < eol && col <= parent {
			break
		}
		if i < eol && indent < 0 {
			indent = col
		}
		if i == eol && col > 0 || i < eol && col < indent || indent < 0 {
			b.fail() // blanks that may be part of the text, or too few
			return ""
		}
		if i == eol {
			blank++
		} else if s != nil {
			out.WriteString(strings.Repeat("\n", blank) + b.text[b.pos+indent:eol] + "\n")
			blank = 0
		}
		b.pos = eol + 1
	}
	if indent < 0 {
		b.fail()
	}
	b.advance()
	if header == "|-" {
		return strings.TrimSuffix(out.String(), "\n")
	}
	return out.String()
}
