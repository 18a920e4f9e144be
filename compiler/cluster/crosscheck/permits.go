package crosscheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/source"
)

// edgeIndex finds the edges between two workloads.
type edgeIndex struct {
	between map[[2]*topology.Endpoint][]*topology.Edge
	from    map[*topology.Endpoint][]*topology.Edge
	to      map[*topology.Endpoint][]*topology.Edge
	wide    []*topology.Endpoint // cluster and all
	ends    map[*inventory.Workload][]*topology.Endpoint
}

func newEdgeIndex(t *topology.Topology) *edgeIndex {
	x := &edgeIndex{map[[2]*topology.Endpoint][]*topology.Edge{}, map[*topology.Endpoint][]*topology.Edge{}, map[*topology.Endpoint][]*topology.Edge{},
		nil, map[*inventory.Workload][]*topology.Endpoint{}}
	for _, edge := range t.Edges {
		key := [2]*topology.Endpoint{edge.From, edge.To}
		x.between[key] = append(x.between[key], edge)
		x.from[edge.From] = append(x.from[edge.From], edge)
		x.to[edge.To] = append(x.to[edge.To], edge)
		for _, end := range key {
			if (end.Kind == topology.ClusterPods || end.Kind == topology.Everything) && !slices.Contains(x.wide, end) {
				x.wide = append(x.wide, end)
			}
		}
	}
	return x
}

// ends returns the endpoints that have the pods of a workload.
func (e *evidence) ends(w *inventory.Workload) []*topology.Endpoint {
	if ends, ok := e.edges.ends[w]; ok {
		return ends
	}
	ends := slices.Clone(e.edges.wide)
	for _, tier := range e.tiers[w] {
		ends = append(ends, tier.Endpoint)
	}
	n := e.namespaces[w.Namespace]
	if n != nil {
		ends = append(ends, n.Endpoint)
	}
	for _, env := range e.topology.Environments {
		if env.Endpoint != nil && e.inEnvironment(env, w.Namespace) {
			ends = append(ends, env.Endpoint)
		}
	}
	e.edges.ends[w] = ends
	return ends
}

// inEnvironment reports whether a namespace may be in an environment.
func (e *evidence) inEnvironment(env *topology.Environment, namespace string) bool {
	in, known := e.inSet(&topology.Tier{In: env}, namespace)
	return in || !known && !env.Undeclared.IsEmpty()
}

// edgesBetween returns the edges from the pods of one workload to those of another.
func (e *evidence) edgesBetween(from, to *inventory.Workload) (edges []*topology.Edge) {
	for _, f := range e.ends(from) {
		for _, t := range e.ends(to) {
			edges = append(edges, e.edges.between[[2]*topology.Endpoint{f, t}]...)
		}
	}
	return edges
}

// permits reports whether the program permits a connection, on both sides.
func (e *evidence) permits(from, to *inventory.Workload, port inventory.Port) bool {
	edges := e.edgesBetween(from, to)
	opens := func(d relation.Direction) bool {
		return slices.ContainsFunc(edges, func(edge *topology.Edge) bool { return opensOwn(edge, d) && hasPort(edge.Ports, port) })
	}
	return (!e.isolates(from, relation.Egress) || opens(relation.Egress)) && (!e.isolates(to, relation.Ingress) || opens(relation.Ingress))
}

// opensOwn reports whether an edge opens a direction. The endpoint all stands for the other side only.
func opensOwn(edge *topology.Edge, d relation.Direction) bool {
	own := edge.From
	if d == relation.Ingress {
		own = edge.To
	}
	return edge.Opens(d) && own.Kind != topology.Everything
}

// hasPort reports whether ports have a port of a container, by its number or name.
func hasPort(ports relation.Ports, p inventory.Port) bool {
	return relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}).Subset(ports) ||
		p.Name != "" && ports.HasNamed(relation.NamedPort{Name: p.Name, Protocol: p.Protocol})
}

// isolates reports whether the program isolates the pods of a workload in a direction.
func (e *evidence) isolates(w *inventory.Workload, d relation.Direction) bool {
	n := e.namespaces[w.Namespace]
	return n != nil && !w.HostNetwork && e.isolated(w, n, d)
}

// forbidden reports whether a deny of the program is about these workloads.
func (e *evidence) forbidden(from, to *inventory.Workload) bool {
	has := func(parties []topology.Party, w *inventory.Workload) bool {
		return slices.ContainsFunc(parties, func(p topology.Party) bool { return slices.Contains(e.ends(w), p.Endpoint) })
	}
	return slices.ContainsFunc(e.topology.Denies, func(d *topology.Denial) bool { return has(d.From, from) && has(d.To, to) })
}

// forgotten reports whether no tier and no edge covers a workload. That has a diagnostic of its own.
func (e *evidence) forgotten(w *inventory.Workload) bool {
	n := e.namespaces[w.Namespace]
	return e.maybeIn[w] || n != nil && n.Governed() && len(e.tiers[w]) == 0 && !w.HostNetwork && !e.hasEdges(n)
}

// place returns where the program declares the pods of a workload: its tier, or its namespace.
func (e *evidence) place(w *inventory.Workload) source.Span {
	if tiers := e.tiers[w]; len(tiers) > 0 {
		return tiers[0].Span
	}
	if n := e.namespaces[w.Namespace]; n != nil {
		return n.Span
	}
	return source.Span{}
}
