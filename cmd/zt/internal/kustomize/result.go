package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/grammar/diag"
)

// Result is one problem, as hosts show it that read the results of a function.
type Result struct {
	Message  string     `yaml:"message"`
	Severity string     `yaml:"severity"`
	File     ResultFile `yaml:"file,omitempty"`
	Tags     Tags       `yaml:"tags,omitempty"`
}

// ResultFile is the file that a result is about.
type ResultFile struct {
	Path string `yaml:"path,omitempty"`
}

// Tags carry the code of a diagnostic and its place.
type Tags struct {
	Code   string `yaml:"code,omitempty"`
	Line   string `yaml:"line,omitempty"`
	Column string `yaml:"column,omitempty"`
}

// Results returns diagnostics as results.
func Results(list diag.List) []Result {
	var out []Result
	for _, d := range list {
		r := Result{Message: d.Message, Severity: d.Severity.String(), Tags: Tags{Code: string(d.Code)}}
		if d.Help != "" {
			r.Message += " (" + d.Help + ")"
		}
		if !d.Span.IsZero() {
			at := d.Span.Begin()
			r.File.Path = d.Span.File.Name
			r.Tags.Line, r.Tags.Column = fmt.Sprint(at.Line), fmt.Sprint(at.Column)
			r.Message = fmt.Sprintf("%d:%d: %s", at.Line, at.Column, r.Message)
		}
		out = append(out, r)
	}
	return out
}

// WriteList writes a ResourceList of the items that came in, if they are to be kept, then policies,
// which are YAML documents, and results.
func (r *ResourceList) WriteList(out io.Writer, keep bool, policies []byte, results []Result) error {
	items, err := r.output(keep, policies)
	if err != nil {
		return err
	}
	list := struct {
		APIVersion string       `yaml:"apiVersion"`
		Kind       string       `yaml:"kind"`
		Items      []*yaml.Node `yaml:"items"`
		Results    []Result     `yaml:"results,omitempty"`
	}{"config.kubernetes.io/v1", "ResourceList", items, results}
	return encode(out, list)
}

// WriteStream writes the same items as a stream of documents.
func (r *ResourceList) WriteStream(out io.Writer, keep bool, policies []byte) error {
	items, err := r.output(keep, policies)
	if err != nil {
		return err
	}
	values := make([]any, len(items))
	for i, n := range items {
		values[i] = n
	}
	return encode(out, values...)
}

// encode writes values as documents, whole or not at all.
func encode(out io.Writer, values ...any) error {
	if len(values) == 0 {
		return nil // the library cannot end a stream that has not begun
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := out.Write(b.Bytes())
	return err
}

// output returns the objects that go out. Of a policy that comes in, as from an earlier
// run, the new one takes the place.
func (r *ResourceList) output(keep bool, policies []byte) ([]*yaml.Node, error) {
	items := []*yaml.Node{}
	var made []*yaml.Node
	own := map[string]bool{}
	for d := yaml.NewDecoder(bytes.NewReader(policies)); ; {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		made = append(made, n.Content...)
		own[identity(n.Content[0])] = true
	}
	if keep {
		for _, n := range r.items {
			if !own[identity(n)] {
				items = append(items, n)
			}
		}
	}
	return append(items, made...), nil
}

// identity tells objects apart as a cluster does.
func identity(n *yaml.Node) string {
	text := func(n *yaml.Node) string {
		if n == nil {
			return ""
		}
		return n.Value
	}
	metadata := field(n, "metadata")
	return text(field(n, "apiVersion")) + "|" + text(field(n, "kind")) + "|" + text(field(metadata, "namespace")) + "|" + text(field(metadata, "name"))
}
