package lsp

import (
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// labels adds keys, operators and values of labels.
func (c *completion) labels(known map[string]map[string]bool, last string) {
	switch last {
	case "{", ",", "\n", "!", "labels":
		if key := c.listKey(); key != "" {
			c.values(known, key)
			return
		}
		c.keys(known)
	case "=", "==", "!=":
		c.values(known, c.last(1))
	case "(":
		c.values(known, c.last(2))
	case "}", ")":
	default:
		if !slices.Contains([]string{"=", "==", "!="}, c.last(1)) && c.listKey() == "" {
			c.words("in", "notin")
		}
	}
}

func (c *completion) keys(known map[string]map[string]bool) {
	for key := range known {
		c.add(0, protocol.CompleteProperty, key, "label")
	}
	c.sort()
}

func (c *completion) values(known map[string]map[string]bool, key string) {
	for value := range known[key] {
		c.add(0, protocol.CompleteValue, value, key)
	}
	c.sort()
}

// podLabels returns the values of each label key of pods, in the manifests and in the program.
func (c *completion) podLabels() map[string]map[string]bool {
	known := map[string]map[string]bool{}
	if c.inventory != nil {
		for _, w := range c.inventory.Workloads {
			addLabels(known, w.Labels)
		}
	}
	if c.Partial != nil {
		for _, t := range c.tiers() {
			addSelector(known, t.Selector)
		}
	}
	return known
}

// namespaceLabels returns the same of namespaces.
func (c *completion) namespaceLabels() map[string]map[string]bool {
	known := map[string]map[string]bool{}
	if c.inventory != nil {
		for _, n := range c.inventory.Namespaces {
			addLabels(known, n.Labels)
		}
	}
	if c.Partial != nil {
		for _, n := range c.Partial.Namespaces {
			addLabels(known, n.Labels)
		}
		for _, e := range c.Partial.Environments {
			addSelector(known, e.Selector)
		}
	}
	delete(known, topology.NameLabel) // the name of a namespace is not a label to write
	return known
}

func addLabels(known map[string]map[string]bool, labels map[string]string) {
	for k, v := range labels {
		if known[k] == nil {
			known[k] = map[string]bool{}
		}
		known[k][v] = true
	}
}

func addSelector(known map[string]map[string]bool, s relation.Selector) {
	for _, r := range s.Keys() {
		if known[r.Key] == nil {
			known[r.Key] = map[string]bool{}
		}
		for _, v := range r.Values.Names {
			known[r.Key][v] = true
		}
	}
}

// tierLabels returns the labels that the statement of a tier requires.
func (c *completion) tierLabels() map[string]string {
	labels := map[string]string{}
	for i, tok := range c.before {
		switch {
		case i == 0 || i+1 == len(c.before):
		case tok.IsMark("="), tok.IsMark("=="):
			labels[c.before[i-1].Text()] = c.before[i+1].Text()
		case tok.Text() == "by":
			labels[c.before[i+1].Text()] = c.before[1].Text()
		case tok.IsMark(":"):
			return labels
		}
	}
	return labels
}
