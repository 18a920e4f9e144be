package layout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/topology"
)

// The annotations that explain an object to its readers in a cluster.
const (
	// EdgesAnnotation holds the edges that the object permits, one per line.
	EdgesAnnotation = "zt-lang.github.io/edges"
	// DescriptionAnnotation holds the comments of what the object permits.
	DescriptionAnnotation = "zt-lang.github.io/description"
)

// maxAnnotation limits each annotation. The API server accepts 256 KiB for all annotations of an
// object, and `kubectl apply` keeps a copy of the object in another one.
const maxAnnotation = 32 << 10

// annotations returns the annotations of an object that are not empty, by key. They contain no
// positions in files, so that moving a line changes no object.
func (l *lowering) annotations(o object, services [2][]service) []policyset.Label {
	edges := l.lines(o.namespace, services)
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
	var out []policyset.Label
	if text := limited(description(blocks)); text != "" {
		out = append(out, policyset.Label{Key: DescriptionAnnotation, Value: text})
	}
	if text := limited(slices.Compact(lines)); text != "" {
		out = append(out, policyset.Label{Key: EdgesAnnotation, Value: text})
	}
	return out
}

// edgeLine is an edge and its line in the annotation.
type edgeLine struct {
	line string
	edge *topology.Edge
}

// lines returns the edges of an object by their lines. Edges with the same line, which may differ
// in their comments, are sorted by these.
func (l *lowering) lines(in *topology.Namespace, services [2][]service) []edgeLine {
	out := make([]edgeLine, 0, len(services[0])+len(services[1]))
	for _, list := range services {
		for _, s := range list {
			out = append(out, edgeLine{l.line(s.edge, in), s.edge})
		}
	}
	slices.SortFunc(out, func(a, b edgeLine) int {
		if c := cmp.Compare(a.line, b.line); c != 0 {
			return c
		}
		return slices.Compare(a.edge.Doc, b.edge.Doc)
	})
	return out
}

// line writes an edge as in a statement inside a namespace. An external of the namespace keeps its
// prefix if one outside all namespaces has the same name.
func (l *lowering) line(e *topology.Edge, in *topology.Namespace) string {
	name := func(e *topology.Endpoint) string {
		if e.External != nil && e.Name != e.External.Name && l.externals[e.External.Name] {
			return e.Name
		}
		return relativeName(e, in)
	}
	b := append(append(make([]byte, 0, 128), e.Side.String()...), name(e.From)...)
	b = append(append(b, " -> "...), name(e.To)...)
	b = append(append(b, " :"...), Normal(e.Ports).String()...)
	if e.Implicit {
		b = append(b, "  # dns"...)
	}
	return string(b)
}

// relativeName returns an endpoint's name inside a namespace, where the namespace's own tiers and
// externals need no prefix.
func relativeName(e *topology.Endpoint, in *topology.Namespace) string {
	if e.Kind == topology.TierPods || e.External != nil {
		if local, ok := strings.CutPrefix(e.Name, in.Name); ok && strings.HasPrefix(local, "/") {
			return local[1:]
		}
	}
	return e.Name
}

// description joins comments, each once: a comment above a list of endpoints belongs to the edges
// of all pairs.
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

// writable removes what a comment may contain and a manifest may not: control characters, which a
// terminal would execute, and code points that are not characters.
func writable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r) || r == '\ufeff':
		return -1
	}
	return r
}

// Annotation joins lines to the value of an annotation, as long as its limit allows.
func Annotation(lines []string) string { return limited(lines) }

// limited joins lines. If they exceed the limit, it says how many it leaves out.
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
