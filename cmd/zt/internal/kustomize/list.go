package kustomize

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// The bounds of what is read: its size, and how many values it may hold. It is read
// whole, at some hundred bytes a value.
const (
	maxSize   = 32 << 20
	maxValues = 1_000_000
	// No API server stores an object of more than three megabytes, and to write one takes
	// the YAML library a kilobyte a value.
	maxItemValues = 200_000
)

// ResourceList is what kustomize gives a program that it runs: the items to work on, and
// the program's configuration.
type ResourceList struct {
	Config    []byte // as YAML
	Text      []byte // that the items are read from
	items     []item
	places    []place
	resources int // how many of them do not configure zt
}

// ReadList reads the ResourceList that a KRM function is given.
func ReadList(in io.Reader) (*ResourceList, error) {
	data, documents, err := read(in, "ResourceList")
	if err != nil {
		return nil, err
	}
	switch {
	case len(documents) == 0:
		return nil, errors.New("nothing on standard input: kustomize gives a function a ResourceList there; `zt kustomize --install` makes zt known to kubectl kustomize")
	case len(documents) > 1:
		return nil, errors.New("standard input has several documents, and not one ResourceList")
	}
	list := documents[0]
	if text(list, "kind") != "ResourceList" {
		return nil, errors.New("what is on standard input is no ResourceList")
	}
	for _, key := range []string{"functionConfig", "items"} {
		if count(list, key) > 1 {
			return nil, fmt.Errorf("the ResourceList has %s twice", key)
		}
	}
	config, items := field(list, "functionConfig"), field(list, "items")
	if isNull(config) {
		return nil, errors.New("the ResourceList has no functionConfig, so that nothing says what to compile")
	}
	r := &ResourceList{Text: data}
	if r.Config, err = encode(config); err != nil {
		return nil, fmt.Errorf("the functionConfig cannot be read: %w", err)
	}
	if isNull(items) {
		return r, nil
	}
	if items.Kind != yaml.SequenceNode {
		return nil, errors.New("the items of the ResourceList are no list")
	}
	return r, r.take(items.Content)
}

// ReadStream reads the resources that a legacy plugin is given, a stream of documents.
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
	if len(data) > maxSize || values(data) > maxValues {
		return nil, nil, fmt.Errorf("standard input holds too much to be read at once: more than %d MiB, or %d values; split the kustomization", maxSize>>20, maxValues)
	}
	documents, err := decode(data)
	if err != nil {
		return nil, nil, fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	return data, documents, nil
}

// values counts what values can begin behind, and so never too few.
func values(data []byte) int {
	n := 0
	for i, b := range data {
		switch b {
		case '\n', ',', '[', '{', ':', '?', '&', '!', '"':
			n++
		case '-':
			if i+1 == len(data) || data[i+1] == ' ' || data[i+1] == '\n' || data[i+1] == '\t' {
				n++
			}
		}
	}
	return n
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

// take takes in the items, each of which must be an object.
func (r *ResourceList) take(objects []*yaml.Node) error {
	for i, n := range objects {
		if text(n, "apiVersion") == "" || text(n, "kind") == "" {
			return fmt.Errorf("item %d is no object of Kubernetes: it has no apiVersion and kind", i+1)
		}
		w := walk{anchors: map[*yaml.Node]bool{}}
		w.value(n)
		switch {
		case w.values > maxItemValues:
			return fmt.Errorf("item %d is larger than any object of Kubernetes: it holds %d values", i+1, w.values)
		case w.open:
			return fmt.Errorf("item %d repeats by an alias what stands in another item", i+1)
		}
		isConfig := text(n, "apiVersion") == APIVersion && text(n, "kind") == Kind
		if isConfig && !fromFile(n) {
			continue
		}
		if !isConfig {
			r.resources++
		}
		data, err := encode(n)
		if err != nil {
			return fmt.Errorf("item %d cannot be read: %w", i+1, err)
		}
		r.items = append(r.items, newItem(n, data))
		r.places = append(r.places, placeOf(n))
	}
	return nil
}

// fromFile reports whether an object is from a file of a package, which hosts that keep
// packages delete if a function does not return it. The copy of the configuration that kustomize
// gives a generator, so that it has something, is from none.
func fromFile(n *yaml.Node) bool {
	return annotation(n, "path") != ""
}

// annotation returns what a host notes of where an object is from, under its key of today or the former one
// (https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md).
func annotation(n *yaml.Node, name string) string {
	annotations := field(field(n, "metadata"), "annotations")
	return cmp.Or(text(annotations, "internal.config.kubernetes.io/"+name), text(annotations, "config.kubernetes.io/"+name))
}

// walk learns of a value how many it holds, and whether an alias in it repeats what stands elsewhere. Texts that are
// folded it unfolds: the YAML library adds a line to some when it folds them again.
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

// HasResources reports whether there is something to check, so that zt stands as a transformer
// or validator and not as a generator.
func (r *ResourceList) HasResources() bool { return r.resources > 0 }

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

// count returns how often a mapping has a key.
func count(n *yaml.Node, key string) (times int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			times++
		}
	}
	return times
}

// text returns a mapping's value that is a scalar, or "".
func text(n *yaml.Node, key string) string {
	if v := field(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

func isNull(n *yaml.Node) bool { return n == nil || n.Tag == "!!null" }
