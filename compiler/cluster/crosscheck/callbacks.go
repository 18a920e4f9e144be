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

// call is a port that the API server calls, and cannot reach.
type call struct {
	namespace *topology.Namespace
	service   *inventory.Service  // nil if the manifests do not have it
	workload  *inventory.Workload // nil if its pods are not known
	port      relation.PortRange
	by        []*inventory.Callback
}

// callbacks reports Services that the API server calls and could no longer reach: it is no pod, so
// edges from pods do not permit it. Without its webhooks, a cluster may accept no changes, including
// the one that would fix it. What several objects call is reported once.
func (e *evidence) callbacks() {
	var calls []*call
	add := func(c *inventory.Callback, cut call) {
		i := slices.IndexFunc(calls, func(old *call) bool {
			return old.workload == cut.workload && old.port == cut.port && (cut.workload != nil || old.by[0].Service == c.Service)
		})
		if i < 0 {
			i = len(calls)
			calls = append(calls, &cut)
		}
		calls[i].by = append(calls[i].by, c)
	}
	for i := range e.inventory.Callbacks {
		c := &e.inventory.Callbacks[i]
		n := e.namespaces[c.Service.Namespace]
		if n == nil || n.Isolation(relation.Ingress).None() {
			continue
		}
		s := e.index.Service(c.Service.Namespace, c.Service.Name)
		if s == nil {
			if n.Ingress && !slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool { return notFromPods(edge) && hasPods(edge.To, n) }) {
				add(c, call{namespace: n})
			}
			continue
		}
		for _, w := range e.index.Behind(s) {
			if port, known := portCalled(s, c.Port, w); known && !w.HostNetwork && !e.missed[w] && !e.wrongPort[e.party(w)] && e.isolated(w, n, relation.Ingress) && !e.letsIn(n, w, port) {
				add(c, call{namespace: n, service: s, workload: w, port: port})
				e.tell(w, []inventory.Port{{Number: port.Low, Protocol: port.Protocol}})
			}
		}
	}
	for _, c := range calls {
		e.cut(c)
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
	case topology.ClusterPods:
		return true
	case topology.Addresses, topology.Everything: // these do not name pods
		return false
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", p.Kind))
}

// cut reports a call that fails.
func (e *evidence) cut(c *call) {
	first, n, w := c.by[0], c.namespace, c.workload
	callers := first.Object.String()
	if more := len(c.by) - 1; more > 0 {
		callers = fmt.Sprintf("%s and %d more", callers, more)
	}
	party, at := n.Name+"/*", ""
	d := diag.New(diag.ControlPlaneCut, first.Span, "the API server calls %s for %s, and only pods may reach those of %s", first.Service, callers, n.Name)
	if w != nil {
		at = " :" + c.port.String()
		d.Message = fmt.Sprintf("the API server calls %s for %s, and only pods may reach %s on %s", first.Service, callers, w.Object, c.port)
		d = d.WithRelated(c.service.Span, "%s", c.service.Object).WithRelated(w.Span, "%s", w.Object)
		if len(e.tiers[w]) > 0 {
			party = e.party(w)
		}
		e.tell(w, []inventory.Port{{Number: c.port.Low, Protocol: c.port.Protocol}})
	}
	for _, other := range c.by[1:min(len(c.by), 3)] {
		d = d.WithRelated(other.Span, "%s", other.Object)
	}
	if n.Ingress {
		d = d.WithRelated(n.Span, "%s is isolated for ingress", n.Name)
	} else {
		d = d.WithRelated(n.Span, "tiers of %s are isolated for ingress", n.Name)
	}
	if e.topology.Network.Plugin.Never(topology.BlocksMatchNodes) && !e.apiServerOutside() {
		e.diags.Add(d.WithHelp("let it in: all -> %s%s; %s matches no node by address", party, at, e.topology.Network.Plugin.Title))
		return
	}
	if e.topology.Network.APIServer != nil {
		e.diags.Add(d.WithHelp("let it in: apiserver -> %s%s", party, at))
		return
	}
	e.diags.Add(d.WithHelp("say where the nodes of the API server are (network { nodes CIDR }) and let them in: nodes -> %s%s; or all -> %s%s", party, at, party, at))
}

// apiServerOutside reports whether the stated API server is on no stated node.
func (e *evidence) apiServerOutside() bool {
	api, nodes := e.topology.Network.APIServer, topology.AddrsOf(e.topology.Network.Nodes)
	return api != nil && !nodes.IsEmpty() && !api.Addrs.Overlaps(nodes)
}
