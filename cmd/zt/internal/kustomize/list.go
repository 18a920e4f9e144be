package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// The limits of the input: its size, and the number of its values. It is read whole, and a value
// takes some hundred bytes.
const (
	maxSize   = 32 << 20
	maxValues = 1_000_000
	// No API server stores an object of more than three megabytes, and the YAML library needs a
	// kilobyte for each value that it writes.
	maxItemValues = 200_000
)

// ResourceList is the input of a function of kustomize: its items and its configuration.
type ResourceList struct {
	Config    []byte // as YAML
	Text      []byte // the source of the items
	items     []item
	resources int // the number of items that do not configure zt
}

// ReadList reads the ResourceList that a KRM function is given.
func ReadList(in io.Reader) (*ResourceList, error) {
	data, documents, err := read(in, "ResourceList")
	if err != nil {
		return nil, err
	}
	switch {
	case len(documents) == 0:
		return nil, errors.New("nothing on standard input: kustomize gives a function a ResourceList there; for kubectl kustomize, run `zt kustomize --install`")
	case len(documents) > 1:
		return nil, errors.New("standard input has several documents, and not one ResourceList")
	}
	list := documents[0]
	if text(list, "kind") != "ResourceList" {
		return nil, errors.New("standard input is not a ResourceList")
	}
	for _, key := range []string{"functionConfig", "items"} {
		if len(fields(list, key)) > 1 {
			return nil, fmt.Errorf("the ResourceList has %s twice", key)
		}
	}
	config, items := field(list, "functionConfig"), field(list, "items")
	if isNull(config) {
		return nil, errors.New("the ResourceList has no functionConfig, which says what to compile")
	}
	r := &ResourceList{Text: data}
	if r.Config, err = encode(config); err != nil {
		return nil, fmt.Errorf("the functionConfig cannot be read: %w", err)
	}
	if isNull(items) {
		return r, nil
	}
	if items.Kind != yaml.SequenceNode {
		return nil, errors.New("the items of the ResourceList are not a list")
	}
	return r, r.take(items.Content)
}

// ReadStream reads the input of a legacy plugin, a stream of documents.
func ReadStream(in io.Reader, config []byte) (*ResourceList, error) {
	data, documents, err := read(in, "resources")
	if err != nil {
		return nil, err
	}
	r := &ResourceList{Config: config, Text: data}
	return r, r.take(documents)
}

// read reads a text, and every document of it that is not empty.
func read(in io.Reader, what string) ([]byte, []*yaml.Node, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("standard input: %w", err)
	}
	if len(data) > maxSize || inventory.Values(string(data)) > maxValues {
		return nil, nil, fmt.Errorf("standard input holds too much to be read at once: more than %d MiB, or %d values; split the kustomization", maxSize>>20, maxValues)
	}
	documents, err := decode(data)
	if err != nil {
		return nil, nil, fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	return data, documents, nil
}

// decode reads every document of a stream that is not empty.
func decode(data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var root yaml.Node
		err := d.Decode(&root)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if len(root.Content) > 0 && !isNull(root.Content[0]) {
			documents = append(documents, root.Content[0])
		}
	}
}

// encode writes a value as a document.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// take adds the items, each of which must be an object. kustomize gives a generator a copy of its
// configuration, which is from no file. Hosts that keep packages of files delete a file if a
// function does not return its object, so a configuration from a file remains.
func (r *ResourceList) take(objects []*yaml.Node) error {
	for i, n := range objects {
		if text(n, "apiVersion") == "" || text(n, "kind") == "" {
			return fmt.Errorf("item %d is not a Kubernetes object: it has no apiVersion and kind", i+1)
		}
		w := walk{anchors: map[*yaml.Node]bool{}}
		w.value(n)
		switch {
		case w.values > maxItemValues:
			return fmt.Errorf("item %d is larger than any object of Kubernetes: it has %d values", i+1, w.values)
		case w.open:
			return fmt.Errorf("item %d has an alias to a value in another item", i+1)
		}
		made, err := newItem(n)
		if err != nil {
			return fmt.Errorf("item %d cannot be read: %w", i+1, err)
		}
		switch isConfig := made.object.APIVersion == APIVersion && made.object.Kind == Kind; {
		case !isConfig:
			r.resources++
		case made.file.Path == "":
			continue
		}
		r.items = append(r.items, made)
	}
	return nil
}

// walk counts the values in a value, and finds aliases to values elsewhere. It unfolds folded
// texts: the YAML library adds a line to some when it folds them again.
type walk struct {
	anchors map[*yaml.Node]bool
	values  int
	open    bool
}

func (w *walk) value(n *yaml.Node) {
	w.values++
	if n.Anchor != "" {
		w.anchors[n] = true
	}
	if n.Kind == yaml.AliasNode && !w.anchors[n.Alias] {
		w.open = true
	}
	n.Style &^= yaml.FoldedStyle
	for _, c := range n.Content {
		w.value(c)
	}
}

// HasResources reports whether there is anything to check: zt is a transformer or validator then,
// not a generator.
func (r *ResourceList) HasResources() bool { return r.resources > 0 }

// fields returns the values of a mapping's key, which a mapping should have once.
func fields(n *yaml.Node, key string) (values []*yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			values = append(values, n.Content[i+1])
		}
	}
	return values
}

// field returns the first value of a mapping's key, or nil.
func field(n *yaml.Node, key string) *yaml.Node {
	for _, v := range fields(n, key) {
		return v
	}
	return nil
}

// text returns a mapping's value that is a scalar, or "".
func text(n *yaml.Node, key string) string {
	if v := field(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

func isNull(n *yaml.Node) bool { return n == nil || n.Tag == "!!null" }
