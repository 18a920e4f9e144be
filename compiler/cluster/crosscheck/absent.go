package crosscheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// isAbsent reports a namespace whose workloads are not among the manifests, once for all of its tiers.
// Most likely they are, and name no namespace: `helm template` writes none.
func (e *evidence) isAbsent(n *topology.Namespace) bool {
	if len(e.workloads[n]) > 0 {
		return false
	}
	if !n.Enforced() {
		return e.isElsewhere(n)
	}
	var names []string
	var fitting []*inventory.Workload
	tiers := e.withoutWorkloads(n)
	for _, t := range tiers {
		names = append(names, t.Name)
	}
	for i := range e.inventory.Workloads {
		if w := &e.inventory.Workloads[i]; w.Unplaced && fits(w, tiers) {
			fitting = append(fitting, w)
		}
	}
	switch {
	case len(fitting) > 0:
		e.unplaced(n, fitting)
	case len(tiers) > 1:
		d := diag.New(diag.TierWithoutWorkload, n.Span, "no workload is in the namespace %s, so none is in its tiers: %s", n.Name, few(names))
		found := e.elsewhere(tiers)
		for _, w := range found {
			e.missed[w] = true
		}
		e.diags.Add(withElsewhere(d, found))
	default:
		return false
	}
	return true
}

// isElsewhere warns of a namespace that the program does not isolate, if the workloads that its edges
// are about seem to be in another namespace. Without such workloads, other teams' manifests are not
// available.
func (e *evidence) isElsewhere(n *topology.Namespace) bool {
	tiers := slices.DeleteFunc(e.withoutWorkloads(n), func(t *topology.Tier) bool { return !e.hasOwnEdges(t.Endpoint) })
	found := e.elsewhere(tiers)
	if len(found) == 0 {
		return false
	}
	var names []string
	for _, t := range tiers {
		if slices.ContainsFunc(found, func(w *inventory.Workload) bool { return t.Selector.Matches(w.Labels) }) {
			names = append(names, t.String())
		}
	}
	d := diag.New(diag.TierWithoutWorkload, n.Span, "no workload is in the namespace %s, and edges are about its tiers: %s", n.Name, few(names))
	d.Severity = diag.Warning // it can have workloads that the manifests do not show
	e.diags.Add(withElsewhere(d, found))
	return true
}

// withoutWorkloads returns the tiers of a namespace that should have workloads among the manifests.
func (e *evidence) withoutWorkloads(n *topology.Namespace) (tiers []*topology.Tier) {
	for _, t := range n.Tiers {
		if !t.Prelude && !t.Dynamic && !e.maybe[t] {
			tiers = append(tiers, t)
		}
	}
	return tiers
}

// fits reports whether a workload has the labels of one of some tiers.
func fits(w *inventory.Workload, tiers []*topology.Tier) bool {
	return !w.Perhaps && slices.ContainsFunc(tiers, func(t *topology.Tier) bool {
		return !t.Selector.IsAny() && t.Selector.Matches(w.Labels)
	})
}

// elsewhere returns the workloads of the namespace that has the most with the labels of some tiers. It
// ignores workloads that have edges of their own where they are.
func (e *evidence) elsewhere(tiers []*topology.Tier) (found []*inventory.Workload) {
	byNamespace := map[string][]*inventory.Workload{}
	for i := range e.inventory.Workloads {
		w := &e.inventory.Workloads[i]
		if !fits(w, tiers) || slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool {
			return !slices.Contains(e.edges.wide, end) && e.hasOwnEdges(end)
		}) {
			continue
		}
		byNamespace[w.Namespace] = append(byNamespace[w.Namespace], w)
	}
	for _, name := range slices.Sorted(maps.Keys(byNamespace)) {
		if list := byNamespace[name]; len(list) > len(found) {
			found = list
		}
	}
	return found
}

// hasOwnEdges reports whether the program has edges from or to an endpoint.
func (e *evidence) hasOwnEdges(end *topology.Endpoint) bool {
	return slices.ContainsFunc(slices.Concat(e.edges.from[end], e.edges.to[end]), func(edge *topology.Edge) bool { return !edge.Implicit })
}

// withElsewhere says where workloads are that fit the tiers of a namespace without any.
func withElsewhere(d diag.Diagnostic, found []*inventory.Workload) diag.Diagnostic {
	if len(found) == 0 {
		return d.WithHelp("add its manifests: --manifests can be repeated")
	}
	for _, w := range found[:min(3, len(found))] {
		d = d.WithRelated(w.Span, "%s has the labels of one", w.Object)
	}
	if len(found) == 1 {
		return d.WithHelp("%s fits; is %s the namespace that is meant? If not, add the manifests of the namespace", found[0].Object, found[0].Namespace)
	}
	return d.WithHelp("%d workloads of %s fit; is that the namespace that is meant? If not, add the manifests of the namespace", len(found), found[0].Namespace)
}

// unplaced reports workloads that name no namespace, and fit the tiers of one.
func (e *evidence) unplaced(n *topology.Namespace, workloads []*inventory.Workload) {
	first, path := workloads[0], ""
	for _, w := range workloads {
		e.missed[w] = true
		if path == "" {
			path = w.Span.File.Name
		}
		if w.Span.File.Name != path {
			path = "PATH"
		}
	}
	if path == "<stdin>" {
		path = "-"
	}
	what := fmt.Sprintf("%s fits its tiers and names no namespace, so it is in %s", first.Object, first.Namespace)
	if len(workloads) > 1 {
		what = fmt.Sprintf("%d workloads fit its tiers and name no namespace, so they are in %s", len(workloads), first.Namespace)
	}
	e.diags.Add(diag.New(diag.TierWithoutWorkload, n.Span, "no workload is in the namespace %s: %s", n.Name, what).
		WithRelated(first.Span, "%s", first.Object).
		WithHelp("write --manifests %s=%s; in a kustomization, write `namespace: %s`", n.Name, path, n.Name))
}
