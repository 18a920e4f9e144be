package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// flow reads a mapping or list in brackets that ends on the line on which it begins. Its parent is at
// a column.
func (b *blockReader) flow(s *shape, parent, depth int) node {
	n := b.flowValue(s, depth)
	if rest := strings.TrimLeft(b.line(), " "); rest != "" && (rest[0] != '#' || len(rest) == len(b.line())) {
		b.fail()
	}
	if b.advance(); b.more && b.col > parent {
		b.fail()
	}
	return n
}

// flowValue reads a value inside brackets, or one with them.
func (b *blockReader) flowValue(s *shape, depth int) node {
	n := node{kind: text, offset: b.at}
	if b.count(depth); b.failed || b.at == b.eol {
		b.fail()
		return n
	}
	switch c := b.text[b.at]; {
	case c == '{' || c == '[':
		b.members(&n, s, depth)
	case c == '"' || c == '\'':
		value, size, ok := unquoted(b.line())
		if !ok {
			b.fail()
		}
		n.text = value
		b.at += size
	default:
		value, isKey := b.flowPlain()
		switch {
		case b.failed || isKey:
			b.fail()
		case s == nil:
		case isText(value):
			n.text = value
		default:
			return b.convert(&yaml.Node{Kind: yaml.ScalarNode, Value: value}, n.offset)
		}
	}
	return n
}

// members reads what is inside brackets, and the brackets.
func (b *blockReader) members(n *node, s *shape, depth int) {
	closing := byte('}')
	if n.kind = object; b.text[b.at] == '[' {
		n.kind, closing = list, ']'
	}
	b.at++
	for {
		if b.skipBlanks(); b.failed || b.at == b.eol {
			b.fail() // it goes on on the next line
			return
		}
		if b.text[b.at] == closing {
			b.at++
			return
		}
		if n.kind == list {
			if child := b.flowValue(s, depth+1); s != nil {
				n.children = append(n.children, child)
			}
		} else {
			b.flowMember(n, s, depth)
		}
		if b.skipBlanks(); b.failed || b.at == b.eol {
			b.fail()
			return
		}
		switch b.text[b.at] {
		case ',':
			b.at++
		case closing:
		default:
			b.fail()
		}
	}
}

// flowMember reads a key of a mapping in braces, and its value.
func (b *blockReader) flowMember(n *node, s *shape, depth int) {
	var key string
	if c := b.text[b.at]; c == '"' || c == '\'' {
		value, size, ok := unquoted(b.line())
		if b.at += size; !ok || value == "" || value == "<<" || b.at == b.eol || b.text[b.at] != ':' {
			b.fail()
			return
		}
		key = value
	} else {
		value, isKey := b.flowPlain()
		if b.failed || !isKey || !isText(value) {
			b.fail()
			return
		}
		key = value
	}
	b.at++
	b.skipBlanks()
	of := s.field(key)
	child := b.flowValue(of, depth+1)
	switch {
	case of == nil:
	case len(key) > maxKey || n.get(key) != nil:
		b.fail() // the library's reader reports it
	default:
		n.set(key, child)
	}
}

func (b *blockReader) skipBlanks() {
	for b.at < b.eol && b.text[b.at] == ' ' {
		b.at++
	}
}

// flowPlain reads a scalar without quotes inside brackets, up to what ends it. It may be a key, which
// ends at a colon.
func (b *blockReader) flowPlain() (value string, isKey bool) {
	line := b.line()
	if line == "" || !beginsPlain(line) {
		b.fail()
		return "", false
	}
	i := 0
	for ; i < len(line) && strings.IndexByte(",[]{}", line[i]) < 0; i++ {
		last := i+1 == len(line) || strings.IndexByte(" ,[]{}", line[i+1]) >= 0
		switch c := line[i]; {
		case c == ':' && i+1 < len(line) && line[i+1] == ' ':
			isKey = true
		case (c == ':' || c == '?') && last, c == '#' && i > 0 && line[i-1] == ' ':
			b.fail()
			return "", false
		}
		if isKey {
			break
		}
	}
	b.at += i
	if isKey && line[i-1] == ' ' {
		b.fail()
	}
	return strings.TrimRight(line[:i], " "), isKey
}

// unquoted returns the text of the scalar in quotes with which a line begins, and its size there. It
// returns false for one that goes on on the next line, or that has an escape that is rare.
func unquoted(line string) (value string, size int, ok bool) {
	quote := line[0]
	end := strings.IndexByte(line[1:], quote) + 1
	if end == 0 {
		return "", 0, false
	}
	if quote == '\'' {
		return line[1:end], end + 1, end+1 == len(line) || line[end+1] != quote
	}
	if strings.IndexByte(line[1:end], '\\') < 0 {
		return line[1:end], end + 1, true
	}
	var out strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == quote:
			return out.String(), i + 1, true
		case c != '\\':
			out.WriteByte(c)
		default:
			i++
			at := -1
			if i < len(line) {
				at = strings.IndexByte(`"\/nt`, line[i])
			}
			if at < 0 {
				return "", 0, false
			}
			out.WriteByte("\"\\/\n\t"[at])
		}
	}
	return "", 0, false
}
