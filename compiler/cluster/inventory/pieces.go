package inventory

import (
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// pieces is a YAML document of one long List, as kubectl prints the objects of a cluster, cut into
// its items: the library holds all that it reads in memory at once.
type pieces struct {
	head  string // the List without its items
	items []piece
}

// piece is an item of a List: a part of a text that begins at a line.
type piece struct{ start, end int }

// cut cuts a text that is one List in block style, with its items at the margin. It looks at the
// lines only, so it may cut other texts; but if quotes or brackets go on over a line at the margin,
// neither part of them can be read. So such a text is refused, never misread.
func cut(text string) (p pieces, ok bool) {
	var head strings.Builder
	inItems, start := false, 0
	for l := range strings.Lines(text) {
		end := start + len(l)
		if inItems && len(p.items) > 0 && l[0] == ' ' { // most lines
			p.items[len(p.items)-1].end, start = end, end
			continue
		}
		trimmed := strings.TrimRight(l, " \t\r\n")
		switch {
		case start == 0 && (trimmed == "---" || strings.HasPrefix(trimmed, "\ufeff")):
			head.WriteString(strings.TrimPrefix(trimmed, "\ufeff") + "\n")
		case trimmed == "" || trimmed[0] == '#':
		case strings.HasPrefix(trimmed, "---"), strings.HasPrefix(trimmed, "..."), trimmed[0] == '%', trimmed[0] == '\t':
			return p, false
		case trimmed == "items:" && len(p.items) == 0:
			inItems = true
		case inItems && (trimmed == "-" || strings.HasPrefix(trimmed, "- ")):
			p.items = append(p.items, piece{start, end})
		case inItems && trimmed[0] == ' ':
			return p, false // items that are indented
		default:
			inItems = false
			head.WriteString(l)
		}
		if inItems && len(p.items) > 0 {
			p.items[len(p.items)-1].end = end
		}
		start = end
	}
	p.head = head.String()
	return p, len(p.items) > 0
}

// eachItem calls do for the List without its items, and for every item. The text of the pieces
// begins at an offset of the file.
func (r *reader) eachItem(f *source.File, base int, p pieces, do func(*node)) *fault {
	var list node
	wrong := decodeYAML(source.NewFile(f.Name, p.head), 0, len(p.head), func(n *node) { list = *n })
	switch kind := list.str("kind"); {
	case wrong != nil:
		return &fault{base, wrong.message, wrong.help}
	case list.get("items") != nil || !strings.HasSuffix(kind, "List"):
		return &fault{base, "this YAML document is too large to be read at once, and no List", "give it in several documents"}
	}
	if doubt := list.doubt(); doubt != nil {
		return &fault{base, doubt.message, doubt.help}
	}
	list.find(func(n *node) bool { n.offset = base; return false })
	do(&list)
	each := func(n *node) {
		n = &n.children[0] // a text that begins with "-" is a list
		if element := strings.TrimSuffix(list.str("kind"), "List"); element != "" {
			n.inherit("apiVersion", list.str("apiVersion"))
			n.inherit("kind", element)
		}
		do(n)
	}
	for _, item := range p.items {
		start, end := base+item.start, base+item.end
		if n, ok := readBlock(f, start, end, r.need); ok && len(n.children) == 1 {
			each(&n)
		} else if !r.mayDecode(Values(f.Text[start:end])) {
			return nil
		} else if wrong := decodeYAML(f, start, end, each); wrong != nil {
			return wrong
		}
	}
	return nil
}
