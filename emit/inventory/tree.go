package inventory

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// node is a value of a manifest, from YAML or JSON, that knows where it stands.
// The libraries that decode into API types do not tell; so text becomes
// nodes, nodes become JSON for the libraries, and the paths in what they say lead back to nodes.
type node struct {
	kind     kind
	text     string   // of a text, itself; of other scalars, their JSON
	keys     []string // of an object, beside its children
	children []node   // of an object or list
	offset   int      // where it begins in the file
}

type kind uint8

const (
	null kind = iota
	scalar
	text
	list
	object
)

// maxDepth is how deep values may be nested. No API comes near it.
const maxDepth = 1000

// get returns the value of an object's key, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	if i := slices.Index(n.keys, key); i >= 0 {
		return &n.children[i]
	}
	return nil
}

// str returns the text of an object's key, or "".
func (n *node) str(key string) string {
	if v := n.get(key); v != nil && v.kind == text {
		return v.text
	}
	return ""
}

// remove takes a key out of an object.
func (n *node) remove(key string) {
	if n == nil || n.kind != object {
		return
	}
	if i := slices.Index(n.keys, key); i >= 0 {
		n.keys = slices.Delete(n.keys, i, i+1)
		n.children = slices.Delete(n.children, i, i+1)
	}
}

// inherit gives an object a text under a key that it does not have.
func (n *node) inherit(key, value string) {
	if n.kind == object && n.get(key) == nil {
		n.keys = append(n.keys, key)
		n.children = append(n.children, node{kind: text, text: value, offset: n.offset})
	}
}

// moveTo says that the value and all in it stand at an offset.
func (n *node) moveTo(offset int) {
	n.offset = offset
	for i := range n.children {
		n.children[i].moveTo(offset)
	}
}

// at returns the innermost value on a path like spec.ingress[0].from that
// there is.
func (n *node) at(path string) *node {
	for n != nil && path != "" {
		var next *node
		next, path = n.step(path)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// step follows the first part of a path and returns the rest of it. A key may
// itself have dots in it, as those of labels do.
func (n *node) step(path string) (*node, string) {
	path = strings.TrimPrefix(path, ".")
	if inside, ok := strings.CutPrefix(path, "["); ok {
		index, rest, _ := strings.Cut(inside, "]")
		if i, err := strconv.Atoi(index); n.kind == list && err == nil && i >= 0 && i < len(n.children) {
			return &n.children[i], rest
		}
		return n.get(index), rest
	}
	for end := range len(path) + 1 {
		if end == len(path) || path[end] == '.' || path[end] == '[' {
			if v := n.get(path[:end]); v != nil {
				return v, path[end:]
			}
		}
	}
	return nil, ""
}

// appendJSON appends the value as JSON.
func (n *node) appendJSON(out []byte) []byte {
	switch n.kind {
	case null:
		return append(out, "null"...)
	case scalar:
		return append(out, n.text...)
	case text:
		return appendText(out, n.text)
	case list:
		out = append(out, '[')
		for i := range n.children {
			if i > 0 {
				out = append(out, ',')
			}
			out = n.children[i].appendJSON(out)
		}
		return append(out, ']')
	}
	out = append(out, '{')
	for i := range n.children {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, n.keys[i]), ':')
		out = n.children[i].appendJSON(out)
	}
	return append(out, '}')
}

func appendText(out []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return append(out, quoted...)
}

// byJSON returns the value that a decoder has just met at an offset of the JSON: a scalar that
// ends there, or a list or object that begins.
func (n *node) byJSON(offset int) *node {
	found, _ := n.seek(offset, 0)
	if found == nil {
		return n
	}
	return found
}

// seek is byJSON for a value whose JSON begins at an offset; it returns where that ends, too.
func (n *node) seek(offset, at int) (*node, int) {
	if n.kind != list && n.kind != object {
		at += len(n.appendJSON(nil))
		if at >= offset {
			return n, at
		}
		return nil, at
	}
	at++ // the opening bracket
	if at >= offset {
		return n, at
	}
	for i := range n.children {
		if i > 0 {
			at++
		}
		if n.kind == object {
			at += len(appendText(nil, n.keys[i])) + 1
		}
		var found *node
		if found, at = n.children[i].seek(offset, at); found != nil {
			return found, at
		}
	}
	return nil, at + 1
}
