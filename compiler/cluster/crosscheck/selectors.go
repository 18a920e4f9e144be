package crosscheck

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// selectors reports tiers without workloads, and workloads that are in no tier, in several, or on the
// network of their node.
func (e *evidence) selectors() {
	for _, tier := range e.topology.Tiers {
		e.selectsNothing(tier)
	}
	for _, n := range e.topology.Namespaces {
		if e.isAbsent(n) {
			continue
		}
		for _, tier := range n.Tiers {
			e.matchesNothing(tier)
		}
	}
	for _, n := range e.topology.Namespaces {
		for _, w := range e.workloads[n] {
			e.uncovered(n, w)
			e.inTwoTiers(w)
			e.hostNetwork(w)
		}
	}
}

// matchesNothing reports a tier that no workload is in. It ignores other teams' namespaces, such as
// an ingress controller's, without any workload: their manifests are often not available.
func (e *evidence) matchesNothing(tier *topology.Tier) {
	n := tier.Namespace
	if tier.Prelude || len(e.pods[tier]) > 0 || e.maybe[tier] || tier.Dynamic || !n.Enforced() && len(e.workloads[n]) == 0 {
		return
	}
	d := diag.New(diag.TierWithoutWorkload, tier.Span, "no workload has the labels of %s: %s", tier, tier.Selector)
	if w := e.meant(tier); w != nil {
		e.missed[w] = true
		switch {
		case w.Namespace != n.Name:
			d = d.WithHelp("those of %s have them; is that the namespace that is meant?", w.Object)
		case len(w.Labels) == 0:
			d = d.WithHelp("the pods of %s have no labels at all", w.Object)
		default:
			d = d.WithHelp("the pods of %s carry %s", w.Object, asSelector(w.Labels))
		}
		d = d.WithRelated(w.Span, "%s", w.Object)
	}
	e.diags.Add(d)
}

// meant returns the workload that a tier without any probably should select: one of its name, one with
// nearly its labels, or one of another namespace that has them.
func (e *evidence) meant(tier *topology.Tier) *inventory.Workload {
	for _, is := range []func(*inventory.Workload) bool{
		func(w *inventory.Workload) bool { return w.Name == tier.Name },
		func(w *inventory.Workload) bool { return len(e.tiers[w]) == 0 && nearly(tier.Selector, w.Labels) },
	} {
		if i := slices.IndexFunc(e.workloads[tier.Namespace], is); i >= 0 {
			return e.workloads[tier.Namespace][i]
		}
	}
	for i := range e.inventory.Workloads {
		if w := &e.inventory.Workloads[i]; !w.Perhaps && !tier.Selector.IsAny() && tier.Selector.Matches(w.Labels) {
			return w
		}
	}
	return nil
}

// nearly reports whether labels have the keys of a selector, and values with at most a typing error.
func nearly(s relation.Selector, labels map[string]string) bool {
	for _, k := range s.Keys() {
		value, has := labels[k.Key]
		if !has || !relation.Select(k).Matches(labels) && spell.Nearest(value, k.Values.Names) == "" {
			return false
		}
	}
	return !s.IsAny()
}

// uncovered reports a workload that a deny-all isolates, because it is in no tier and no edge has
// every pod of its namespace. If a tier should select it and does not, that is reported.
func (e *evidence) uncovered(n *topology.Namespace, w *inventory.Workload) {
	if !e.forgotten(w) || e.missed[w] || e.maybeIn[w] || w.Perhaps {
		return
	}
	cannot := "neither open nor accept a connection"
	switch {
	case !n.Egress:
		cannot = "accept no connection"
	case !n.Ingress:
		cannot = "open no connection"
	}
	d := diag.New(diag.UncoveredWorkload, w.Span, "no tier of %s covers %s, which can %s", n.Name, w.Object, cannot).
		WithRelated(n.Span, "the namespace %s is isolated", n.Name)
	if w.Remark != "" {
		d.Severity = diag.Note
		d.Message = fmt.Sprintf("no tier of %s covers %s, which is %s and can %s", n.Name, w.Object, w.Remark, cannot)
	}
	switch selector, other := e.index.Selector(w); {
	case len(selector) == 0:
		d = d.WithHelp("give its pods a label that a tier can select")
	case other != nil:
		d = d.WithRelated(other.Span, "%s has the same labels", other.Object).
			WithHelp("give its pods a label of their own; tier %s { %s } also selects %s", w.Name, asSelector(selector), other.Object)
	default:
		d = d.WithHelp("declare it: tier %s { %s }", w.Name, asSelector(selector))
	}
	e.diags.Add(d)
}

// asSelector writes labels as a tier does.
func asSelector(of map[string]string) string {
	return strings.ReplaceAll(labels.FormatLabels(of), ",", ", ")
}

// hasEdges reports whether some edge has every pod of a namespace.
func (e *evidence) hasEdges(n *topology.Namespace) bool {
	whole := func(p *topology.Endpoint) bool {
		return (p.Kind == topology.NamespacePods || p.Kind == topology.EnvironmentPods) && hasPods(p, n)
	}
	return slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool {
		return !edge.Implicit && (whole(edge.From) || whole(edge.To))
	})
}

// inTwoTiers reports a workload in tiers of which neither is part of the other: it may do what
// either may, so a deny for one of them may not hold.
func (e *evidence) inTwoTiers(w *inventory.Workload) {
	tiers := e.tiers[w]
	for i, a := range tiers {
		for _, b := range tiers[:i] {
			if a.Namespace == nil || b.Namespace == nil {
				continue // a tier across namespaces adds to what pods may do
			}
			if a.Selector.Implies(b.Selector) || b.Selector.Implies(a.Selector) {
				continue
			}
			e.diags.Add(diag.New(diag.WorkloadInTwoTiers, w.Span, "%s is in two tiers, %s and %s, and may do what either may", w.Object, b, a).
				WithRelated(b.Span, "%s", b).WithRelated(a.Span, "%s", a).
				WithHelp("tell them apart: %s", apart(a, b)))
		}
	}
}

// apart says how the selectors of two tiers could exclude each other.
func apart(a, b *topology.Tier) string {
	for _, k := range a.Selector.Keys() {
		if b.Selector.Get(k.Key).IsAny() && !k.Values.Others && !k.Values.Absent && len(k.Values.Names) == 1 {
			return fmt.Sprintf("%s could leave out the pods of the other with %s!=%s", b, k.Key, k.Values.Names[0])
		}
	}
	return "give each a label that the other does not have"
}

// hostNetwork reports a workload of a tier that is on the network of its node.
func (e *evidence) hostNetwork(w *inventory.Workload) {
	if !w.HostNetwork {
		return
	}
	seen, known := e.topology.Network.Plugin.Answer(topology.SelectsHostNetwork)
	for _, tier := range e.tiers[w] {
		d := diag.New(diag.HostNetwork, w.Span, "%s is on the network of its node: policies neither bind it nor see it as %s", w.Object, tier)
		if seen && known {
			d.Message = fmt.Sprintf("%s is on the network of its node: policies do not bind it", w.Object)
		}
		e.diags.Add(d.WithRelated(tier.Span, "%s", tier).
			WithHelp("what comes from it has the node's address (network { nodes CIDR } names those, as nodes); or take hostNetwork from its pods"))
	}
}
