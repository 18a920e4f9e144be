package kustomize

import (
	"cmp"
	"sort"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// item is an object of the input or output.
type item struct {
	object ResourceRef
	file   ResultFile      // that its host has it from; without a path if the host did not say
	begin  source.Position // in the input
	// text is a document. It keeps the styles of the input, so no string "no" becomes a boolean.
	text []byte
}

func newItem(n *yaml.Node) (item, error) {
	metadata := field(n, "metadata")
	// Without an index, or with one that is not a number, it is the first object.
	index, _ := strconv.Atoi(annotation(n, "index"))
	data, err := encode(n)
	return item{
		object: ResourceRef{text(n, "apiVersion"), text(n, "kind"), text(metadata, "name"), text(metadata, "namespace")},
		file:   ResultFile{annotation(n, "path"), index},
		begin:  source.Position{Line: n.Line, Column: n.Column},
		text:   data,
	}, err
}

// annotation returns where a host has an object from, under the current key or the former one
// (https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md).
func annotation(n *yaml.Node, name string) string {
	annotations := field(field(n, "metadata"), "annotations")
	return cmp.Or(text(annotations, "internal.config.kubernetes.io/"+name), text(annotations, "config.kubernetes.io/"+name))
}

// id distinguishes objects as kustomize does: without a namespace, an object is in default.
func (i *item) id() ResourceRef {
	id := i.object
	id.Namespace = cmp.Or(id.Namespace, "default")
	return id
}

// itemAt returns the item at a span, or nil. The input's file has this name.
func (r *ResourceList) itemAt(span source.Span, name string) *item {
	if span.IsZero() || span.File.Name != name {
		return nil
	}
	at := span.Begin()
	next := sort.Search(len(r.items), func(i int) bool {
		begin := r.items[i].begin
		return cmp.Or(cmp.Compare(begin.Line, at.Line), cmp.Compare(begin.Column, at.Column)) > 0
	})
	if next == 0 {
		return nil
	}
	return &r.items[next-1]
}

// itemOf returns the item that a diagnostic is about, or nil, and whether the diagnostic's own
// span is in it. Otherwise it is the first item among the related spans.
func (r *ResourceList) itemOf(d diag.Diagnostic, name string) (about *item, there bool) {
	if about = r.itemAt(d.Span, name); about != nil {
		return about, true
	}
	for _, other := range d.Related {
		if about = r.itemAt(other.Span, name); about != nil {
			return about, false
		}
	}
	return nil, false
}
