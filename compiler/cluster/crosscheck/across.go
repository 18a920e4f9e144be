package crosscheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// across finds the tiers across namespaces that a workload is in. Its namespace need not be declared.
func (e *evidence) across(w *inventory.Workload) {
	for _, tier := range e.topology.Tiers {
		if !tier.Selector.Matches(w.Labels) {
			if mayMatch(tier.Selector, w) {
				e.maybe[tier], e.maybeIn[w] = true, true
			}
			continue
		}
		switch in, known := e.inSet(tier, w.Namespace); {
		case !known:
			e.maybe[tier] = true
		case in:
			e.tiers[w] = append(e.tiers[w], tier)
			e.pods[tier] = append(e.pods[tier], w)
		}
	}
}

// inSet reports whether a tier across namespaces has the pods of a namespace with its labels. That is not
// known of a namespace that is neither declared nor in the manifests.
func (e *evidence) inSet(tier *topology.Tier, namespace string) (in, known bool) {
	if tier.In == nil {
		return true, true
	}
	if n := e.namespaces[namespace]; n != nil {
		return slices.Contains(tier.In.Namespaces, n), true
	}
	labels := map[string]string{topology.NameLabel: namespace}
	if i := slices.IndexFunc(e.inventory.Namespaces, func(n inventory.Namespace) bool { return n.Name == namespace }); i >= 0 {
		for key, value := range e.inventory.Namespaces[i].Labels {
			labels[key] = value
		}
		return tier.In.Selector.Matches(labels), true
	}
	return false, false
}

// selectsNothing reports a tier across namespaces that no workload is in.
func (e *evidence) selectsNothing(tier *topology.Tier) {
	if len(e.pods[tier]) > 0 || e.maybe[tier] || tier.Dynamic || len(e.inventory.Workloads) == 0 {
		return
	}
	d := diag.New(diag.TierWithoutWorkload, tier.Span, "no workload in %s has the labels of %s: %s", tier.Set(), tier, tier.Selector)
	for i := range e.inventory.Workloads {
		if w := &e.inventory.Workloads[i]; tier.Selector.Matches(w.Labels) {
			d = d.WithRelated(w.Span, "%s", w.Object).
				WithHelp("%s has them, but its namespace is not in %s", w.Object, tier.Set())
			break
		}
	}
	e.diags.Add(d)
}
