package evidence

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
)

// selectors reports tiers without workloads, and workloads without a tier or
// with several.
func (e *evidence) selectors() {
	for _, n := range e.topology.Namespaces {
		for _, tier := range n.Tiers {
			e.matchesNothing(tier)
		}
		for _, w := range e.workloads[n] {
			e.uncovered(n, w)
			e.inTwoTiers(w)
		}
	}
}

// matchesNothing reports a tier that no workload is in. The manifests of a namespace that
// others run, such as an ingress controller's, are often not at hand.
func (e *evidence) matchesNothing(tier *topology.Tier) {
	n := tier.Namespace
	if tier.Prelude || len(e.pods[tier]) > 0 || !n.Governed() && len(e.workloads[n]) == 0 {
		return
	}
	d := diag.New(diag.TierWithoutWorkload, tier.Span, "no workload has the labels of %s: %s", tier, tier.Selector)
	if w := e.meant(tier); w != nil {
		switch {
		case w.Namespace != n.Name:
			d = d.WithHelp("those of %s have them; is that the namespace that is meant?", w.Object)
		case len(w.Labels) == 0:
			d = d.WithHelp("the pods of %s have no labels at all", w.Object)
		default:
			d = d.WithHelp("the pods of %s carry %s", w.Object, labelled(w.Labels))
		}
		d = d.WithRelated(w.Span, "%s", w.Object)
	}
	e.diags.Add(d)
}

// meant returns the workload that a tier without any is probably about: one of
// its name, or one of another namespace that has the labels.
func (e *evidence) meant(tier *topology.Tier) *inventory.Workload {
	for _, w := range e.workloads[tier.Namespace] {
		if w.Name == tier.Name {
			return w
		}
	}
	for i := range e.inventory.Workloads {
		if w := &e.inventory.Workloads[i]; !tier.Selector.IsAny() && tier.Selector.Matches(w.Labels) {
			return w
		}
	}
	return nil
}

// uncovered reports a workload that a deny-all cuts off, since no tier is about
// it. Where edges speak of every pod of its namespace they speak of it, too.
func (e *evidence) uncovered(n *topology.Namespace, w *inventory.Workload) {
	if !n.Governed() || len(e.tiers[w]) > 0 || w.HostNetwork || e.spokenOf(n) {
		return
	}
	d := diag.New(diag.UncoveredWorkload, w.Span, "no tier of %s covers %s, which can %s", n.Name, w.Object, nothing(n)).
		WithRelated(n.Span, "the namespace %s is isolated", n.Name)
	if key := identifying(w.Labels); key != "" {
		d = d.WithHelp("declare it: tier %s { %s=%s }", w.Name, key, w.Labels[key])
	} else {
		d = d.WithHelp("give its pods a label that a tier can select")
	}
	e.diags.Add(d)
}

// spokenOf reports whether some edge speaks of every pod of a namespace.
func (e *evidence) spokenOf(n *topology.Namespace) bool {
	whole := func(p *topology.Endpoint) bool {
		return p.Kind == topology.NamespacePods && p.Namespace == n ||
			p.Kind == topology.EnvironmentPods && slices.Contains(p.Environment.Namespaces, n)
	}
	return slices.ContainsFunc(e.topology.Edges, func(edge *topology.Edge) bool {
		return !edge.Implicit && (whole(edge.From) || whole(edge.To))
	})
}

// nothing says what a pod without a tier cannot do.
func nothing(n *topology.Namespace) string {
	switch {
	case !n.Egress:
		return "accept no connection"
	case !n.Ingress:
		return "open no connection"
	}
	return "neither open nor accept a connection"
}

// identifying returns the label by which a workload is most likely told from others.
func identifying(labels map[string]string) string {
	for _, key := range []string{"app.kubernetes.io/name", "app", "k8s-app", "name", "app.kubernetes.io/component", "component", "role"} {
		if labels[key] != "" {
			return key
		}
	}
	return ""
}

// inTwoTiers reports a workload that is in tiers of which none is part of the
// other: what it may do is what both may, and a deny about one of them may be broken by the other.
func (e *evidence) inTwoTiers(w *inventory.Workload) {
	tiers := e.tiers[w]
	for i, a := range tiers {
		for _, b := range tiers[:i] {
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

// hostNetwork reports workloads on the network of their node that a tier has.
func (e *evidence) hostNetwork() {
	for _, n := range e.topology.Namespaces {
		for _, w := range e.workloads[n] {
			if !w.HostNetwork {
				continue
			}
			for _, tier := range e.tiers[w] {
				e.diags.Add(diag.New(diag.HostNetwork, w.Span, "%s is on the network of its node: policies neither bind it nor see it as %s", w.Object, tier).
					WithRelated(tier.Span, "%s", tier).
					WithHelp("what comes from it has the node's address (network { nodes CIDR } names those, as nodes); or take hostNetwork from its pods"))
			}
		}
	}
}
