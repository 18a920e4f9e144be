package policycheck

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

// stray is workloads that name no namespace, and that selectors of policies in one would match there.
type stray struct {
	policy    *policy // the first of them
	workloads []*inventory.Workload
}

// areUnplaced reports whether workloads are in another namespace than a policy only because their
// manifests name none, as in the base of a kustomization. They have one note for each namespace.
func (c *check) areUnplaced(p *policy, workloads []*inventory.Workload) bool {
	if slices.ContainsFunc(workloads, func(w *inventory.Workload) bool { return !w.Unplaced || w.Namespace != inventory.DefaultNamespace }) {
		return false
	}
	s := c.strays[p.Object.Namespace]
	if s == nil {
		s = &stray{policy: p}
		c.strays[p.Object.Namespace] = s
	}
	c.work -= len(s.workloads) + len(workloads)
	for _, w := range workloads {
		if !slices.Contains(s.workloads, w) {
			s.workloads = append(s.workloads, w)
		}
	}
	return true
}

// unplaced notes the workloads that most likely belong to the namespaces of policies.
func (c *check) unplaced() {
	for ns, s := range c.strays {
		w := first(s.workloads)
		what := fmt.Sprintf("%s names no namespace, so it counts in %s, and policies of %s do not select it", w.Object, w.Namespace, ns)
		if n := len(s.workloads); n > 1 {
			what = fmt.Sprintf("%d workloads name no namespace, so they count in %s, and policies of %s do not select them", n, w.Namespace, ns)
		}
		d := diag.New(diag.PolicySelectsNothing, s.policy.At("metadata.namespace"), "%s", what)
		d.Severity = diag.Note
		c.diags.Add(d.WithRelated(w.Span, "%s", w.Object).
			WithHelp("render them first, or give them as %s=%s", ns, pathOf(s.workloads)))
	}
}

// pathOf returns the file of workloads, or PATH if there are several.
func pathOf(workloads []*inventory.Workload) string {
	path := workloads[0].Span.File.Name
	if path == "<stdin>" {
		return "-"
	}
	if slices.ContainsFunc(workloads, func(w *inventory.Workload) bool { return w.Span.File.Name != path }) {
		return "PATH"
	}
	return path
}
