package kustomize

import (
	"bytes"
	"slices"
)

// Items are the objects of the output.
type Items []item

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

// With returns the items of the input and policies, which are YAML documents. A policy replaces an
// item with the same identity, which is from an earlier run.
func (r *ResourceList) With(policies []byte) (Items, error) {
	documents, err := decode(policies)
	if err != nil {
		return nil, err
	}
	var made Items
	own := map[ResourceRef]bool{}
	for _, n := range documents {
		policy, err := newItem(n)
		if err != nil {
			return nil, err
		}
		made = append(made, policy)
		own[policy.id()] = true
	}
	kept := slices.DeleteFunc(slices.Clone(r.items), func(i item) bool { return own[i.id()] })
	return append(kept, made...), nil
}
