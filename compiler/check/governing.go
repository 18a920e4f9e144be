package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// governing warns of edges that change nothing, since no governed namespace
// is on either side, and of isolating what the whole cluster needs.
func (c *checker) governing() {
	for _, n := range c.Namespaces {
		if n.Name == "kube-system" && n.Governed() {
			c.report(diag.New(diag.KubeSystemGoverned, n.IsolatesAt, "isolating kube-system can break services that the cluster needs").
				WithHelp("write `isolates nothing`, or add an edge for every connection of its pods"))
		}
	}
	for _, n := range c.Namespaces {
		if n.Name == "openshift-dns" && !slices.ContainsFunc(c.Resolvers, func(e *topology.Endpoint) bool { return e.Namespace == n }) {
			c.resolvingNamespace(n.Endpoint)
		}
	}
	for _, e := range c.Resolvers {
		if n := e.Namespace; n != nil && (n.Name != "kube-system" || !n.Governed()) {
			c.resolvingNamespace(e)
		}
	}
	for _, e := range c.Edges {
		if !e.Implicit && !c.enforced(e) {
			c.report(notEnforced(e))
		}
	}
}

// resolvingNamespace warns of resolvers that are isolated, unless edges open them to the cluster and let
// them ask others.
func (c *checker) resolvingNamespace(e *topology.Endpoint) {
	n, at := e.Namespace, e.Namespace.IsolatesAt
	if e.Tier != nil && !e.Tier.IsolatesAt.IsZero() {
		at = e.Tier.IsolatesAt
	}
	if at.IsZero() {
		at = n.Span
	}
	switch {
	case !semantics.Free(e, relation.Ingress) && !c.opened(e):
		c.report(diag.New(diag.KubeSystemGoverned, at, "isolating %s can cut other namespaces off from their resolvers", n.Name).
			WithHelp("write `isolates nothing`: the pods of %s resolve names for the whole cluster", e.Name))
	case !semantics.Free(e, relation.Egress) && !slices.ContainsFunc(c.Edges, func(edge *topology.Edge) bool {
		return !edge.Implicit && edge.Opens(relation.Egress) && holds(edge.From, e) && !holds(edge.To, e)
	}):
		c.report(diag.New(diag.KubeSystemGoverned, at, "the resolvers of %s may not connect to anything", n.Name).
			WithHelp("write `isolates ingress`, or edges to what they ask, such as the API server"))
	}
}

// opened reports whether edges let every pod of the cluster connect to resolvers.
func (c *checker) opened(e *topology.Endpoint) bool {
	var open, wanted relation.Ports
	for _, edge := range c.Edges {
		switch {
		case edge.Implicit && edge.To == e:
			wanted = wanted.Union(edge.Ports)
		case !edge.Implicit && edge.Opens(relation.Ingress) && holds(edge.To, e) && (edge.From.Kind == topology.ClusterPods || edge.From.Kind == topology.Everything):
			open = open.Union(edge.Ports)
		}
	}
	return !open.IsEmpty() && wanted.Subset(open)
}

// holds reports whether an endpoint of an edge has all pods of another, which is a tier or all pods of a
// namespace.
func holds(end, e *topology.Endpoint) bool {
	return end == e || semantics.Contains(end, e.Namespace)
}

func notEnforced(e *topology.Edge) diag.Diagnostic {
	message, sides := fmt.Sprintf("neither %s nor %s is isolated", e.From, e.To), []*topology.Endpoint{e.From, e.To}
	switch e.Side {
	case topology.IngressSide:
		message, sides = fmt.Sprintf("it opens only the ingress of %s, which is not isolated", e.To), sides[1:]
	case topology.EgressSide:
		message, sides = fmt.Sprintf("it opens only the egress of %s, which is not isolated", e.From), sides[:1]
	}
	var help string
	switch pods := slices.DeleteFunc(sides, func(end *topology.Endpoint) bool { return end.Kind == topology.Addresses }); {
	case len(pods) == 0:
		help = "remove the edge: policies apply only to pods"
	case slices.ContainsFunc(pods, func(end *topology.Endpoint) bool { return end.Namespace == nil }):
		help = "remove the edge, or name pods that are isolated"
	case len(pods) == 1:
		help = fmt.Sprintf("remove the edge, or isolate %s", pods[0])
	default:
		help = "remove the edge, or isolate one side"
	}
	return diag.New(diag.NotEnforced, e.Span, "this edge has no effect: %s", message).WithHelp("%s", help)
}

// enforced reports whether some policy serves an edge.
func (c *checker) enforced(e *topology.Edge) bool {
	return c.enforcedSide(e, relation.Egress) || c.enforcedSide(e, relation.Ingress)
}

// enforcedSide reports whether some policy serves an edge in a direction.
func (c *checker) enforcedSide(e *topology.Edge, d relation.Direction) bool {
	own := endOf(e, d)
	return e.Opens(d) && own.Kind != topology.Everything && semantics.Enforced(own, d, c.Topology)
}
