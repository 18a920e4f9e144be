package crosscheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// mesh is a label or annotation of a Namespace that puts its pods into a service mesh, and what the mesh needs.
type mesh struct {
	label, value string // "" for any value
	name         string
	// direction is of the pods of the namespace: from them to the control plane, or to them.
	direction relation.Direction
	port      int
	control   string // the namespace of the control plane; "" if the other pods are the peers
	edge      string // with NS for the namespace
}

// tunnelPort is where Istio's ambient mode tunnels connections to pods. No container declares it.
const tunnelPort = 15008

// meshes is from the documentation of the meshes.
var meshes = []mesh{
	{"istio-injection", "enabled", "Istio", relation.Egress, 15012, "istio-system",
		"namespace istio-system isolates nothing { tier istiod { app=istiod } }; NS/* -> istio-system/istiod :15012/tcp"},
	{"istio.io/rev", "", "Istio", relation.Egress, 15012, "istio-system",
		"namespace istio-system isolates nothing { tier istiod { app=istiod } }; NS/* -> istio-system/istiod :15012/tcp"},
	{"istio.io/dataplane-mode", "ambient", "Istio", relation.Ingress, tunnelPort, "", "egress NS/* -> cluster :15008/tcp; ingress cluster -> NS/* :15008/tcp"},
	{"linkerd.io/inject", "enabled", "Linkerd", relation.Egress, 8086, "linkerd",
		"namespace linkerd isolates nothing { tier control { linkerd.io/control-plane-ns=linkerd } }; NS/* -> linkerd/control :8080/tcp, 8086/tcp, 8090/tcp"},
}

// meshes reports namespaces of a service mesh whose pods cannot reach what the mesh needs.
func (e *evidence) meshes() {
	for _, object := range e.inventory.Namespaces {
		n := e.namespaces[object.Name]
		if n == nil || !n.Enforced() {
			continue
		}
		for _, m := range meshes {
			value := cmp.Or(object.Labels[m.label], object.Annotations[m.label])
			if value == "" || m.value != "" && value != m.value {
				continue
			}
			var cut []string
			for _, w := range onOwnNetwork(e.workloads[n]) {
				if e.isolates(w, m.direction) && !e.forgotten(w) && !w.Perhaps && !e.inMesh(w, m) && !slices.Contains(cut, e.party(w)) {
					cut = append(cut, e.party(w))
				}
			}
			if len(cut) == 0 {
				continue
			}
			what := fmt.Sprintf("cannot reach its control plane on %d/tcp", m.port)
			if m.control == "" {
				what = fmt.Sprintf("cannot be reached on %d/tcp, through which it tunnels connections", m.port)
			}
			e.diags.Add(diag.New(diag.MeshCut, n.Span, "%s is in the mesh of %s, and %s %s", n.Name, m.name, few(cut), what).
				WithRelated(object.Span, "the namespace carries %s=%s", m.label, value).
				WithHelp("add `%s`", strings.ReplaceAll(m.edge, "NS", n.Name)))
		}
	}
}

// inMesh reports whether an edge permits what a mesh needs of a workload.
func (e *evidence) inMesh(w *inventory.Workload, m mesh) bool {
	port := inventory.Port{Number: m.port, Protocol: relation.TCP}
	return slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool {
		edges := e.edges.from[end]
		if m.direction == relation.Ingress {
			edges = e.edges.to[end]
		}
		return slices.ContainsFunc(edges, func(edge *topology.Edge) bool {
			return opensOwn(edge, m.direction) && hasPort(edge.Ports, port)
		})
	})
}

// emptyEnvironments reports environments that have none of the Namespaces of the manifests.
func (e *evidence) emptyEnvironments() {
	if len(e.inventory.Namespaces) == 0 {
		return
	}
	for _, env := range e.topology.Environments {
		if slices.ContainsFunc(e.topology.Tiers, func(t *topology.Tier) bool { return t.In == env && len(e.pods[t]) == 0 && !e.maybe[t] }) {
			continue // that is reported
		}
		has := len(env.Namespaces) > 0 || env.Undeclared.IsEmpty() ||
			slices.ContainsFunc(e.inventory.Namespaces, func(n inventory.Namespace) bool { return env.Selector.Matches(n.Labels) })
		if has {
			continue
		}
		d := diag.New(diag.UnknownEnvironment, env.Span, "no Namespace has the labels of the environment %s: %s", env.Name, env.Selector)
		for _, n := range e.inventory.Namespaces {
			if n.Name == env.Name || nearly(env.Selector, n.Labels) {
				d = d.WithRelated(n.Span, "the namespace %s carries %s", n.Name, asSelector(n.Labels))
				break
			}
		}
		e.diags.Add(d.WithHelp("give the manifests of its namespaces too, or set the label: kubectl label namespace NAME KEY=VALUE"))
	}
}
