package crosscheck

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// isAbsent reports a namespace whose workloads are not among the manifests, once for all of its tiers.
// Most likely they are, and name no namespace: `helm template` writes none.
func (e *evidence) isAbsent(n *topology.Namespace) bool {
	if len(e.workloads[n]) > 0 || !n.Enforced() {
		return false
	}
	var tiers []string
	var fitting []*inventory.Workload
	isMissing := func(t *topology.Tier) bool { return !t.Prelude && !t.Dynamic && !e.maybe[t] }
	for _, t := range n.Tiers {
		if isMissing(t) {
			tiers = append(tiers, t.Name)
		}
	}
	fits := func(w *inventory.Workload) bool {
		return slices.ContainsFunc(n.Tiers, func(t *topology.Tier) bool {
			return isMissing(t) && !t.Selector.IsAny() && t.Selector.Matches(w.Labels)
		})
	}
	for i := range e.inventory.Workloads {
		if w := &e.inventory.Workloads[i]; w.Unplaced && !w.Perhaps && fits(w) {
			fitting = append(fitting, w)
		}
	}
	switch {
	case len(fitting) > 0:
		e.unplaced(n, fitting)
	case len(tiers) > 1:
		e.diags.Add(diag.New(diag.TierWithoutWorkload, n.Span, "no workload is in the namespace %s, so none is in its tiers: %s", n.Name, few(tiers)).
			WithHelp("add its manifests: --manifests can be repeated"))
	default:
		return false
	}
	return true
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
