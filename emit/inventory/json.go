package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// isJSON reports whether a text is a sequence of JSON objects, and of each
// whether it is a List. What is not JSON may be YAML, which JSON is a part of.
func isJSON(text string) (lists []bool, ok bool) {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return nil, false
	}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var head struct {
			Kind json.RawMessage `json:"kind"`
		}
		switch err := d.Decode(&head); {
		case errors.Is(err, io.EOF):
			return lists, true
		case err != nil:
			return nil, false
		}
		lists = append(lists, strings.HasSuffix(string(head.Kind), `List"`))
	}
}

// eachJSON calls do for every value of a JSON text that has been found to be one, and
// before a List for each of its items that says what it is: a whole cluster's
// objects need not be held at once.
func eachJSON(f *source.File, base int, lists []bool, do func(*node)) *fault {
	d := json.NewDecoder(strings.NewReader(f.Text[base:]))
	d.UseNumber()
	p := jsonReader{Decoder: d, text: f.Text, base: base}
	for _, isList := range lists {
		p.item = nil
		if isList {
			p.item = do
		}
		n := p.value(p.next(), 0)
		if p.wrong != nil {
			return p.wrong
		}
		do(&n)
	}
	return nil
}

// jsonReader builds nodes from the library's tokens, which unlike its values
// say where they stand and do not lose repeated keys.
type jsonReader struct {
	*json.Decoder
	text  string
	base  int         // where the JSON begins in the text
	item  func(*node) // takes the items of the List that is read; nil in any other value
	wrong *fault
}

func (p *jsonReader) next() json.Token {
	token, err := p.Token()
	if err != nil {
		p.fail("not JSON: %v", err)
	}
	return token
}

func (p *jsonReader) fail(format string, args ...any) {
	if p.wrong == nil {
		p.wrong = &fault{offset: max(0, p.end()-1), message: fmt.Sprintf(format, args...)}
	}
}

// end returns the offset just behind the last token.
func (p *jsonReader) end() int { return p.base + int(p.InputOffset()) }

// value returns the value that begins with a token that has been read.
func (p *jsonReader) value(token json.Token, depth int) node {
	n := node{offset: max(0, p.end()-1)}
	if depth > maxDepth {
		p.fail("values are nested more than %d deep", maxDepth)
	}
	if p.wrong != nil {
		return n
	}
	switch t := token.(type) {
	case bool:
		n.kind, n.text = scalar, fmt.Sprint(t)
	case json.Number:
		n.kind, n.text = scalar, t.String()
	case string:
		n.kind, n.text = text, t
		// Without escapes, the text stands between its quotes as it is.
		if start := p.end() - len(t) - 2; start >= 0 && p.text[start] == '"' {
			n.offset = start
		}
	case json.Delim:
		n.kind = list
		if t == '{' {
			n.kind = object
		}
		p.members(&n, depth)
	}
	return n
}

// members reads what an object or list holds, and its closing bracket.
func (p *jsonReader) members(n *node, depth int) {
	seen := map[string]bool{}
	for p.wrong == nil {
		token := p.next()
		if token == json.Delim('}') || token == json.Delim(']') {
			return
		}
		key := ""
		if n.kind == object {
			key, _ = token.(string) // the library has seen to it
			if seen[key] {
				p.fail("the key %q stands twice", key)
				return
			}
			seen[key] = true
			token = p.next()
		}
		if depth == 0 && key == "items" && p.item != nil && token == json.Delim('[') {
			n.keys, n.children = append(n.keys, key), append(n.children, p.items())
			continue
		}
		child := p.value(token, depth+1)
		if n.kind == object {
			n.keys = append(n.keys, key)
		}
		n.children = append(n.children, child)
	}
}

// items hands on a List's items, but for those that leave it to the List to say what they are.
func (p *jsonReader) items() node {
	rest := node{kind: list, offset: max(0, p.end()-1)}
	for p.wrong == nil {
		token := p.next()
		if token == json.Delim(']') {
			break
		}
		n := p.value(token, 2)
		if n.str("kind") != "" && n.str("apiVersion") != "" {
			p.item(&n)
		} else {
			rest.children = append(rest.children, n)
		}
	}
	return rest
}
