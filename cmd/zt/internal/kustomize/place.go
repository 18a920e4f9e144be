package kustomize

import (
	"cmp"
	"sort"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// place is where an item begins in what was read, and where its host has it from.
type place struct {
	begin  source.Position
	object ResourceRef
	file   ResultFile // without a path where the host did not say
}

func placeOf(n *yaml.Node) place {
	metadata := field(n, "metadata")
	// A host that names no index, or none that is a number, means the first object.
	index, _ := strconv.Atoi(annotation(n, "index"))
	return place{
		begin:  source.Position{Line: n.Line, Column: n.Column},
		object: ResourceRef{text(n, "apiVersion"), text(n, "kind"), text(metadata, "name"), text(metadata, "namespace")},
		file:   ResultFile{annotation(n, "path"), index},
	}
}

// itemAt returns the item that a range of what was read is in, or nil. The file is
// told by its name.
func (r *ResourceList) itemAt(span source.Span, name string) *place {
	if span.IsZero() || span.File.Name != name {
		return nil
	}
	at := span.Begin()
	next := sort.Search(len(r.places), func(i int) bool {
		begin := r.places[i].begin
		return cmp.Or(cmp.Compare(begin.Line, at.Line), cmp.Compare(begin.Column, at.Column)) > 0
	})
	if next == 0 {
		return nil
	}
	return &r.places[next-1]
}

// itemOf returns the item that a diagnostic is about, or nil, and whether it stands there itself: else it is
// the first that the diagnostic names beside its own place, which is in a program.
func (r *ResourceList) itemOf(d diag.Diagnostic, name string) (about *place, there bool) {
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
