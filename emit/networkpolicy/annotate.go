package networkpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/zt-lang/zt/compiler/topology"
)

// The annotations by which an object explains itself to who reads it in a cluster.
const (
	// EdgesAnnotation holds the edges that the object serves, one a line.
	EdgesAnnotation = "zt-lang.github.io/edges"
	// DescriptionAnnotation holds the comments on what the object serves.
	DescriptionAnnotation = "zt-lang.github.io/description"
)

// maxAnnotation bounds each annotation. The API server takes 256 KiB of all of an
// object's together, and `kubectl apply` keeps another copy of the object in one.
const maxAnnotation = 32 << 10

// annotations returns the annotations of an object; none that would be empty.
// They say nothing of where in a file anything stands, so that moving a line changes nothing.
func (l *lowering) annotations(o object, served [2][]service) map[string]string {
	edges := l.lines(o.namespace, served)
	lines := make([]string, len(edges))
	var blocks [][]string
	if len(o.doc) > 0 {
		blocks = append(blocks, o.doc)
	}
	for i, e := range edges {
		lines[i] = e.line
		if len(e.edge.Doc) > 0 {
			blocks = append(blocks, e.edge.Doc)
		}
	}
	var out map[string]string
	add := func(key, value string) {
		if value == "" {
			return
		}
		if out == nil {
			out = map[string]string{}
		}
		out[key] = value
	}
	add(EdgesAnnotation, limited(slices.Compact(lines)))
	add(DescriptionAnnotation, limited(description(blocks)))
	return out
}

// servedEdge is an edge with the line that stands for it.
type servedEdge struct {
	line string
	edge *topology.Edge
}

// lines returns the edges that an object has rules of, by their lines; edges with
// the same line, of which only the comments may differ, by these.
func (l *lowering) lines(in *topology.Namespace, served [2][]service) []servedEdge {
	out := make([]servedEdge, 0, len(served[ingress])+len(served[egress]))
	for _, services := range served {
		for _, s := range services {
			out = append(out, servedEdge{l.edgeLine(s.edge, in), s.edge})
		}
	}
	slices.SortFunc(out, func(a, b servedEdge) int {
		if c := cmp.Compare(a.line, b.line); c != 0 {
			return c
		}
		return slices.Compare(a.edge.Doc, b.edge.Doc)
	})
	return out
}

// edgeLine writes an edge as it would be written inside a namespace. An external
// of the namespace keeps its prefix where another of the program has the same name.
func (l *lowering) edgeLine(e *topology.Edge, in *topology.Namespace) string {
	name := func(e *topology.Endpoint) string {
		if e.External != nil && e.Name != e.External.Name && l.externals[e.External.Name] {
			return e.Name
		}
		return relativeName(e, in)
	}
	b := append(l.text[:0], name(e.From)...)
	b = append(append(b, " -> "...), name(e.To)...)
	b = normal(e.Ports).Append(append(b, " :"...))
	if e.Implicit {
		b = append(b, "  # dns"...)
	}
	l.text = b
	return string(b)
}

// relativeName is an endpoint's name inside a namespace, where the namespace's
// own tiers and externals need no prefix.
func relativeName(e *topology.Endpoint, in *topology.Namespace) string {
	if e.Kind == topology.TierPods || e.External != nil {
		if local, ok := strings.CutPrefix(e.Name, in.Name); ok && strings.HasPrefix(local, "/") {
			return local[1:]
		}
	}
	return e.Name
}

// description joins comments, each once: a comment above a list of endpoints
// belongs to an edge for every pair of them.
func description(blocks [][]string) []string {
	if len(blocks) == 0 {
		return nil
	}
	var lines []string
	seen := map[string]bool{}
	for _, b := range blocks {
		text := strings.TrimSpace(strings.Map(writable, strings.Join(b, "\n")))
		if text == "" || seen[text] {
			continue
		}
		seen[text] = true
		lines = append(lines, strings.Split(text, "\n")...)
	}
	return lines
}

// writable leaves out what a comment may have in it and a manifest may not, or what a
// terminal would not show but do: control characters, and code points that are no characters.
func writable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r) || r == '\ufeff':
		return -1
	}
	return r
}

// limited joins lines, and where they are too much says how many it leaves out.
func limited(lines []string) string {
	const last = "... and %d more"
	size := len(last) + 20
	for i, line := range lines {
		if size += len(line) + len("\n"); size > maxAnnotation {
			return strings.Join(append(slices.Clone(lines[:i]), fmt.Sprintf(last, len(lines)-i)), "\n")
		}
	}
	return strings.Join(lines, "\n")
}
