package inventory

import (
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// pieces is a YAML document of one long List, as kubectl prints the objects of
// a whole cluster, cut into its items: the library holds all of what it reads at once.
type pieces struct {
	head  string // the List without its items
	items []piece
}

// piece is an item of a List: the bytes of a text, which begin at a line.
type piece struct{ start, end, line int }

// cut cuts a text that is one List in block style, whose items begin at the margin. It goes by the lines, so
// that something else can be taken for such a List; but what goes on over a line at the margin, in quotes
// or brackets, is cut in two of which neither can be read. So it is refused, never misread.
func cut(text string) (p pieces, ok bool) {
	var head strings.Builder
	inItems, line := false, 0
	for start := 0; start < len(text); {
		line++
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		l := text[start:end]
		trimmed := strings.TrimRight(l, " \t\r\n")
		switch {
		case line == 1 && (trimmed == "---" || strings.HasPrefix(trimmed, "\ufeff")):
			head.WriteString(strings.TrimPrefix(trimmed, "\ufeff") + "\n")
		case trimmed == "" || trimmed[0] == '#':
		case strings.HasPrefix(trimmed, "---"), strings.HasPrefix(trimmed, "..."), trimmed[0] == '%', trimmed[0] == '\t':
			return p, false
		case trimmed == "items:" && len(p.items) == 0:
			inItems = true
		case inItems && (trimmed == "-" || strings.HasPrefix(trimmed, "- ")):
			p.items = append(p.items, piece{start, end, line})
		case inItems && trimmed[0] == ' ' && len(p.items) == 0:
			return p, false // items that are indented
		case inItems && trimmed[0] == ' ':
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

// eachItem calls do for the List, as if it had no items, and for every item of it.
func (p pieces) eachItem(f *source.File, do func(*node)) *fault {
	var list node
	if wrong := decodeYAML(source.NewFile(f.Name, p.head), p.head, 0, func(n *node) { list = *n }); wrong != nil {
		return &fault{message: wrong.message}
	}
	kind := list.str("kind")
	if list.get("items") != nil || !strings.HasSuffix(kind, "List") {
		return tooLarge(0)
	}
	list.moveTo(0)
	do(&list)
	for _, item := range p.items {
		wrong := decodeYAML(f, f.Text[item.start:item.end], item.line-1, func(n *node) {
			n = &n.children[0] // a text that begins with "-" is a list
			if element := strings.TrimSuffix(kind, "List"); element != "" {
				n.inherit("apiVersion", list.str("apiVersion"))
				n.inherit("kind", element)
			}
			do(n)
		})
		if wrong != nil {
			return wrong
		}
	}
	return nil
}
