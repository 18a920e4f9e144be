// Package kustomize speaks the two contracts by which kustomize runs a program:
// as a KRM function, which is given a ResourceList and gives one back, and as a legacy exec
// plugin, which is given the name of its configuration and prints manifests.
package kustomize

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// The kind of object that configures zt in a kustomization.
const (
	APIVersion = "zt-lang.github.io/v1alpha1"
	Kind       = "Topology"
)

// Config is a Topology object: what to compile, and what for.
type Config struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata,omitempty"`
	Spec       Spec           `json:"spec"`
}

// Spec says what a Topology compiles.
type Spec struct {
	// Files are .zt files and folders of them, relative to the kustomization and below it.
	Files []string `json:"files,omitempty"`
	// Source is a program, or a part of one, that stands in the configuration itself.
	Source      string   `json:"source,omitempty"`
	Namespace   string   `json:"namespace,omitempty"`   // of tiers outside every namespace; "default" if empty
	Environment string   `json:"environment,omitempty"` // the only one that is built, if not empty
	Target      []string `json:"target,omitempty"`
	Layout      string   `json:"layout,omitempty"`
	Stage       string   `json:"stage,omitempty"`
	Strict      bool     `json:"strict,omitempty"` // every warning is an error
	// Use is what the kustomization lists the object under, where that
	// matters: a validator must return nothing, and nothing else tells it from a transformer.
	Use string `json:"use,omitempty"`
}

// Name returns what the object is called.
func (c *Config) Name() string {
	name, _ := c.Metadata["name"].(string)
	return name
}

// Choices are what a field of the Spec may be; the first is what it is when it is empty.
var choices = map[string][]string{
	"layout": {"tier", "edge"},
	"stage":  {"all", "ingress", "egress"},
	"use":    {"generator", "transformer", "validator"},
	"target": {"networkpolicy"},
}

// ParseConfig reads a Topology strictly: a field that it does not have is an error.
func ParseConfig(data []byte) (*Config, error) {
	var c Config
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		return nil, fmt.Errorf("the configuration is no %s: %w", Kind, err)
	}
	if c.APIVersion != APIVersion || c.Kind != Kind {
		return nil, fmt.Errorf("the configuration is %s %s, and not %s %s", c.APIVersion, c.Kind, APIVersion, Kind)
	}
	if len(c.Spec.Files) == 0 && strings.TrimSpace(c.Spec.Source) == "" {
		return nil, fmt.Errorf("%s %s: spec has neither files nor source, so there is nothing to compile", Kind, c.Name())
	}
	values := map[string][]string{"layout": {c.Spec.Layout}, "stage": {c.Spec.Stage}, "use": {c.Spec.Use}, "target": c.Spec.Target}
	for _, field := range []string{"target", "layout", "stage", "use"} {
		for _, v := range values[field] {
			if v != "" && !slices.Contains(choices[field], v) {
				return nil, fmt.Errorf("%s %s: spec.%s cannot be %q; it is one of %s", Kind, c.Name(), field, v, strings.Join(choices[field], ", "))
			}
		}
	}
	return &c, nil
}
