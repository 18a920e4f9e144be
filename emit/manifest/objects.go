package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// MarshalObjects returns one manifest of objects that are not NetworkPolicies, in order: a List in JSON,
// or a stream of YAML documents, after a header if it is a file of its own. There must be some.
func MarshalObjects[T any](objects []T, format Format, file bool) ([]byte, error) {
	if format == FormatJSON {
		return marshalList(objects)
	}
	var out []byte
	if file {
		out = append(out, header...)
	}
	for i, o := range objects {
		if i > 0 {
			out = append(out, Separator...)
		}
		document, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}
		out = append(out, document...)
	}
	return out, nil
}

func marshalList[T any](objects []T) ([]byte, error) {
	out := bytes.NewBufferString(listHeader)
	for i, o := range objects {
		if i > 0 {
			out.WriteByte(',')
		}
		item, err := json.MarshalIndent(o, "    ", "  ")
		if err != nil {
			return nil, err
		}
		out.WriteString("\n    ")
		out.Write(item)
	}
	out.WriteString("\n  ]\n}\n")
	return out.Bytes(), nil
}

// ReadObjects reads back all objects of files that MarshalObjects wrote, in order. It is strict: a field
// that T does not have is an error, and so is an object that accept refuses.
func ReadObjects[T any](files []File, format Format, accept func(*T) error) ([]T, error) {
	divide, strict := split, yaml.UnmarshalStrict
	if format == FormatJSON {
		divide, strict = items, strictJSON
	}
	var out []T
	for _, f := range files {
		documents, err := divide(string(f.Data))
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			var o T
			if err := strict([]byte(d), &o); err != nil {
				return nil, err
			}
			if err := accept(&o); err != nil {
				return nil, fmt.Errorf("object %d: %w", len(out)+1, err)
			}
			out = append(out, o)
		}
	}
	return out, nil
}
