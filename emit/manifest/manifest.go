// Package manifest turns API objects into the bytes of manifests, and these
// into files.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Format is a form of manifests.
type Format int

// The formats.
const (
	FormatYAML Format = iota
	FormatJSON
)

// Marshal returns one manifest of all objects, in the order given.
func Marshal[O metav1.Object](objects []O, format Format) ([]byte, error) {
	if format == FormatJSON {
		return JSON(objects)
	}
	return YAML(objects)
}

// chunk is how many objects one processor writes or reads at a time, and usual how long the
// documents of most of them are at most.
const (
	chunk = 64
	usual = 3 << 10
)

// YAML returns a stream with a document for each object.
func YAML[O metav1.Object](objects []O) ([]byte, error) {
	written, err := parts(objects)
	return bytes.Join(written, nil), err
}

// Stream returns what Marshal does in parts, as files without names, to be written one behind the other.
func Stream[O metav1.Object](objects []O, format Format) ([]File, error) {
	if format == FormatJSON {
		data, err := JSON(objects)
		return []File{{Data: data}}, err
	}
	written, err := parts(objects)
	files := make([]File, len(written))
	for i, data := range written {
		files[i].Data = data
	}
	return files, err
}

// parts returns a stream of documents in the parts in which it is written.
func parts[O metav1.Object](objects []O) ([][]byte, error) {
	chunks := slices.Collect(slices.Chunk(objects, chunk))
	written := make([][]byte, len(chunks))
	err := parallel(len(chunks), func(i int) error {
		w := newWriter(len(chunks[i]) * usual)
		for j, o := range chunks[i] {
			if i+j > 0 {
				w.text(separator)
			}
			if err := w.document(o); err != nil {
				return fmt.Errorf("%s/%s: %w", o.GetNamespace(), o.GetName(), err)
			}
		}
		written[i] = w.out
		return nil
	})
	return written, err
}

// separator stands between documents.
const separator = "---\n"

// list is the List of API version v1, in which several objects make one JSON document.
type list[O any] struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Items      []O    `json:"items"`
}

// JSON returns one List with all objects.
func JSON[O metav1.Object](objects []O) ([]byte, error) {
	l := list[O]{APIVersion: "v1", Kind: "List", Items: objects}
	if l.Items == nil {
		l.Items = []O{} // an empty list is [], never null
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // an edge's arrow is to be read as one
	e.SetIndent("", "  ")
	if err := e.Encode(l); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
