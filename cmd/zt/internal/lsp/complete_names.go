package lsp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
)

// tiers lists all tiers.
func (c *completion) tiers() []*topology.Tier {
	all := slices.Clone(c.Partial.Tiers)
	for _, n := range c.Partial.Namespaces {
		all = append(all, n.Tiers...)
	}
	return all
}

// home is the namespace of names at the spot: that of the block around it, or the default one.
func (c *completion) home() string {
	return cmp.Or(c.namespace, c.snapshot.options.DefaultNamespace, "default")
}

// endpoints adds what an edge can name. In a namespace a bare name is one of its own tiers; at the
// top it is any tier whose name is the only one.
func (c *completion) endpoints() {
	if ns, _, ok := strings.Cut(c.written, "/"); ok {
		c.qualified(ns)
		return
	}
	if c.Partial != nil {
		count := map[string]int{}
		for _, t := range c.tiers() {
			count[t.Name]++
		}
		for _, t := range c.tiers() {
			detail := "tier of " + t.Set() + listens(t.Listens)
			if t.Namespace != nil {
				detail = "tier of " + t.Namespace.Name + listens(t.Listens)
			}
			switch {
			case t.Namespace == nil, t.Namespace.Name == c.home(), c.namespace == "" && count[t.Name] == 1:
				c.add(0, protocol.CompleteClass, t.Name, detail)
			default:
				c.add(1, protocol.CompleteClass, t.String(), detail)
			}
		}
		for _, x := range c.Partial.Externals {
			c.add(0, protocol.CompleteExternal, x.Name, "external"+listens(x.Listens))
		}
		for _, n := range c.Partial.Namespaces {
			c.add(1, protocol.CompleteModule, n.Name+"/*", "every pod of namespace "+n.Name)
		}
		c.environments()
	}
	if c.block == "environment" || c.inEnvironment {
		c.add(1, protocol.CompleteEnum, stamp, "the environment of this block")
	}
	c.words(grammar.Endpoints()...)
	c.sort()
}

func (c *completion) environments() {
	if c.Partial == nil {
		return
	}
	for _, e := range c.Partial.Environments {
		c.add(1, protocol.CompleteEnum, e.Name, "environment")
	}
}

// qualified adds the parties of one namespace.
func (c *completion) qualified(ns string) {
	if c.Partial == nil {
		return
	}
	for _, n := range c.Partial.Namespaces {
		if n.Name != ns {
			continue
		}
		for _, t := range n.Tiers {
			c.add(0, protocol.CompleteClass, t.String(), "tier"+listens(t.Listens))
		}
		c.add(1, protocol.CompleteModule, ns+"/*", "every pod of namespace "+ns)
	}
	for at, objects := range c.info.Definitions {
		if x, ok := objects[0].(*topology.External); ok && strings.HasPrefix(x.Endpoint.Name, ns+"/") {
			c.add(0, protocol.CompleteExternal, ns+"/"+at.Text(), "external"+listens(x.Listens))
		}
	}
	c.sort()
}

// undeclaredNamespaces adds the namespaces of the manifests that the program does not declare, and
// those that it does, which may be opened again.
func (c *completion) undeclaredNamespaces() {
	if c.inventory != nil {
		for _, n := range c.inventory.Namespaces {
			c.add(0, protocol.CompleteModule, n.Name, "in the manifests")
		}
		for _, w := range c.inventory.Workloads {
			c.add(0, protocol.CompleteModule, w.Namespace, "in the manifests")
		}
	}
	if c.Partial != nil {
		for _, n := range c.Partial.Namespaces {
			c.add(1, protocol.CompleteModule, n.Name, "declared")
		}
	}
	c.sort()
}

// workloads adds the names of the namespace's workloads.
func (c *completion) workloads() {
	if c.inventory == nil {
		return
	}
	for _, w := range c.inventory.Workloads {
		if w.Namespace == c.home() && w.Owner.Name == "" {
			c.add(0, protocol.CompleteClass, w.Name, w.Kind)
		}
	}
	c.sort()
}
