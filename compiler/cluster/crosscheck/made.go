package crosscheck

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
)

// withServices returns an inventory in which a Service that selects no workload stands for the pods that
// it sends to. Something makes them that the manifests do not show.
func withServices(inv *inventory.Inventory) *inventory.Inventory {
	if inv.Evidence == nil {
		return inv
	}
	index := wiring.NewIndex(inv)
	more := *inv
	more.Workloads = slices.Clone(inv.Workloads)
	for i := range inv.Services {
		s := &inv.Services[i]
		if len(s.Selector) == 0 || len(index.Behind(s)) > 0 {
			continue
		}
		w := inventory.Workload{Object: s.Object, Labels: s.Selector, Open: true, Perhaps: true, Details: &inventory.Details{Replicas: 1}}
		for _, p := range s.Ports {
			if to, ok := wiring.Target(p, &w); ok {
				to.Span = p.Span
				w.Ports = append(w.Ports, to)
			}
		}
		more.Workloads = append(more.Workloads, w)
	}
	return &more
}

// mayMatch reports whether a selector may select the pods of an operator by labels that the manifests do
// not show.
func mayMatch(s relation.Selector, w *inventory.Workload) bool {
	if !w.Open {
		return false
	}
	likely := false
	for _, k := range s.Keys() {
		_, known := w.Labels[k.Key]
		if known && !relation.Select(k).Matches(w.Labels) {
			return false
		}
		likely = likely || known || ofOperator(k.Key, w.Group)
	}
	return likely
}

// ofOperator reports whether a label's key has the domain of an API group, or that of its project.
func ofOperator(key, group string) bool {
	domain, _, _ := strings.Cut(key, "/")
	parts := strings.Split(group, ".")
	return len(parts) > 1 && (domain == group || strings.HasSuffix(domain, strings.Join(parts[len(parts)-2:], ".")))
}
