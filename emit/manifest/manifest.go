// Package manifest turns API objects into the bytes of manifests, and these
// into files.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
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
		if documents[i], err = yaml.Marshal(objects[i]); err != nil {
			return fmt.Errorf("%s/%s: %w", objects[i].GetNamespace(), objects[i].GetName(), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bytes.Join(documents, []byte("---\n")), nil
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
