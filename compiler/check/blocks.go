package check

import (
	"fmt"
	"net/netip"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// blocks warns of address blocks that may not mean what they say: those that
// reach into the pods' addresses, and exceptions that another edge undoes.
func (c *checker) blocks() {
	var prefixes []netip.Prefix
	neverPods := c.Network.Plugin.Never(topology.BlocksMatchPods)
	for _, b := range c.Network.Pods {
		if !neverPods {
			prefixes = append(prefixes, b.Prefix)
		}
	}
	pods := relation.NewPrefixIndex(prefixes)
	for _, x := range c.Externals {
		for _, b := range x.Endpoint.Blocks {
			c.coversPods(pods, b, b.Span)
		}
	}
	for _, e := range c.Edges {
		c.literal(pods, e.From, e.FromSpan)
		c.literal(pods, e.To, e.ToSpan)
	}
	c.exceptions(c.to, c.from, relation.Egress)
	c.exceptions(c.from, c.to, relation.Ingress)
}

// literal checks a block that is written in an edge.
func (c *checker) literal(pods *relation.PrefixIndex, e *topology.Endpoint, at span.Span) {
	if len(e.Blocks) == 1 && e.Name == e.Blocks[0].String() {
		c.coversPods(pods, e.Blocks[0], at)
	}
}

func (c *checker) coversPods(pods *relation.PrefixIndex, b topology.Block, at span.Span) {
	addrs := b.Addrs()
	for _, i := range pods.Overlapping(b.Prefix) {
		if p := c.Network.Pods[i]; addrs.Overlaps(p.Addrs()) {
			instead := "select pods by tier, or correct `network`"
			if b.Prefix.Bits() < p.Prefix.Bits() { // else there is no smaller block to leave out
				instead = fmt.Sprintf("write `except %s` and select pods by tier", p.Prefix)
			}
			c.report(diag.New(diag.CoversPods, at, "%s overlaps pod addresses %s", b.Short(), p.Short()).
				WithHelp("%s", instead))
			return
		}
	}
	if addrs.Subset(topology.AddrsOf(c.Network.Services)) {
		return // it is of Services, and not of pods
	}
	if !c.missing.Statements && len(c.Network.Pods) == 0 && !c.Network.Plugin.Never(topology.BlocksMatchPods) && addrs.Overlaps(relation.Private) {
		message, public := "%s is private and may include pod addresses", ""
		if !addrs.Subset(relation.Private) {
			message, public = "%s includes private addresses, which may be those of pods", ", or write internet for public addresses"
		}
		c.report(diag.New(diag.MayCoverPods, at, message, b.Short()).
			WithHelp("declare the pods with `network { pods CIDR }`%s", public))
	}
}

// exceptions warns where what an external leaves out is let in by another
// edge of the same pods: policies only add, so the union has no hole.
func (c *checker) exceptions(blocks, pods *ends, d relation.Direction) {
	for _, x := range blocks.addresses {
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
			c.report(diag.New(diag.ExceptCancelled, x.External.Span, "external %s excludes addresses that another of its blocks includes", x).
				WithHelp("remove the block or the except"))
		}
		for _, e := range blocks.of(x) {
			for _, o := range pods.overlapping(endOf(e, d)) {
				for _, other := range *o.edges {
					if !e.Opens(d) || !other.Opens(d) {
						continue
					}
					c.cancels(e, other, x, holes, endOf(other, d.Opposite()))
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
		c.report(diag.New(diag.ExceptCancelled, other.Span, "this edge permits %s, which external %s excludes", undone.Sample(), x).
			WithRelated(x.External.Span, "%s is declared here with its except", x).
			WithRelated(e.Span, "the external is used here").
			WithHelp("narrow this edge: an except limits only its own block"))
	}
}
