package picture

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/safe"
)

// The limits of Mermaid, as it is set on GitHub.
const (
	MermaidArrows = 400 // of 500
	mermaidBytes  = 45_000
)

// Mermaid returns the picture as a flow chart of Mermaid. It is false if the chart is too large for
// Mermaid to draw.
func (p *Picture) Mermaid() (string, bool) {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	var open []string
	node := func(n *Node, indent string) {
		shape := [2]string{"[", "]"}
		switch n.Sort {
		case query.Outside, query.Everybody:
			shape = [2]string{"([", "])"}
		case query.EveryPod, query.Across:
			shape = [2]string{"[[", "]]"}
		}
		text := mermaidText(n.Label)
		for _, m := range n.Marks {
			text += "<br/>" + mermaidText(m)
		}
		fmt.Fprintf(&b, "%sn%d%s\"%s\"%s\n", indent, n.ID, shape[0], text, shape[1])
		if n.Open {
			open = append(open, fmt.Sprintf("n%d", n.ID))
		}
	}
	for i, box := range p.Boxes {
		fmt.Fprintf(&b, "  subgraph b%d[\"%s\"]\n", i+1, mermaidText(box.title()))
		for _, n := range box.Nodes {
			node(n, "    ")
		}
		b.WriteString("  end\n")
	}
	for _, n := range p.Nodes {
		node(n, "  ")
	}
	styles := [...]string{Denies: "stroke:#b42318", Opens: "stroke:#1a7f37,stroke-width:3px", Closes: "stroke:#cf222e,stroke-width:3px"}
	var links [len(styles)][]string
	for i, a := range p.Arrows {
		line := "-->"
		switch {
		case a.Look == Denies && a.Both:
			line = "<-.->"
		case a.Look == Denies:
			line = "-.->"
		case a.Both:
			line = "<-->"
		}
		fmt.Fprintf(&b, "  n%d %s|\"%s\"| n%d\n", a.From.ID, line, mermaidText(a.text()), a.To.ID)
		links[a.Look] = append(links[a.Look], fmt.Sprint(i))
	}
	for look, list := range links {
		if look > 0 && len(list) > 0 {
			fmt.Fprintf(&b, "  linkStyle %s %s\n", strings.Join(list, ","), styles[look])
		}
	}
	if len(open) > 0 {
		fmt.Fprintf(&b, "  classDef open stroke:#b25e09,stroke-width:2px,stroke-dasharray:5 3\n  class %s open\n", strings.Join(open, ","))
	}
	if len(p.Notes) > 0 {
		var notes []string
		for _, n := range p.Notes {
			notes = append(notes, mermaidText(n))
		}
		fmt.Fprintf(&b, "  notes[\"%s\"]\n  classDef notes fill:none,stroke:none,text-align:left\n  class notes notes\n", strings.Join(notes, "<br/>"))
	}
	return b.String(), b.Len() <= mermaidBytes && len(p.Arrows) <= MermaidArrows
}

// mermaidText returns a text in which no character means anything to Mermaid, or to HTML.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range safe.Text(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" ./:,()-", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// title is the name of a namespace, its environment, and which of its pods are not isolated.
func (b *Box) title() string {
	text := b.Name
	if b.Environment != "" {
		text += " (" + b.Environment + ")"
	}
	if b.Mark != "" {
		text += ": " + b.Mark
	}
	return text
}

// text is the label, with what a change is in a word: not all readers see its colour.
func (a *Arrow) text() string {
	switch a.Look {
	case Opens:
		return "opens " + a.Label()
	case Closes:
		return "closes " + a.Label()
	}
	return a.Label()
}
