package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// The bounds of a ResourceList: its size, and how many values it may hold. It is read
// whole, at some hundred bytes a value.
const (
	maxSize   = 64 << 20
	maxValues = 2_000_000
)

// ResourceList is what a KRM function is given: the items to work on, and its
// configuration.
type ResourceList struct {
	Config []byte // as YAML
	// Manifests is the items as a stream of YAML documents, but for those that configure zt.
	Manifests []byte
	items     []*yaml.Node
}

// ReadList reads a ResourceList.
func ReadList(in io.Reader) (*ResourceList, error) {
	data, err := readBounded(in)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("the ResourceList cannot be read: %w", err)
	}
	if len(root.Content) == 0 {
		return nil, errors.New("nothing on standard input: kustomize gives a function a ResourceList there; `zt kustomize --install` makes zt known to kubectl kustomize")
	}
	list := root.Content[0]
	if kind := field(list, "kind"); kind == nil || kind.Value != "ResourceList" {
		return nil, errors.New("what is on standard input is no ResourceList")
	}
	config := field(list, "functionConfig")
	if config == nil {
		return nil, errors.New("the ResourceList has no functionConfig, so that nothing says what to compile")
	}
	r := &ResourceList{}
	if r.Config, err = yaml.Marshal(config); err != nil {
		return nil, fmt.Errorf("the functionConfig cannot be read: %w", err)
	}
	return r, r.take(field(list, "items"))
}

// ReadStream reads the resources that a legacy plugin is given, a stream of documents.
func ReadStream(in io.Reader) (*ResourceList, error) {
	data, err := readBounded(in)
	if err != nil {
		return nil, err
	}
	items := &yaml.Node{Kind: yaml.SequenceNode}
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var root yaml.Node
		err := d.Decode(&root)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the resources cannot be read: %w", err)
		}
		items.Content = append(items.Content, root.Content...)
	}
	r := &ResourceList{}
	return r, r.take(items)
}

func readBounded(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxSize+1))
	if err != nil {
		return nil, err
	}
	values := 0
	for _, b := range data {
		switch b {
		case '\n', ',', '[', '{', ':', '&', '*':
			values++
		}
	}
	if len(data) > maxSize || values > maxValues {
		return nil, fmt.Errorf("the resources are too many to be read at once: more than %d MiB, or %d values; split the kustomization", maxSize>>20, maxValues)
	}
	return data, nil
}

// take takes in the items, each of which must be an object.
func (r *ResourceList) take(items *yaml.Node) error {
	if items == nil || items.Tag == "!!null" {
		return nil
	}
	if items.Kind != yaml.SequenceNode {
		return errors.New("the items of the ResourceList are no list")
	}
	var kept []any
	for i, n := range items.Content {
		if n.Kind != yaml.MappingNode || field(n, "kind") == nil {
			return fmt.Errorf("item %d of the ResourceList is no object: it has no kind", i+1)
		}
		if isConfig(n) {
			continue
		}
		r.items = append(r.items, n)
		kept = append(kept, n)
	}
	var out bytes.Buffer
	err := encode(&out, kept...)
	r.Manifests = out.Bytes()
	return err
}

// isConfig reports whether an object configures zt: a generator is given its own configuration.
func isConfig(n *yaml.Node) bool {
	version, kind := field(n, "apiVersion"), field(n, "kind")
	return version != nil && version.Value == APIVersion && kind.Value == Kind
}

// HasItems reports whether there are resources to check, so that zt stands as a
// transformer or validator and not as a generator.
func (r *ResourceList) HasItems() bool { return len(r.items) > 0 }

// field returns the value of a mapping's key, or nil.
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
