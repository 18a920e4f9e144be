package inventory

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/grammar/source"
)

// What a YAML document may hold. The library reads a document whole, at some hundred bytes
// a value, and aliases let a few lines stand for billions of values.
const (
	maxValues  = 1_000_000
	maxAliased = 100_000 // values that aliases repeat, in one document
)

// fault is what is wrong at a place of a file.
type fault struct {
	offset  int
	message string
	help    string
}

// eachYAML calls do for every document of a YAML text that is not empty, and
// returns what is wrong with one. Nothing behind that can be read.
func eachYAML(f *source.File, do func(*node)) *fault {
	at := oversized(f.Text)
	if at < 0 {
		return decodeYAML(f, f.Text, 0, do)
	}
	if p, ok := cut(f.Text); ok {
		return p.eachItem(f, do)
	}
	return tooLarge(at)
}

func tooLarge(at int) *fault {
	return &fault{at, "this YAML document is too large to be read at once", "take it as JSON, which is read piece by piece (kubectl get -o json), or in several documents"}
}

// decodeYAML calls do for every document of a part of a file, which stands behind so many lines.
func decodeYAML(f *source.File, text string, lines int, do func(*node)) *fault {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return yamlFault(f, err, lines)
		}
		if len(document.Content) == 0 {
			continue
		}
		c := converter{file: f, lines: lines}
		n := c.node(document.Content[0], 0)
		if c.wrong != nil {
			return c.wrong
		}
		if n.kind != null { // comments alone
			do(&n)
		}
	}
}

// oversized returns where a document begins that may hold too many values, or
// -1. It counts what values can begin behind, and so never too few.
func oversized(s string) int {
	start, values := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n':
			if strings.HasPrefix(s[i+1:], "---") {
				start, values = i+1, 0
				continue
			}
			values++
		case ',', '[', '{', ':', '?', '&', '!', '"':
			values++
		case '-':
			if i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\n' || s[i+1] == '\t' {
				values++
			}
		}
		if values > maxValues {
			return start
		}
	}
	return -1
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

// yamlFault returns what the library says, at the line that it says it of.
func yamlFault(f *source.File, err error, lines int) *fault {
	m := yamlLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(m[1])
	return &fault{lineStart(f, lines+line), "not YAML: " + m[2], ""}
}

func lineStart(f *source.File, line int) int {
	_, start := f.Line(max(1, min(line, f.Lines())))
	return start
}

// converter turns the library's nodes of one document into ours: aliases and
// merges are followed, and plain scalars mean what they mean to kubectl.
type converter struct {
	file    *source.File
	lines   int        // before the text that is converted
	alias   *yaml.Node // the outermost alias whose values are being repeated
	aliased int        // how many have been
	last    struct{ line, column, offset int }
	wrong   *fault
}

func (c *converter) fail(n *yaml.Node, format string, args ...any) node {
	if c.wrong == nil {
		c.wrong = &fault{offset: c.offset(n), message: fmt.Sprintf(format, args...)}
	}
	return node{}
}

// offset returns the byte at which a value begins: what an alias repeats, where
// the alias stands. The library counts columns in characters; values come in the order of the text, so that counting
// goes on from the one before.
func (c *converter) offset(n *yaml.Node) int {
	if c.alias != nil {
		n = c.alias
	}
	line := n.Line + c.lines
	if n.Line < 1 || line > c.file.Lines() {
		return 0
	}
	at := &c.last
	if at.line != line || at.column > n.Column {
		_, start := c.file.Line(line)
		at.line, at.column, at.offset = line, 1, start
	}
	for at.column < n.Column && at.offset < len(c.file.Text) && c.file.Text[at.offset] != '\n' {
		_, size := utf8.DecodeRuneInString(c.file.Text[at.offset:])
		at.offset += size
		at.column++
	}
	return at.offset
}

func (c *converter) node(n *yaml.Node, depth int) node {
	if c.wrong != nil {
		return node{}
	}
	if depth > maxDepth {
		return c.fail(n, "values are nested more than %d deep", maxDepth)
	}
	if c.alias != nil {
		if c.aliased++; c.aliased > maxAliased {
			return c.fail(n, "aliases repeat more than %d values", maxAliased)
		}
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return c.scalar(n)
	case yaml.SequenceNode:
		out := node{kind: list, offset: c.offset(n), children: make([]node, 0, len(n.Content))}
		for _, e := range n.Content {
			out.children = append(out.children, c.node(e, depth+1))
		}
		return out
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.AliasNode:
		outer := c.alias
		if outer == nil {
			c.alias = n
		}
		out := c.node(n.Alias, depth+1)
		c.alias = outer
		return out
	}
	return c.fail(n, "not a value")
}

func (c *converter) mapping(n *yaml.Node, depth int) node {
	out := node{kind: object, offset: c.offset(n)}
	seen := map[string]bool{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			merges = append(merges, v)
			continue
		}
		key := c.key(k)
		if seen[key] && c.wrong == nil {
			return c.fail(k, "the key %q stands twice", key)
		}
		seen[key] = true
		out.keys = append(out.keys, key)
		out.children = append(out.children, c.node(v, depth+1))
	}
	for _, m := range merges {
		c.merge(&out, seen, m, depth+1)
	}
	return out
}

// merge adds to an object what `<<` names: the keys that it has not itself,
// of several mappings those of the first that has them.
func (c *converter) merge(into *node, has map[string]bool, n *yaml.Node, depth int) {
	from := c.node(n, depth)
	all := []node{from}
	if from.kind == list {
		all = from.children
	}
	for _, m := range all {
		if m.kind != object {
			c.fail(n, "only a mapping can be merged")
			return
		}
		for i, k := range m.keys {
			if !has[k] {
				has[k] = true
				into.keys = append(into.keys, k)
				into.children = append(into.children, m.children[i])
			}
		}
	}
}

// key returns a mapping's key. One that is no text is taken by how JSON writes it.
func (c *converter) key(k *yaml.Node) string {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind != yaml.ScalarNode {
		c.fail(k, "a list or mapping cannot be a key")
		return ""
	}
	n := c.scalar(k)
	if n.kind == null {
		c.fail(k, "a key is missing, or null")
	}
	return n.text
}

// words are the booleans of YAML 1.1. The library keeps them texts, unless a
// boolean is asked for; kubectl and the tools beside it do not, and so a label `enabled: on` is
// refused by the API server.
var words = map[string]string{
	"y": "true", "Y": "true", "yes": "true", "Yes": "true", "YES": "true", "on": "true", "On": "true", "ON": "true",
	"n": "false", "N": "false", "no": "false", "No": "false", "NO": "false", "off": "false", "Off": "false", "OFF": "false",
}

func (c *converter) scalar(n *yaml.Node) node {
	out := node{kind: text, text: n.Value, offset: c.offset(n)}
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0
	tag := n.ShortTag()
	if word := words[n.Value]; word != "" && (plain || tag == "!!bool") {
		out.kind, out.text = scalar, word
		return out
	}
	switch tag {
	case "!!str", "!!timestamp", "!!merge":
		return out
	case "!!null":
		return node{offset: out.offset}
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return c.fail(n, "not base64: %v", err)
		}
		out.text = string(data)
		return out
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			return c.fail(n, "%q is no %s", n.Value, tag[2:])
		}
		written, err := json.Marshal(v)
		if err != nil {
			return c.fail(n, "%q cannot stand in a manifest", n.Value)
		}
		out.kind, out.text = scalar, string(written)
		return out
	default:
		return c.fail(n, "manifests have no tag %s", tag)
	}
}
