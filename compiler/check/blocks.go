package check

import (
	"fmt"
	"sort"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// blocks warns of address blocks that may not mean what they say: those that
// reach into the pods' addresses, and exceptions that another edge undoes.
func (c *checker) blocks() {
	for _, x := range c.Externals {
		for _, b := range x.Endpoint.Blocks {
			c.coversPods(b, b.Span)
		}
	}
	for _, e := range c.Edges {
		c.literal(e.From, e.FromSpan)
		c.literal(e.To, e.ToSpan)
	}
	c.exceptions(c.to, c.from, destination, source)
	c.exceptions(c.from, c.to, source, destination)
}

// literal checks a block that is written in an edge.
func (c *checker) literal(e *topology.Endpoint, at span.Span) {
	if e.External == nil && len(e.Blocks) == 1 && !e.Blocks[0].Span.IsZero() {
		c.coversPods(e.Blocks[0], at)
	}
}

func (c *checker) coversPods(b topology.Block, at span.Span) {
	addrs := b.Addrs()
	// The blocks of pods are in order, and none overlaps another: those that b overlaps stand together.
	pods := c.Network.Pods
	first := sort.Search(len(pods), func(i int) bool {
		return pods[i].Overlaps(b.Prefix) || pods[i].Addr().Compare(b.Prefix.Addr()) > 0
	})
	for _, p := range pods[first:] {
		if !p.Overlaps(b.Prefix) {
			break
		}
		if addrs.Overlaps(relation.Prefix(p)) {
			instead := "name pods by tier, or correct what `network` says of pods"
			if b.Prefix.Bits() < p.Bits() { // else there is no smaller block to leave out
				instead = fmt.Sprintf("write `except %s`, and name pods by tier", p)
			}
			c.report(diag.New(diag.CoversPods, at, "%s covers addresses of pods (%s)", b.Short(), p).
				WithHelp("whether an address block matches pods is left to the network plugin; %s", instead))
			return
		}
	}
	if !c.missing.Statements && len(c.Network.Pods) == 0 && addrs.Overlaps(relation.Private) {
		message, public := "%s is private, and may cover addresses of pods", ""
		if !addrs.Subset(relation.Private) {
			message, public = "%s includes private addresses, and may cover those of pods", "; for public addresses alone write internet"
		}
		c.report(diag.New(diag.MayCoverPods, at, message, b.Short()).
			WithHelp("whether an address block matches pods is left to the network plugin; say where pods are: `network { pods CIDR }`%s", public))
	}
}

// exceptions warns where what an external leaves out is let in by another
// edge of the same pods: policies only add, so the union has no hole.
func (c *checker) exceptions(blocks, pods *ends, block, pod func(*topology.Edge) *topology.Endpoint) {
	for _, x := range blocks.blocks.endpoints {
		if x.External == nil {
			continue
		}
		var excepted []relation.Addrs
		for _, b := range x.Blocks {
			for _, p := range b.Except {
				excepted = append(excepted, relation.Prefix(p))
			}
		}
		holes := relation.UnionAddrs(excepted...)
		if holes.IsEmpty() {
			continue
		}
		if x.Addrs.Overlaps(holes) {
			c.report(diag.New(diag.ExceptCancelled, x.External.Span, "external %s leaves out addresses that another of its blocks lets in", x).
				WithHelp("addresses add up: take the block out, or the except"))
		}
		for _, e := range blocks.of(x) {
			for _, o := range pods.overlapping(pod(e)) {
				for _, other := range *o.edges {
					c.cancels(e, other, x, holes, block(other))
				}
			}
		}
	}
}

func (c *checker) cancels(e, other *topology.Edge, x *topology.Endpoint, holes relation.Addrs, block *topology.Endpoint) {
	addrs := block.Addrs
	switch {
	case block.Kind == topology.Everything:
		addrs = relation.EveryAddr
	case block == x || block.Kind != topology.Addresses || other.Implicit:
		return
	}
	if undone := addrs.Intersect(holes); !undone.IsEmpty() && e.Ports.Overlaps(other.Ports) {
		c.report(diag.New(diag.ExceptCancelled, other.Span, "this edge lets in %s, which external %s leaves out", undone.Sample(), x).
			WithRelated(x.External.Span, "%s is declared here, with its except", x).
			WithRelated(e.Span, "and used here").
			WithHelp("edges add up, and an except only narrows its own block; narrow this edge, or write a deny to hold the address closed"))
	}
}
