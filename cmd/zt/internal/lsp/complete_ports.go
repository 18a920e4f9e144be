package lsp

import (
	"fmt"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
)

// ports adds the ports that the destinations before the spot declare.
func (c *completion) ports() {
	for _, word := range c.destinations() {
		for _, l := range c.listensOf(word) {
			if l.Name != "" {
				c.add(0, protocol.CompletePort, l.Name, l.Ports.String())
			} else {
				c.add(1, protocol.CompletePort, l.Ports.String(), word)
			}
		}
	}
	c.words("any")
}

// listensOf returns the ports that an endpoint declares: of several pods, those with names.
func (c *completion) listensOf(word string) []topology.Listen {
	if c.Partial == nil {
		return nil
	}
	var out []topology.Listen
	named := func(tiers []*topology.Tier) {
		for _, t := range tiers {
			for _, l := range t.Listens {
				if l.Name != "" {
					out = append(out, l)
				}
			}
		}
	}
	for _, n := range c.Partial.Namespaces {
		if word == n.Name+"/*" {
			named(n.Tiers)
		}
	}
	for _, e := range c.Partial.Environments {
		if word == e.Name || word == stamp {
			for _, n := range e.Namespaces {
				named(n.Tiers)
			}
		}
	}
	if word == "cluster" {
		named(c.tiers())
	}
	if word == "apiserver" && c.Partial.Network.APIServer != nil {
		out = append(out, c.Partial.Network.APIServer.Stated...)
	}
	var bare, own []topology.Listen
	for _, t := range c.tiers() {
		switch {
		case t.String() == word:
			out = append(out, t.Listens...)
		case t.Name == word && t.Namespace.Name == c.home():
			own = t.Listens
		case t.Name == word && c.namespace == "":
			bare = append(bare, t.Listens...)
		}
	}
	if own == nil {
		own = bare
	}
	out = append(out, own...)
	for _, x := range c.Partial.Externals {
		if x.Name == word || x.Endpoint.Name == word {
			out = append(out, x.Listens...)
		}
	}
	return out
}

// containerPorts adds the ports of the containers of the tier's pods.
func (c *completion) containerPorts() {
	labels := c.tierLabels()
	if c.inventory == nil {
		return
	}
	for _, w := range c.inventory.Workloads {
		if w.Namespace != c.home() || !inventory.Carries(w.Labels, labels) {
			continue
		}
		for _, port := range w.Ports {
			text := fmt.Sprintf("%d/%s", port.Number, port.Protocol)
			if port.Name != "" {
				text = port.Name + "=" + text
			}
			c.add(0, protocol.CompletePort, text, w.Object.String())
		}
	}
	c.sort()
}
