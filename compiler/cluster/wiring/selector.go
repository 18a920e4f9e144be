package wiring

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// Selector returns the labels that select a workload and no other: the one that most likely names it,
// or else those of its own selector, or all. If all select other workloads too, it returns one of them.
func (x *Index) Selector(w *inventory.Workload) (labels map[string]string, other *inventory.Workload) {
	if key := inventory.IdentifyingLabel(w.Labels); key != "" {
		if labels := map[string]string{key: w.Labels[key]}; x.also(w, labels) == nil {
			return labels, nil
		}
	}
	if w.Details != nil && inventory.Carries(w.Labels, w.Details.Selector) && x.also(w, w.Details.Selector) == nil {
		return w.Details.Selector, nil
	}
	lasting := maps.Clone(w.Labels)
	maps.DeleteFunc(lasting, func(key, _ string) bool { return slices.Contains(Changing, key) })
	if len(lasting) > 0 && x.also(w, lasting) == nil {
		return lasting, nil
	}
	return w.Labels, x.also(w, w.Labels)
}

// Changing are labels that other releases and copies of the same workload do not have.
var Changing = []string{
	"app.kubernetes.io/managed-by", "app.kubernetes.io/version", "batch.kubernetes.io/job-name", "controller-revision-hash",
	"helm.sh/chart", "job-name", "pod-template-hash",
}

// also returns another workload that labels select, or nil.
func (x *Index) also(w *inventory.Workload, labels map[string]string) *inventory.Workload {
	for _, other := range x.Carriers(w.Namespace, labels) {
		mine := other.Kind == w.Kind && other.Name == w.Name || other.Owner == inventory.Owner{Kind: w.Kind, Name: w.Name}
		if !mine {
			return other
		}
	}
	return nil
}
