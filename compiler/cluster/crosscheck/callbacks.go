package crosscheck

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// callbacks reports Services that the API server calls and could no longer reach: it is no pod, so
// edges from pods do not permit it. Without its webhooks, a cluster may accept no changes, including
// the one that would fix it.
func (e *evidence) callbacks() {
	for i := range e.inventory.Callbacks {
		c := &e.inventory.Callbacks[i]
		n := e.namespaces[c.Service.Namespace]
		if n == nil || n.Isolation(relation.Ingress).None() {
			continue
		}
		services := e.services[c.Service.Namespace]
		at := slices.IndexFunc(services, func(s *inventory.Service) bool { return s.Name == c.Service.Name })
		if at < 0 {
			if n.Ingress && !slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool { return notFromPods(edge) && hasPods(edge.To, n) }) {
				e.cut(n, c, nil, nil, relation.PortRange{})
			}
			continue
		}
		s := services[at]
		for _, w := range onOwnNetwork(e.workloads[n]) {
			if port, known := portCalled(s, c.Port, w); known && selects(s, w) && e.isolated(w, n, relation.Ingress) && !e.letsIn(n, w, port) {
				e.cut(n, c, s, w, port)
			}
		}
	}
}

// portCalled returns the port of a workload's pods to which a Service's port leads.
func portCalled(s *inventory.Service, number int, w *inventory.Workload) (relation.PortRange, bool) {
	for _, p := range s.Ports {
		if p.Number == number && p.Protocol == relation.TCP {
			to, ok := wiring.Target(p, w)
			return relation.PortRange{Protocol: relation.TCP, Low: to.Number, High: to.Number}, ok
		}
	}
	return relation.PortRange{}, false
}

// isolated reports whether the pods of a workload are isolated in a direction.
func (e *evidence) isolated(w *inventory.Workload, n *topology.Namespace, d relation.Direction) bool {
	return n.Isolation(d).Every || slices.ContainsFunc(e.tiers[w], func(t *topology.Tier) bool { return t.Isolates(d) })
}

// letsIn reports whether addresses, and not only pods, may reach a port of a workload.
func (e *evidence) letsIn(n *topology.Namespace, w *inventory.Workload, port relation.PortRange) bool {
	return slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool {
		if !notFromPods(edge) || !hasPods(edge.To, n) || edge.To.Tier != nil && !slices.Contains(e.tiers[w], edge.To.Tier) {
			return false
		}
		return relation.RangeOf(port).Subset(edge.Ports) || slices.ContainsFunc(w.Ports, func(p inventory.Port) bool {
			return p.Name != "" && p.Number == port.Low && edge.Ports.HasNamed(relation.NamedPort{Name: p.Name, Protocol: p.Protocol})
		})
	})
}

// notFromPods reports whether an edge permits connections from addresses.
func notFromPods(edge *topology.Edge) bool {
	return edge.Opens(relation.Ingress) && (edge.From.Kind == topology.Addresses || edge.From.Kind == topology.Everything)
}

// hasPods reports whether an endpoint has pods of a declared namespace.
func hasPods(p *topology.Endpoint, n *topology.Namespace) bool {
	switch p.Kind {
	case topology.TierPods, topology.NamespacePods:
		return p.Namespace == n
	case topology.EnvironmentPods, topology.AcrossPods:
		return p.Environment == nil || slices.Contains(p.Environment.Namespaces, n)
	}
	return p.Kind == topology.ClusterPods
}

// cut reports that the API server cannot reach a workload's port or, if w is nil, pods that the
// manifests do not have.
func (e *evidence) cut(n *topology.Namespace, c *inventory.Callback, s *inventory.Service, w *inventory.Workload, port relation.PortRange) {
	party, at := n.Name+"/*", ""
	d := diag.New(diag.ControlPlaneCut, c.Span, "the API server calls %s for %s, and only pods may reach those of %s", c.Service, c.Object, n.Name)
	if w != nil {
		at = " :" + port.String()
		d.Message = fmt.Sprintf("the API server calls %s for %s, and only pods may reach %s on %s", c.Service, c.Object, w.Object, port)
		d = d.WithRelated(s.Span, "%s", s.Object).WithRelated(w.Span, "%s", w.Object)
		if tiers := e.tiers[w]; len(tiers) > 0 {
			party = tiers[0].String()
		}
	}
	if n.Ingress {
		d = d.WithRelated(n.Span, "%s is isolated for ingress", n.Name)
	} else {
		d = d.WithRelated(n.Span, "tiers of %s are isolated for ingress", n.Name)
	}
	if e.topology.Network.APIServer != nil {
		e.diags.Add(d.WithHelp("let it in: apiserver -> %s%s", party, at))
		return
	}
	e.diags.Add(d.WithHelp("say where the nodes of the API server are (network { nodes CIDR }) and let them in: nodes -> %s%s; or all -> %s%s", party, at, party, at))
}
