// Package manifest turns API objects into the bytes of manifests, and these
// into files.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"
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

// YAML returns a stream with a document for each object.
func YAML[O metav1.Object](objects []O) ([]byte, error) {
	documents := make([][]byte, len(objects))
	err := parallel(len(objects), func(i int) error {
		var err error
		if documents[i], err = document(objects[i]); err != nil {
			return fmt.Errorf("%s/%s: %w", objects[i].GetNamespace(), objects[i].GetName(), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bytes.Join(documents, []byte("---\n")), nil
}

// document returns one object as YAML: the bytes that sigs.k8s.io/yaml gives.
// That goes by way of JSON too, but reads the JSON back as YAML, which is most
// of its time; and reads some of Unicode's line ends as blanks, so that what is not ASCII is left to it.
func document(o any) ([]byte, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	if bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x7f }) {
		return sigsyaml.Marshal(o)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return yaml.Marshal(integers(tree))
}

// integers makes the numbers in a tree integers; API objects have no others.
func integers(tree any) any {
	switch t := tree.(type) {
	case map[string]any:
		for k, v := range t {
			t[k] = integers(v)
		}
	case []any:
		for i, v := range t {
			t[i] = integers(v)
		}
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n
		}
	}
	return tree
}

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
