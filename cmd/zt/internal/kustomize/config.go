package kustomize

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/target"
)

// The kind of object that configures zt in a kustomization.
const (
	APIVersion = "zt-lang.github.io/v1alpha1"
	Kind       = "Topology"
)

// Validator is the Use of a Topology that a kustomization lists under validators.
const Validator = "validator"

// Config is a Topology object: what to compile, and what for.
type Config struct {
	Name string
	Spec Spec
}

// Spec says what a Topology compiles.
type Spec struct {
	// Files are .zt files and folders of them, relative to the kustomization and below it.
	Files []string
	// Source is a program, or a part of one, written in the configuration itself.
	Source      string
	Namespace   string // of tiers outside every namespace; "default" if empty
	Environment string // the only one that is built, if not empty
	// Target lists targets; the default target if empty. One may be written without a list.
	Target targets
	// Priority is the priorities of guardrails, FROM-TO; the default ones if empty.
	Priority string
	Layout   string
	Stage    string
	Strict   bool // every warning is an error
	// Use is where the kustomization lists the object. A validator must return nothing, and only
	// this field distinguishes it from a transformer.
	Use string
}

// targets is a list of names, or names in one string, separated by commas as on a command line.
type targets []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *targets) UnmarshalYAML(n *yaml.Node) error {
	var one string
	if err := n.Decode(&one); err == nil && n.Kind == yaml.ScalarNode && one != "" {
		*t = strings.Split(one, ",")
		return nil
	}
	return n.Decode((*[]string)(t))
}

// fields returns what the values of a spec's fields are decoded into.
func (s *Spec) fields() map[string]any {
	return map[string]any{
		"files": &s.Files, "source": &s.Source, "namespace": &s.Namespace, "environment": &s.Environment,
		"target": &s.Target, "priority": &s.Priority, "layout": &s.Layout, "stage": &s.Stage, "strict": &s.Strict, "use": &s.Use,
	}
}

// ParseConfig reads a Topology strictly: an unknown field is an error.
func ParseConfig(data []byte) (*Config, error) {
	documents, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	if len(documents) != 1 || documents[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the configuration is not one object, a %s", Kind)
	}
	root := documents[0]
	if version, kind := text(root, "apiVersion"), text(root, "kind"); version != APIVersion || kind != Kind {
		return nil, fmt.Errorf("the configuration is %q of %q; zt is configured by %q of %q", kind, version, Kind, APIVersion)
	}
	c := &Config{Name: text(field(root, "metadata"), "name")}
	if err := c.parse(root); err != nil {
		return nil, fmt.Errorf("%s %q: %w", Kind, c.Name, err)
	}
	return c, nil
}

func (c *Config) parse(root *yaml.Node) error {
	var apiVersion, kind string
	var metadata, spec yaml.Node
	err := fill(root, "", map[string]any{"apiVersion": &apiVersion, "kind": &kind, "metadata": &metadata, "spec": &spec})
	if err != nil {
		return err
	}
	if !isNull(field(root, "spec")) {
		if err := fill(&spec, "spec.", c.Spec.fields()); err != nil {
			return err
		}
	}
	if len(c.Spec.Files) == 0 && strings.TrimSpace(c.Spec.Source) == "" {
		return fmt.Errorf("spec has neither files nor source, so there is nothing to compile")
	}
	for i, name := range c.Spec.Target {
		if slices.Contains(c.Spec.Target[:i], name) {
			return fmt.Errorf("spec.target names %s twice", name)
		}
	}
	for _, choice := range []struct {
		field          string
		given, allowed []string
	}{
		{"layout", []string{c.Spec.Layout}, target.Layouts},
		{"stage", []string{c.Spec.Stage}, []string{"all", "ingress", "egress"}},
		{"target", c.Spec.Target, emit.Targets()},
		{"use", []string{c.Spec.Use}, []string{"generator", "transformer", Validator}},
	} {
		for _, v := range choice.given {
			if v != "" && !slices.Contains(choice.allowed, v) {
				return fmt.Errorf("spec.%s cannot be %q; %sit is one of %s", choice.field, v, meant(v, choice.allowed), strings.Join(choice.allowed, ", "))
			}
		}
	}
	return nil
}

// fill decodes the values of a mapping into its fields.
func fill(n *yaml.Node, path string, fields map[string]any) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("%s is not a mapping", strings.TrimSuffix(path, "."))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, n.Content[i+1]
		into, known := fields[name]
		switch {
		case !known:
			names := slices.Sorted(maps.Keys(fields))
			return fmt.Errorf("there is no field %s%s; %sthe fields are %s", path, name, meant(name, names), strings.Join(names, ", "))
		case seen[name]:
			return fmt.Errorf("%s%s is given twice", path, name)
		}
		seen[name] = true
		if err := value.Decode(into); err != nil {
			return fmt.Errorf("%s%s is not %s", path, name, typeOf(into))
		}
	}
	return nil
}

// meant suggests a name that is near, if there is one.
func meant(word string, names []string) string {
	if near := cli.Nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %s? ", near)
	}
	return ""
}

func typeOf(field any) string {
	switch field.(type) {
	case *bool:
		return "true or false"
	case *[]string:
		return "a list of strings"
	case *targets:
		return "a string or a list of strings"
	}
	return "a string"
}
