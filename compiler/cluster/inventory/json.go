package inventory

import (
	"encoding/json"
	"fmt"
	"strings"
)

// jsonReader reads JSON values one after another. Unlike the library, it knows where values begin,
// reports repeated keys, and builds only what is needed.
type jsonReader struct {
	text   string
	pos    int
	need   func(apiVersion, kind string) *shape
	do     func(*node) // nil in the first pass, which only checks the text
	isList bool        // the value is a List
	items  bool        // the key of the List is its items
	kept   int         // values since do was called
	failed bool
	wrong  *fault
}

// readJSON calls do for every value of a text that is a sequence of JSON values, the first an
// object. It returns false for other texts, which may be YAML. Before a List it calls do for each
// item that has a kind and version, so the objects of a cluster are not all in memory at once.
func readJSON(text string, base int, need func(apiVersion, kind string) *shape, do func(*node)) (bool, *fault) {
	check, read := jsonReader{text: text, pos: base}, jsonReader{text: text, pos: base, need: need, do: do}
	if check.peek() != '{' {
		return false, nil
	}
	var lists []bool
	for check.peek() != 0 {
		n := check.value(&shape{fields: map[string]*shape{"kind": everything}}, 0)
		if check.failed {
			return false, nil
		}
		lists = append(lists, strings.HasSuffix(n.str("kind"), "List"))
	}
	if check.wrong != nil {
		return true, check.wrong
	}
	for _, read.isList = range lists {
		read.kept = 0
		n := read.value(everything, 0)
		if read.wrong != nil {
			return true, read.wrong
		}
		do(&n)
	}
	return true, nil
}

// peek skips blanks and returns the next character, or 0 at the end.
func (p *jsonReader) peek() byte {
	for ; p.pos < len(p.text); p.pos++ {
		if c := p.text[p.pos]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// next returns the next character and goes past it.
func (p *jsonReader) next() byte {
	c := p.peek()
	p.pos++
	return c
}

// value reads a value; with a shape of nil, it builds nothing.
func (p *jsonReader) value(s *shape, depth int) node {
	c := p.peek()
	n := node{kind: scalar, offset: p.pos}
	if depth > maxDepth {
		p.wrong = &fault{offset: p.pos, message: fmt.Sprintf("values are nested more than %d deep", maxDepth)}
		p.pos = len(p.text)
		return n
	}
	switch c {
	case '{':
		n.kind = object
		p.members(&n, s, depth, '}')
	case '[':
		n.kind = list
		p.members(&n, s, depth, ']')
	case '"':
		n.kind, n.text = text, p.quoted(s != nil)
	default:
		end := strings.IndexAny(p.text[min(p.pos, len(p.text)):], " \t\r\n,:[]{}\"")
		if end < 0 {
			end = len(p.text) - p.pos
		}
		n.text = p.text[p.pos : p.pos+max(0, end)]
		p.pos += len(n.text)
		p.failed = p.failed || p.do == nil && !json.Valid([]byte(n.text))
		if n.text == "null" {
			n.kind, n.text = null, ""
		}
	}
	return n
}

// quoted reads a string. In the second pass it may leave the escapes of one that is not needed.
func (p *jsonReader) quoted(needed bool) string {
	start, plain := p.pos, true
	for p.pos++; p.pos < len(p.text) && p.text[p.pos] != '"'; p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '\\':
			plain = false
			p.pos++
		case c < ' ':
			p.failed = true
		}
	}
	if p.pos++; p.pos > len(p.text) {
		p.failed = true
		return ""
	}
	if plain || !needed && p.do != nil {
		return p.text[start+1 : p.pos-1]
	}
	var unquoted string
	p.failed = json.Unmarshal([]byte(p.text[start:p.pos]), &unquoted) != nil || p.failed
	return unquoted
}

// members reads what an object or list holds, and its closing bracket.
func (p *jsonReader) members(n *node, s *shape, depth int, closing byte) {
	p.pos++
	if p.peek() == closing {
		p.pos++
		return
	}
	for c := byte(','); c != closing && p.wrong == nil && !p.failed; c = p.next() {
		if p.failed = c != ','; p.failed {
			return
		}
		if s != nil {
			p.kept++
		}
		if p.kept > maxValues {
			p.wrong = &fault{n.offset, fmt.Sprintf("this JSON has more than %d values, too many to be read at once", maxValues), "in a List, give each item its apiVersion and kind, as kubectl does"}
			return
		}
		if n.kind == object {
			s = p.member(n, s, depth)
			continue
		}
		child := p.value(s, depth+1)
		switch {
		case s == nil:
		case depth == 1 && p.items && child.str("kind") != "" && child.str("apiVersion") != "":
			item := child // only what do is given leaves the stack
			p.do(&item)
			p.kept = 0
		default:
			n.children = append(n.children, child)
		}
	}
}

// member reads a key of an object and its value, and returns the shape of what follows.
func (p *jsonReader) member(n *node, s *shape, depth int) *shape {
	if p.peek() != '"' {
		p.failed = true
		return s
	}
	at, key := p.pos, p.quoted(true)
	if p.failed = p.failed || p.next() != ':'; p.failed {
		return s
	}
	if depth == 0 {
		p.items = p.isList && key == "items" && n.get(key) == nil
	}
	of := s.field(key)
	child := p.value(of, depth+1)
	if of == nil {
		return s
	}
	n.add(at, key, child)
	if depth == 0 && !p.isList || depth == 2 && p.items {
		return s.narrowed(n, p.need)
	}
	return s
}
