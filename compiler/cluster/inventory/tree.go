package inventory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// node is a value of a manifest, from YAML or JSON, and its place in the file. The libraries that
// decode into API types know no places: they get nodes as JSON, and the paths in their errors lead
// back to nodes.
type node struct {
	kind     kind
	text     string   // of a text, itself; of other scalars, their JSON
	keys     []string // of an object, beside its children
	children []node   // of an object or list
	index    map[string]int
	offset   int    // where it begins in the file
	twice    *twice // a key that it sets more than once, or nil
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

// manyKeys is from how many keys on an object has an index of them.
const manyKeys = 16

func (n *node) indexOf(key string) int {
	switch {
	case n == nil:
		return -1
	case n.index == nil:
		return slices.Index(n.keys, key)
	}
	if i, ok := n.index[key]; ok {
		return i
	}
	return -1
}

// get returns the value of an object's key, or nil.
func (n *node) get(key string) *node {
	if i := n.indexOf(key); i >= 0 {
		return &n.children[i]
	}
	return nil
}

// set gives an object a key that it does not have.
func (n *node) set(key string, value node) {
	if n.keys == nil {
		n.keys, n.children = make([]string, 0, 3), make([]node, 0, 3)
	}
	if len(n.keys) == manyKeys && n.index == nil {
		n.index = map[string]int{}
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
	if n.index != nil {
		n.index[key] = len(n.keys)
	}
	n.keys, n.children = append(n.keys, key), append(n.children, value)
}

// str returns the text of an object's key, or "".
func (n *node) str(key string) string {
	if v := n.get(key); v != nil && v.kind == text {
		return v.text
	}
	return ""
}

func (n *node) remove(key string) {
	if i := n.indexOf(key); i >= 0 {
		n.keys, n.children, n.index = slices.Delete(n.keys, i, i+1), slices.Delete(n.children, i, i+1), nil
	}
}

// inherit gives an object a text under a key that it does not have.
func (n *node) inherit(key, value string) {
	if n.kind == object && n.get(key) == nil {
		n.set(key, node{kind: text, text: value, offset: n.offset})
	}
}

// add sets a key, which begins at an offset, unless the object has it already.
func (n *node) add(at int, key string, value node) {
	if first := n.get(key); first != nil {
		value := value // only here does it leave the stack
		same := string(first.appendJSON(nil)) == string(value.appendJSON(nil))
		n.setTwice(key, same, fault{at, fmt.Sprintf("the key %q is set twice", key), "set it once"})
		return
	}
	n.set(key, value)
}

// twice is a key that an object sets more than once, or that a merge sets again. Programs differ on
// which of the values counts.
type twice struct {
	fault
	what bool // it tells what the object is or holds
	same bool // both values are the same
}

// setTwice keeps a key that is set twice: of several, the one that matters most.
func (n *node) setTwice(key string, same bool, f fault) {
	t := &twice{f, !same && (key == "apiVersion" || key == "kind" || key == "items" || key == "objects"), same}
	if n.twice == nil || t.what && !n.twice.what || !t.same && n.twice.same {
		n.twice = t
	}
}

// doubt returns a key that the object, or an object in it, sets twice, or nil: one with different
// values, if there is one.
func (n *node) doubt() *twice {
	of := func(differs bool) *node {
		return n.find(func(m *node) bool { return m.twice != nil && !(differs && m.twice.same) })
	}
	if m := cmp.Or(of(true), of(false)); m != nil {
		return m.twice
	}
	return nil
}

// find returns the first value, of this one and all in it, for which is returns true, or nil.
func (n *node) find(is func(*node) bool) *node {
	if is(n) {
		return n
	}
	for i := range n.children {
		if found := n.children[i].find(is); found != nil {
			return found
		}
	}
	return nil
}

// at returns the value on a path like spec.ingress[0].from, or the innermost one on the way that there
// is.
func (n *node) at(path string) (innermost *node, found bool) {
	for n != nil && path != "" {
		var next *node
		if next, path = n.step(path); next == nil {
			return n, false
		}
		n = next
	}
	return n, true
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

func (n *node) appendJSON(out []byte) []byte { return n.writeJSON(out, nil) }

// writeJSON appends the value as JSON. It calls met, unless that is nil, where a decoder would
// report an error: after a scalar, and after the opening bracket of a list or object.
func (n *node) writeJSON(out []byte, met func(n *node, offset int)) []byte {
	open, end := "", ""
	switch n.kind {
	case null:
		out = append(out, "null"...)
	case scalar:
		out = append(out, n.text...)
	case text:
		out = appendText(out, n.text)
	case list:
		open, end = "[", "]"
	case object:
		open, end = "{", "}"
	}
	out = append(out, open...)
	if met != nil {
		met(n, len(out))
	}
	for i := range n.children {
		if i > 0 {
			out = append(out, ',')
		}
		if n.kind == object {
			out = append(appendText(out, n.keys[i]), ':')
		}
		out = n.children[i].writeJSON(out, met)
	}
	return append(out, end...)
}

func appendText(out []byte, s string) []byte {
	if strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c > '~' }) < 0 {
		return strconv.AppendQuote(out, s) // as JSON does, and three times faster
	}
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return append(out, quoted...)
}

// pathTo returns the path of a node below another, which has a path itself, as spec.egress[0].to or
// spec.selector[app.kubernetes.io/name].
func (n *node) pathTo(to *node, path string) string {
	if n == to {
		return path
	}
	for i := range n.children {
		step := fmt.Sprintf("[%d]", i)
		if n.kind == object {
			if step = "." + n.keys[i]; strings.Contains(n.keys[i], ".") {
				step = "[" + n.keys[i] + "]"
			}
		}
		if found := n.children[i].pathTo(to, path+step); found != "" {
			return found
		}
	}
	return ""
}

// byJSON returns the value that a decoder has met at an offset of the JSON.
func (n *node) byJSON(offset int) *node {
	var found *node
	n.writeJSON(nil, func(m *node, at int) {
		if found == nil && at >= offset {
			found = m
		}
	})
	return cmp.Or(found, n)
}
