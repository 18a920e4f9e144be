package crosscheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// unusedPorts notes ports that tiers declare and no edge opens, and ports of containers that their tiers
// do not declare: once for each namespace. Both can be meant so.
func (e *evidence) unusedPorts() {
	peers := e.index.Peers()
	for _, n := range e.topology.Namespaces {
		var closed, undeclared []string
		var closedAt, undeclaredAt []*topology.Tier
		var of *inventory.Port
		for _, tier := range n.Tiers {
			if tier.Prelude || len(e.pods[tier]) == 0 || len(tier.Listens) == 0 || e.wrongPort[tier.String()] || !e.isolates(e.pods[tier][0], relation.Ingress) {
				continue
			}
			warned := e.closedToPeers(tier, peers)
			for _, l := range tier.Listens {
				if !e.opensSome(tier, l.Ports) && !slices.ContainsFunc(warned, func(p inventory.Port) bool { return hasPort(l.Ports, p) }) {
					closed, closedAt = append(closed, fmt.Sprintf("%s :%s", tier.Name, l.Ports)), append(closedAt, tier)
				}
			}
			for _, p := range e.notDeclared(tier) {
				undeclared, undeclaredAt = append(undeclared, tier.Name+" :"+portList([]inventory.Port{*p})), append(undeclaredAt, tier)
				if of == nil {
					of = p
				}
			}
		}
		if len(closed) > 0 {
			e.diags.Add(diag.New(diag.PortNotOpened, closedAt[0].Span, "no edge opens ports that tiers of %s declare: %s", n.Name, few(closed)).
				WithHelp("add an edge to each that something uses, or remove it from the tier"))
		}
		if len(undeclared) > 0 {
			e.diags.Add(diag.New(diag.PortNotDeclared, undeclaredAt[0].Span, "containers have ports that their tiers of %s do not declare: %s", n.Name, few(undeclared)).
				WithRelated(of.Span, "the container declares it here").
				WithHelp("if something uses them, add them to the tiers' ports, and edges"))
		}
	}
}

// opensSome reports whether some edge opens one of some ports of a tier, or another diagnostic says that
// none does.
func (e *evidence) opensSome(tier *topology.Tier, ports relation.Ports) bool {
	for _, w := range e.pods[tier] {
		for _, end := range e.ends(w) {
			if slices.ContainsFunc(e.edges.to[end], func(edge *topology.Edge) bool {
				return opensOwn(edge, relation.Ingress) && edge.Ports.Overlaps(ports)
			}) {
				return true
			}
		}
		if e.denied(w) {
			return true
		}
		for _, p := range e.index.Ports(w) {
			if hasPort(ports, p) && e.told[toldKey(e.party(w), p)] {
				return true
			}
		}
	}
	return false
}

// notDeclared lists the ports of a tier's containers that none of their tiers declares.
func (e *evidence) notDeclared(tier *topology.Tier) (ports []*inventory.Port) {
	seen := map[string]bool{}
	for _, w := range e.pods[tier] {
		if w.Open || w.HostNetwork {
			continue
		}
		for i := range w.Ports {
			p := &w.Ports[i]
			if slices.ContainsFunc(e.tiers[w], func(t *topology.Tier) bool {
				return len(t.Listens) == 0 || hasPort(t.Endpoint.Open, *p)
			}) {
				continue
			}
			if key := portList([]inventory.Port{*p}); !seen[key] && !e.told[toldKey(e.party(w), *p)] {
				seen[key] = true
				ports = append(ports, p)
			}
		}
	}
	return ports
}

// outside notes workloads of namespaces that the program does not declare: nothing isolates them. Those
// of the cluster itself have owners of their own.
func (e *evidence) outside() {
	var names []string
	var first *inventory.Workload
	for _, w := range e.index.Workloads {
		if strings.HasPrefix(w.Namespace, "kube-") || strings.HasPrefix(w.Namespace, "openshift-") {
			continue
		}
		if e.namespaces[w.Namespace] == nil && !w.Unplaced && !w.Perhaps && !slices.Contains(names, w.Namespace) {
			names = append(names, w.Namespace)
			if first == nil {
				first = w
			}
		}
	}
	if first == nil {
		return
	}
	slices.Sort(names)
	e.diags.Add(diag.New(diag.NamespaceNotIsolated, first.Span, "the program does not isolate the workloads of %s", few(names)).
		WithHelp("declare them, such as `namespace %s`; if it is meant so, `namespace %s isolates nothing`", first.Namespace, first.Namespace))
}

// hostsOfNamespaces notes workloads on the network of their node, in a namespace whose pods an edge
// names as a whole: that edge is not about them.
func (e *evidence) hostsOfNamespaces() {
	for _, edge := range e.topology.Edges {
		for _, end := range []*topology.Endpoint{edge.From, edge.To} {
			if end.Kind != topology.NamespacePods || edge.Implicit {
				continue
			}
			n := end.Namespace
			i := slices.IndexFunc(e.workloads[n], func(w *inventory.Workload) bool { return w.HostNetwork && len(e.tiers[w]) == 0 })
			if i < 0 || e.hosts[n] {
				continue
			}
			e.hosts[n] = true
			w := e.workloads[n][i]
			d := diag.New(diag.HostNetwork, w.Span, "%s is on the network of its node: policies do not see it as one of %s", w.Object, end).
				WithRelated(edge.Span, "this edge is not about it").
				WithHelp("what comes from it has the node's address: `network { nodes CIDR }` names those, as nodes")
			d.Severity = diag.Note
			e.diags.Add(d)
		}
	}
}
