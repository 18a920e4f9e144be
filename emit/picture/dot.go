package picture

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/safe"
)

// WriteDOT writes the picture in the language of Graphviz.
func (p *Picture) WriteDOT(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "digraph {\n  rankdir=LR\n  node [shape=box, fontname=\"monospace\", fontsize=11]\n  edge [fontname=\"monospace\", fontsize=10]\n  fontname=\"monospace\"\n")
	node := func(n *Node, indent string) {
		text := dotText(n.Label)
		for _, m := range n.Marks {
			text += `\n` + dotText(m)
		}
		style := ""
		switch n.Sort {
		case query.Outside, query.Everybody:
			style = ", style=rounded"
		case query.EveryPod, query.Across:
			style = ", peripheries=2"
		}
		if n.Open {
			style = `, style=dashed, color="#b25e09"`
		}
		fmt.Fprintf(w, "%sn%d [label=\"%s\"%s]\n", indent, n.ID, text, style)
	}
	for i, box := range p.Boxes {
		fmt.Fprintf(w, "  subgraph cluster_%d {\n    label=\"%s\"\n", i+1, dotText(box.title()))
		for _, n := range box.Nodes {
			node(n, "    ")
		}
		fmt.Fprintln(w, "  }")
	}
	for _, n := range p.Nodes {
		node(n, "  ")
	}
	styles := [...]string{Denies: `, style=dashed, color="#b42318"`, Opens: `, penwidth=2, color="#1a7f37"`, Closes: `, penwidth=2, color="#cf222e"`}
	for _, a := range p.Arrows {
		both := ""
		if a.Both {
			both = ", dir=both"
		}
		fmt.Fprintf(w, "  n%d -> n%d [label=\"%s\"%s%s]\n", a.From.ID, a.To.ID, dotText(a.text()), styles[a.Look], both)
	}
	if len(p.Notes) > 0 {
		var notes strings.Builder
		for _, n := range p.Notes {
			notes.WriteString(dotText(n) + `\l`)
		}
		fmt.Fprintf(w, "  notes [shape=plaintext, label=\"%s\"]\n", notes.String())
	}
	fmt.Fprintln(w, "}")
	return w.Flush()
}

// dotText escapes a text for a quoted string of DOT.
func dotText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(safe.Text(s))
}
