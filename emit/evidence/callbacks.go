package evidence

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

// callbacks reports what the API server calls and could no longer reach: it
// is no pod, so that edges from pods do not let it in. Without its webhooks a cluster may take no changes, the one that
// would mend it included.
func (e *evidence) callbacks() {
	for i := range e.inventory.Callbacks {
		c := &e.inventory.Callbacks[i]
		n := e.namespaces[c.Service.Namespace]
		if n == nil || !n.Ingress {
			continue
		}
		s := e.service(c.Service)
		if s == nil {
			if !slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool { return notFromPods(edge) && speaksFor(edge.To, n) }) {
				e.cut(n, c, nil, nil, relation.PortRange{})
			}
			continue
		}
		for _, w := range onOwnNetwork(e.workloads[n]) {
			if port, known := portCalled(s, c.Port, w); known && selects(s, w) && !e.letsIn(n, w, port) {
				e.cut(n, c, s, w, port)
			}
		}
	}
}

func (e *evidence) service(o inventory.Object) *inventory.Service {
	for _, s := range e.services[o.Namespace] {
		if s.Name == o.Name {
			return s
		}
	}
	return nil
}

// portCalled returns the port of a workload's pods that a Service's port leads to.
func portCalled(s *inventory.Service, number int, w *inventory.Workload) (relation.PortRange, bool) {
	for _, p := range s.Ports {
		if p.Number != number || p.Protocol != relation.TCP {
			continue
		}
		to, _ := target(p, w)
		return relation.PortRange{Protocol: relation.TCP, Low: to, High: to}, to != 0
	}
	return relation.PortRange{}, false
}

// letsIn reports whether something that is no pod may reach a port of a workload.
func (e *evidence) letsIn(n *topology.Namespace, w *inventory.Workload, port relation.PortRange) bool {
	return slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool {
		if !notFromPods(edge) || !speaksFor(edge.To, n) || edge.To.Tier != nil && !slices.Contains(e.tiers[w], edge.To.Tier) {
			return false
		}
		if relation.RangeOf(port).Subset(edge.Ports) {
			return true
		}
		return slices.ContainsFunc(w.Ports, func(p inventory.Port) bool {
			return p.Name != "" && p.Number == port.Low && edge.Ports.HasNamed(relation.NamedPort{Name: p.Name, Protocol: p.Protocol})
		})
	})
}

// notFromPods reports whether an edge permits something that is no pod.
func notFromPods(edge *topology.Edge) bool {
	return edge.From.Kind == topology.Addresses || edge.From.Kind == topology.Everything
}

// speaksFor reports whether an endpoint has pods of a declared namespace.
func speaksFor(p *topology.Endpoint, n *topology.Namespace) bool {
	switch p.Kind {
	case topology.TierPods, topology.NamespacePods:
		return p.Namespace == n
	case topology.EnvironmentPods:
		return slices.Contains(p.Environment.Namespaces, n)
	}
	return p.Kind == topology.ClusterPods
}

// cut reports that the API server cannot reach what it calls: a workload's port, or
// pods that the manifests do not have.
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
	e.diags.Add(d.WithRelated(n.Span, "%s is isolated for ingress", n.Name).
		WithHelp("say where the nodes of the API server are (network { nodes CIDR }) and let them in: nodes -> %s%s; or all -> %s%s", party, at, party, at))
}
