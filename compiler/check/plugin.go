package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// Plugin reports edges that the network plugin does not enforce as NetworkPolicies say them, and private
// blocks of which that is not known. A target that writes policies of the plugin's own API can express
// more, and does not need this.
func Plugin(t *topology.Topology, missing Missing) diag.List {
	p := t.Network.Plugin
	if p == nil {
		return nil
	}
	c := &checker{Topology: t, missing: missing}
	u := unmatched{checker: c, reported: map[*topology.Endpoint]bool{}}
	if p.Never(topology.BlocksMatchNodes) {
		u.nodes = topology.AddrsOf(c.Network.Nodes)
	}
	if p.Never(topology.BlocksMatchPods) {
		u.pods = c.Network.PodAddrs()
	}
	for _, e := range c.Edges {
		u.end(e, e.From, e.FromSpan)
		u.end(e, e.To, e.ToSpan)
		if p.Never(topology.PassesSCTP) && hasSCTP(e.Ports) {
			c.sctp(e)
		}
		c.unmatchedPorts(e)
	}
	if p.Never(topology.EveryLabel) {
		c.ignoredLabels()
	}
	return c.diags
}

// ignoredLabels warns of tiers that select pods by labels which the plugin ignores by default.
func (c *checker) ignoredLabels() {
	p := c.Network.Plugin
	tiers := slices.Clone(c.Tiers)
	for _, n := range c.Namespaces {
		tiers = append(tiers, n.Tiers...)
	}
	for _, t := range tiers {
		for _, k := range t.Selector.Keys() {
			if ciliumpolicy.Unidentified(k.Key) {
				d := diag.New(diag.PluginUnsupported, t.Span, "tier %s selects by the label %s, which %s ignores by default", t, k.Key, p.Title)
				d.Severity = diag.Warning
				c.report(d.WithRelated(p.Span, "the plugin is stated here").WithHelp("select the pods by another label"))
			}
		}
	}
}

// unmatchedPorts reports an edge with ports by name, or with a range of ports, that the plugin does not
// match.
func (c *checker) unmatchedPorts(e *topology.Edge) {
	p, at := c.Network.Plugin, e.PortsSpan
	if at.IsZero() {
		at = e.Span
	}
	if named := e.Ports.NamedPorts(); len(named) > 0 && p.Never(topology.NamedPorts) {
		c.report(diag.New(diag.PluginUnsupported, at, "this edge would permit every port: %s ignores the name %s", p.Title, named[0].Name).
			WithRelated(p.Span, "the plugin is stated here").
			WithHelp("write the number of the port"))
	}
	isRange := func(r relation.PortRange) bool {
		return r.Low != r.High && (r.Low != relation.MinPort || r.High != relation.MaxPort)
	}
	if ranges := e.Ports.Ranges(); p.Never(topology.PortRanges) && slices.ContainsFunc(ranges, isRange) {
		r := ranges[slices.IndexFunc(ranges, isRange)]
		c.report(diag.New(diag.PluginUnsupported, at, "the range of ports %s matches nothing in %s", r, p.Title).
			WithRelated(p.Span, "the plugin is stated here").
			WithHelp("list the ports one by one"))
	}
}

// hasSCTP reports whether ports of SCTP are among ports that are not simply all.
func hasSCTP(ports relation.Ports) bool {
	return !ports.IsEvery() &&
		(slices.ContainsFunc(ports.Ranges(), func(r relation.PortRange) bool { return r.Protocol == relation.SCTP }) ||
			slices.ContainsFunc(ports.NamedPorts(), func(p relation.NamedPort) bool { return p.Protocol == relation.SCTP }))
}

// sctp reports an edge with ports of SCTP, which the plugin drops.
func (c *checker) sctp(e *topology.Edge) {
	p, at := c.Network.Plugin, e.PortsSpan
	if at.IsZero() {
		at = e.Span
	}
	d := diag.New(diag.PluginUnsupported, at, "these ports are SCTP, which %s drops", p.Title).WithRelated(p.Span, "the plugin is stated here")
	if p.CanChange(topology.PassesSCTP) {
		d.Message += fmt.Sprintf(" unless %s is set", p.SettingOf(topology.PassesSCTP))
		d = d.WithHelp("set it in %s, and write `%s`", p.Title, p.Change(topology.PassesSCTP))
	}
	c.report(d)
}

// unmatched finds edges with addresses that no address block of a policy matches.
type unmatched struct {
	*checker
	nodes, pods relation.Addrs // none if the plugin matches them, or if they are not stated
	reported    map[*topology.Endpoint]bool
}

// end checks an end of an edge. What is wrong with an endpoint is reported once.
func (u *unmatched) end(e *topology.Edge, x *topology.Endpoint, at span.Span) {
	if x.Kind != topology.Addresses || x.Addrs.IsEmpty() || u.reported[x] {
		return
	}
	u.reported[x] = true
	if e.Implicit {
		at = e.Span
	}
	p := u.Network.Plugin
	if i := slices.IndexFunc(x.Blocks, func(b topology.Block) bool { return b.Prefix.Addr().Is6() }); i >= 0 && p.Never(topology.IPv6Blocks) {
		d := diag.New(diag.PluginUnsupported, at, "%s has IPv6 addresses, and %s refuses policies with these", x, p.Title).
			WithRelated(p.Span, "the plugin is stated here").WithHelp("use IPv4 addresses only")
		if x.Name == "internet" {
			d = d.WithHelp("declare an external with IPv4 addresses only")
		}
		u.report(d)
	}
	switch {
	case x.Addrs.Subset(u.nodes):
		d := diag.New(diag.PluginUnsupported, at, "%s has only addresses of nodes, and %s matches no node by address", x, p.Title)
		if x.External == nil && x.Name == "nodes" {
			d.Message = fmt.Sprintf("this edge permits nothing: %s matches no node by address", p.Title)
		}
		u.report(d.WithRelated(p.Span, "the plugin is stated here").WithHelp("%s", u.nodesHelp(e, x)))
	case x.Addrs.Subset(u.pods):
		u.report(diag.New(diag.PluginUnsupported, at, "%s has only addresses of pods, and %s matches no pod by address", x, p.Title).
			WithRelated(p.Span, "the plugin is stated here").WithHelp("select the pods with a tier"))
	case x.Addrs.Overlaps(u.nodes):
		for _, b := range x.Blocks {
			if b.Addrs().Overlaps(u.nodes) {
				u.covers(e, x, b, at)
			}
		}
	case p.Never(topology.BlocksMatchNodes) && len(u.Network.Nodes) == 0 && !u.missing.Statements:
		u.mayCover(x, at)
	}
}

// nodesHelp says what to write instead of an edge to or from nodes alone.
func (u *unmatched) nodesHelp(e *topology.Edge, x *topology.Endpoint) string {
	p := u.Network.Plugin
	help := "use another plugin"
	if p.CanChange(topology.BlocksMatchNodes) {
		help = fmt.Sprintf("set %s in %s, and write `%s`", p.SettingOf(topology.BlocksMatchNodes), p.Title, p.Change(topology.BlocksMatchNodes))
	}
	if p.Target != "" {
		help += "; or build with --target " + p.Target
	}
	if x == e.From && e.To.Kind != topology.Everything {
		help += fmt.Sprintf("; or permit all sources: `all -> %s`", e.To)
	}
	return help
}

// covers reports a block with addresses of nodes and others.
func (u *unmatched) covers(e *topology.Edge, x *topology.Endpoint, b topology.Block, at span.Span) {
	p := u.Network.Plugin
	less := b
	less.Except = append(slices.Clone(b.Except), b.Addrs().Intersect(u.nodes).Prefixes()...)
	slices.SortFunc(less.Except, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	d := diag.New(diag.PluginUnsupported, at, "%s covers nodes, %s, and %s matches no node by address", b.Short(), blocksText(b.Addrs().Intersect(u.nodes).Prefixes()), p.Title).
		WithRelated(p.Span, "the plugin is stated here")
	if x.External != nil {
		d.Span = b.Span
		d = d.WithRelated(at, "this edge uses %s", x)
	}
	if b.Span.IsZero() || len(less.Except) > mostExceptions {
		u.report(d.WithHelp("leave these addresses out"))
		return
	}
	u.report(d.WithFix(b.Span, less.String(), "write `%s`", less))
}

// mostExceptions is how many excluded blocks a fix writes.
const mostExceptions = 8

func blocksText(blocks []netip.Prefix) string {
	var list []string
	for _, p := range blocks {
		list = append(list, p.String())
	}
	return listed(list)
}

// mayCover warns of private blocks, whose addresses may be those of nodes.
func (u *unmatched) mayCover(x *topology.Endpoint, at span.Span) {
	p := u.Network.Plugin
	for _, b := range x.Blocks {
		if b.Span.IsZero() || !b.Addrs().Overlaps(relation.Private) {
			continue
		}
		if x.External != nil {
			at = b.Span
		}
		u.report(diag.New(diag.MayCoverNodes, at, "%s may cover nodes, and %s matches no node by address", b.Short(), p.Title).
			WithHelp("state the nodes' addresses with `network { nodes CIDR }`"))
	}
}
