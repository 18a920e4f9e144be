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

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Limits of a YAML document. The library reads a document as a whole, at some hundred bytes a value,
// and aliases let a few lines mean billions of values.
const (
	maxValues  = 1_000_000
	maxAliased = 100_000 // values that aliases repeat
)

// maxDecoded is how many values there may be in all documents that the library reads: those that are
// not written as kubectl writes them. It takes a second for each 700,000.
const maxDecoded = 1_500_000

// fault is what is wrong at a place of a file.
type fault struct {
	offset  int
	message string
	help    string
}

// renderFirst is the help for manifests with template actions.
const renderFirst = "render it first: helm template CHART | zt ... -"

// eachYAML calls do for every document of a YAML text that is not empty. As for kubectl, lines that
// begin with "---" separate documents. The others are read even if one cannot be.
func (r *reader) eachYAML(f *source.File, do func(*node)) {
	text := f.Text
	if i := strings.IndexByte(strings.ReplaceAll(text, "\r\n", "\n\n"), '\r'); i >= 0 {
		r.fault(&fault{i, "a carriage return without a line feed: programs do not agree whether it ends a line", "write line feeds"})
		return
	}
	start := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	for start < len(text) {
		if strings.HasPrefix(text[start:], "---") {
			line, rest, _ := strings.Cut(text[start+3:], "\n")
			if line = strings.TrimRight(line, " \t\r"); line != "" && !strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
				r.fault(&fault{start, "a document separator with something after it: kubectl refuses it", "write it on the next line"})
			} else if strings.HasPrefix(line, "#") {
				r.fault(&fault{start, "a document separator needs a space before '#'", "write --- # comment"})
			}
			start = len(text) - len(rest)
			if strings.HasPrefix(rest, "---") {
				continue
			}
		}
		if r.documents++; r.documents > maxDocuments {
			if r.documents == maxDocuments+1 {
				r.report(diag.TooMuch, start, "these manifests have more than %d documents", maxDocuments).
					Help = "give fewer of them: those of the namespaces that you ask about"
			}
			return
		}
		end := len(text)
		if i := strings.Index(text[start:], "\n---"); i >= 0 {
			end = start + i + 1
		}
		if strings.HasPrefix(text[start:end], "\ufeff") && start > 0 {
			r.fault(&fault{start, "a byte order mark inside the file", ""})
		} else if wrong := r.chunk(f, start, end, do); wrong != nil {
			if i := strings.Index(text[start:end], "{{"); i >= 0 {
				r.fault(&fault{start + i, "a Helm template that is not rendered", renderFirst})
				return
			}
			r.fault(wrong)
		}
		start = end
	}
}

// chunk reads a part of a file that is one document.
func (r *reader) chunk(f *source.File, start, end int, do func(*node)) *fault {
	text := f.Text[start:end]
	if len(text) > manyBytes && (!mayShare(text) || Values(text) > maxValues) {
		if p, ok := cut(text); ok {
			return r.eachItem(f, start, p, do)
		}
	}
	if n, ok := readBlock(f, start, end, r.need); ok {
		if n.kind != null {
			do(&n)
		}
		return nil
	}
	values := Values(text)
	if values > maxValues {
		return &fault{start, "this YAML document is too large to be read at once", "take it as JSON, which is read piece by piece (kubectl get -o json), or in several documents"}
	}
	if !r.mayDecode(values) {
		return nil
	}
	return decodeYAML(f, start, end, do)
}

// mayDecode counts values that the library would read. It reports once that they are too many. Nothing
// is read from then on.
func (r *reader) mayDecode(values int) bool {
	if r.full() {
		return false
	}
	if r.decoded += values; r.full() {
		r.report(diag.TooMuch, 0, "these manifests have more than %d values in YAML that kubectl did not write", maxDecoded).
			Help = "give fewer of them, or take them as JSON: kubectl get -o json"
	}
	return !r.full()
}

// manyBytes is the size from which a List is cut into its items, which are then read one by one.
const manyBytes = 64 << 10

// anchor matches what may be an anchor or alias, which items of a list can share.
var anchor = regexp.MustCompile(`(^|[ ,\[{])[&*]\w`)

func mayShare(s string) bool {
	if !strings.Contains(s, "&") && !strings.Contains(s, "*") {
		return false
	}
	for line := range strings.Lines(s) {
		if strings.IndexByte(line, '&')+strings.IndexByte(line, '*') > -2 && anchor.MatchString(line) {
			return true
		}
	}
	return false
}

// Values returns at least the number of values in a YAML document. It counts the texts after which
// values can begin.
func Values(s string) int {
	values := 1
	for _, before := range []string{"\n", ",", "[", "{", ":", "?", "&", "!", `"`, "- ", "-\t"} {
		values += strings.Count(s, before)
	}
	return values
}

// decodeYAML reads a part of a file with the library.
func decodeYAML(f *source.File, start, end int, do func(*node)) *fault {
	lines := source.Span{File: f, Start: start, End: start}.Begin().Line - 1
	text := strings.TrimPrefix(f.Text[start:end], "\ufeff")
	if !strings.HasSuffix(text, "\n") {
		text += "\n" // as kubectl does; a text that reaches the end depends on it
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document, next yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&next); err == nil {
			return &fault{lineStart(f, lines+max(1, next.Line)), "a second document that no line \"---\" separates: kubectl does not read it", ""}
		}
	}
	if !errors.Is(err, io.EOF) {
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1])
		return &fault{lineStart(f, lines+line), "not YAML: " + m[2], ""}
	}
	if len(document.Content) == 0 {
		return nil
	}
	c := converter{file: f, lines: lines}
	n := c.node(document.Content[0], 0)
	if c.wrong == nil && n.kind != null { // comments alone
		do(&n)
	}
	return c.wrong
}

// yamlLine matches an error of the library: the line, and what is wrong.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

func lineStart(f *source.File, line int) int {
	_, start := f.Line(max(1, min(line, f.Lines())))
	return start
}

// converter turns the library's nodes of one document into ours. It follows aliases and merges, and
// plain scalars mean what they mean to kubectl.
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

// offset returns where a value begins: for what an alias repeats, where the alias is. The library
// counts columns in characters. Values come in the order of the text, so counting continues from the
// value before.
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
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			merges = append(merges, v)
			continue
		}
		key := c.key(k)
		at := c.offset(k)
		child := c.node(v, depth+1)
		out.add(at, key, child)
	}
	for _, m := range merges {
		c.merge(&out, m, depth+1)
	}
	return out
}

// merge adds to an object the keys of what `<<` names. It reports a key that is set already: kubectl
// takes the merged value, other programs the explicit one.
func (c *converter) merge(into *node, n *yaml.Node, depth int) {
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
			if into.get(k) == nil {
				into.set(k, m.children[i])
				continue
			}
			into.setTwice(k, false, fault{c.offset(n), fmt.Sprintf("the merge sets the key %q, which is set already", k), "set it in one place"})
		}
	}
}

// key returns a mapping's key. For one that is no text, it is the JSON.
func (c *converter) key(k *yaml.Node) string {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind != yaml.ScalarNode {
		return c.fail(k, "a list or mapping cannot be a key").text
	}
	n := c.scalar(k)
	if n.kind == null {
		c.fail(k, "a key is missing, or null")
	}
	return n.text
}

// booleans are those of YAML 1.1 alone. The library reads them as texts, unless a boolean is
// needed; kubectl reads booleans, and so the API server refuses a label `enabled: on`.
var booleans = map[string]string{
	"y": "true", "Y": "true", "yes": "true", "Yes": "true", "YES": "true", "on": "true", "On": "true", "ON": "true",
	"n": "false", "N": "false", "no": "false", "No": "false", "NO": "false", "off": "false", "Off": "false", "OFF": "false",
}

// bareTag matches a tag without a name, after an anchor or without one.
var bareTag = regexp.MustCompile(`^(&\S+\s+)?!(\s|[,\]}]|$)`)

func (c *converter) scalar(n *yaml.Node) node {
	out := node{kind: text, text: n.Value, offset: c.offset(n)}
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0
	tag := n.ShortTag()
	if c.file != nil && bareTag.MatchString(c.file.Text[out.offset:]) {
		return c.fail(n, "manifests have no tag !") // the library forgets it, and kubectl reads a text
	}
	if b := booleans[n.Value]; b != "" && (plain || tag == "!!bool") {
		out.kind, out.text = scalar, b
		return out
	}
	switch tag {
	case "!!str", "!!timestamp", "!!merge":
	case "!!null":
		out.kind, out.text = null, ""
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(n.Value)
		if err != nil {
			return c.fail(n, "not base64: %v", err)
		}
		out.text = string(data)
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
	default:
		return c.fail(n, "manifests have no tag %s", tag)
	}
	return out
}
