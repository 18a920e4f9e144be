package policies

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// place is a peer of a rule of a policy.
type place struct {
	direction relation.Direction
	evaluate.Origin
}

// document is one document of a file, read again.
type document struct {
	file  *source.File
	start int // its offset
	root  yaml.Node
	wrong error
}

// documentOf reads the document that a policy is in. It keeps the last one: a List has all policies.
func (d *draft) documentOf(p policy) *document {
	file, start := p.Span.File, 0
	if i := strings.LastIndex(p.Span.File.Text[:p.Span.Start], "\n---"); i >= 0 {
		start = i + 1
	}
	if d.again == nil || d.again.file != file || d.again.start != start {
		d.again = &document{file: file, start: start}
		d.again.wrong = yaml.NewDecoder(strings.NewReader(file.Text[start:])).Decode(&d.again.root)
	}
	return d.again
}

// span returns where a peer is in its file; where its policy begins, if the text cannot be followed. It
// reads the file again: only diagnostics need it.
func (d *draft) span(at place) source.Span {
	p := d.policies[d.of(at.Origin)]
	if p.cilium != nil {
		return p.cilium.At(p.cilium.Specs[at.Spec].Rules[at.direction][at.Rule].Peers[at.Peer].At)
	}
	in := d.documentOf(p)
	if in.wrong != nil {
		return p.Span
	}
	rules, peers := "ingress", "from"
	if at.direction == relation.Egress {
		rules, peers = "egress", "to"
	}
	n := element(field(element(field(field(find(&in.root, p), "spec"), rules), at.Rule), peers), at.Peer)
	if n == nil {
		return p.Span
	}
	return spanAt(p.Span.File, in.start, n.Line, n.Column)
}

// find returns the node of a policy.
func find(n *yaml.Node, p policy) *yaml.Node {
	metadata := field(n, "metadata")
	if text(field(n, "kind")) == "NetworkPolicy" && text(field(metadata, "name")) == p.Object.Name {
		if ns := text(field(metadata, "namespace")); ns == p.Object.Namespace || ns == "" {
			return n
		}
	}
	for _, child := range n.Content {
		if found := find(child, p); found != nil {
			return found
		}
	}
	return nil
}

func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func element(n *yaml.Node, i int) *yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode || i < 0 || i >= len(n.Content) {
		return nil
	}
	return n.Content[i]
}

func text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// spanAt returns the end of a line from a column on. Lines count from an offset.
func spanAt(f *source.File, start, line, column int) source.Span {
	for range line - 1 {
		start += strings.IndexByte(f.Text[start:], '\n') + 1
	}
	end := len(f.Text)
	if n := strings.IndexByte(f.Text[start:], '\n'); n >= 0 {
		end = start + n
	}
	for ; column > 1 && start < end; column-- {
		_, size := utf8.DecodeRuneInString(f.Text[start:end])
		start += size
	}
	return source.Span{File: f, Start: start, End: max(start, end)}
}
