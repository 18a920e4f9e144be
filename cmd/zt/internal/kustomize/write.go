package kustomize

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v3"
)

// item is an object that goes in or out, as a document. What comes in is written with
// the styles that it had, so that no "no" becomes a boolean.
type item struct {
	id   identity
	text []byte
}

// identity tells objects apart, as kustomize does: what names no namespace is in default.
type identity struct{ apiVersion, kind, namespace, name string }

func newItem(n *yaml.Node, text []byte) item {
	return item{identityOf(n), text}
}

func identityOf(n *yaml.Node) identity {
	metadata := field(n, "metadata")
	id := identity{text(n, "apiVersion"), text(n, "kind"), text(metadata, "namespace"), text(metadata, "name")}
	if id.namespace == "" {
		id.namespace = "default"
	}
	return id
}

// List returns the ResourceList that a function gives back: items and results.
func List(items Items, results []Result) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n")
	if len(items) == 0 {
		b.WriteString("items: []\n")
	} else {
		b.WriteString("items:\n")
	}
	for _, i := range items {
		documents, err := decode(i.text)
		if err != nil {
			return nil, err
		}
		entry, err := encode(documents) // a list of one
		if err != nil {
			return nil, err
		}
		b.Write(entry)
	}
	if len(results) > 0 {
		data, err := encode(map[string][]Result{"results": results})
		if err != nil {
			return nil, err
		}
		b.Write(data)
	}
	return b.Bytes(), nil
}

// Stream returns the manifests that a legacy plugin prints.
func Stream(items Items) []byte {
	var b bytes.Buffer
	for _, i := range items {
		if b.Len() > 0 {
			b.WriteString("---\n")
		}
		b.Write(i.text)
	}
	return b.Bytes()
}

// Items are objects that go out.
type Items []item

// With returns the items that came in, and policies, which are YAML documents. Of a policy that comes
// in, as from an earlier run, the new one takes the place.
func (r *ResourceList) With(policies []byte) (Items, error) {
	documents, err := decode(policies)
	if err != nil {
		return nil, err
	}
	var made Items
	own := map[identity]bool{}
	for _, n := range documents {
		data, err := encode(n)
		if err != nil {
			return nil, err
		}
		made = append(made, newItem(n, data))
		own[identityOf(n)] = true
	}
	kept := slices.DeleteFunc(slices.Clone(r.items), func(i item) bool { return own[i.id] })
	return append(kept, made...), nil
}
