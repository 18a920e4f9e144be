package inventory

import (
	"slices"

	"github.com/zt-lang/zt/grammar/diag"
)

// DefaultNamespace is where objects go that name no namespace.
const DefaultNamespace = "default"

// policiesElsewhere notes that policies without a namespace count in another one than all workloads:
// they do not apply to any of these.
func (r *reader) policiesElsewhere() {
	isHere := func(w Workload) bool { return w.Namespace == DefaultNamespace }
	if len(r.homeless) == 0 || len(r.inventory.Workloads) == 0 || slices.ContainsFunc(r.inventory.Workloads, isHere) {
		return
	}
	first, other := r.homeless[0], r.inventory.Workloads[0].Namespace
	d := diag.New(diag.UnreadableManifest, first.Span, "%s names no namespace, and counts in %s; no workload is there", first, DefaultNamespace)
	if n := len(r.homeless); n > 1 {
		d.Message = diag.New(diag.UnreadableManifest, first.Span, "%s and %d other policies name no namespace, and count in %s; no workload is there", first, n-1, DefaultNamespace).Message
	}
	d.Severity = diag.Note
	r.diags.Add(d.WithHelp("if they belong to %s, give them as %s=PATH or with --namespace %s", other, other, other))
}
