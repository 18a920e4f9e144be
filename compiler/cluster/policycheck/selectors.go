package policycheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// ownPods reports a policy that selects no workload. Without workloads nothing is known, and pods
// that are made at run time are in no manifest: then there is only a note.
func (c *check) ownPods(p *policy) {
	ns := p.Object.Namespace
	s := c.space(ns)
	if p.own.IsAny() || p.own.IsEmpty() || len(c.all.workloads) == 0 || len(c.find(s, p.own)) > 0 || c.mayBeUnread(ns, p.own) {
		return
	}
	const at = "spec.podSelector"
	nearest, isNear := c.nearest(s, p.own)
	if isNear && nearest.label.key != "" && c.isClaimed(ns, nearest) {
		isNear = false // the workload has a policy of its own
	}
	elsewhere := c.find(c.all, p.own)
	switch key := ns + "/" + p.own.String(); {
	case isNear:
		c.nearMiss(p.document, diag.PolicySelectsNothing, at, key, nearest, p.own, p.Object.String()+" selects no pod", ns)
	case len(elsewhere) > 0 && c.areUnplaced(p, elsewhere):
	case len(elsewhere) > 0:
		w := first(elsewhere)
		c.cause(key+" elsewhere", place{span: p.At("metadata.namespace")}, "", func() diag.Diagnostic {
			d := diag.New(diag.PolicySelectsNothing, p.At("metadata.namespace"), "%s selects no pod: no workload of %s has %s, but %s has", p.Object, ns, p.own, w.Object)
			d.Severity = diag.Warning
			return d.WithRelated(w.Span, "%s", w.Object).
				WithHelp("write metadata.namespace: %s, if its pods are meant; a policy selects only in its own namespace", w.Namespace)
		})
	case len(s.workloads) > 0 && !c.hasService(s, p.own):
		c.cause(key, place{span: p.At(at)}, "", func() diag.Diagnostic {
			return c.unknownPods(diag.New(diag.PolicySelectsNothing, p.At(at), "%s selects no workload of these manifests: none in %s has %s", p.Object, ns, p.own))
		})
	}
}

// unknownPods makes a note of a diagnostic: the pods may exist without a manifest. In an export of a
// whole cluster they would be there, so then it is a warning.
func (c *check) unknownPods(d diag.Diagnostic) diag.Diagnostic {
	d.Severity = diag.Note
	if c.whole() {
		d.Severity = diag.Warning
	}
	return d.WithHelp("compare the labels with those of the pods that are meant: kubectl get pods --show-labels")
}

// isClaimed reports whether some policy of a namespace selects by the label of a workload.
func (c *check) isClaimed(ns string, n near) bool {
	return c.claimed[ns+"/"+relation.Labelled(n.label.key, n.label.value).String()]
}

// nearMiss reports a selector that misses a workload by one requirement.
func (c *check) nearMiss(p document, code diag.Code, selector, cause string, n near, wanted relation.Selector, what, in string) {
	value := wanted.Get(n.key).Names[0]
	at, fix := place{span: p.At(selector)}, ""
	switch {
	case n.label.key == n.key:
		at, fix = p.valueAt(selector, n.key, value, n.label.value), "write "+n.label.value
	case n.label.key != "":
		at, fix = p.keyAt(selector, n.key, n.label.key), "write "+n.label.key
	}
	c.cause(cause, at, fix, func() diag.Diagnostic {
		d := diag.New(code, at.span, "%s: no workload of %s has %s", what, in, wanted).
			WithRelated(n.object.Span, "%s has %s", n.object, LabelsText(n.labels))
		switch {
		case n.label.key == "":
			d.Severity = diag.Warning
			return d.WithHelp("the pods of %s have no label %s: add it to them, or leave it out here", n.object, n.key)
		case n.label.key != n.key:
			return d.WithHelp("the pods of %s carry %s=%s: write %s", n.object, n.label.key, n.label.value, n.label.key)
		}
		return d.WithHelp("the pods of %s carry %s=%s: write %s", n.object, n.label.key, n.label.value, n.label.value)
	})
}

// maxLabels is how many labels a message shows.
const maxLabels = 6

// LabelsText lists labels for a message, the first of many.
func LabelsText(labels map[string]string) string {
	var out []string
	for k, v := range labels {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	if len(out) > maxLabels {
		out = append(out[:maxLabels], fmt.Sprintf("and %d more", len(out)-maxLabels))
	}
	if len(out) == 0 {
		return "no labels"
	}
	return strings.Join(out, ", ")
}

// peers reports the peers of a policy that select nothing.
func (c *check) peers(p *policy) {
	for _, r := range p.rules() {
		for j := range r.peers {
			part, ok := p.part(r, j)
			pods, isPods := part.Permits.Peer.(relation.Pods)
			if ok && isPods {
				c.peer(p, r, j, pods)
			}
		}
	}
}

func (c *check) peer(p *policy, r rule, j int, pods relation.Pods) {
	at, given := path("%s.%s[%d]", r.path, r.peersAt, j), r.peers[j]
	if given.NamespaceSelector != nil && !c.hasNamespace(p.document, at+".namespaceSelector", pods.Namespaces) {
		p.reported[at] = true
		return
	}
	if given.PodSelector == nil || pods.Labels.IsAny() || pods.Labels.IsEmpty() || len(c.all.workloads) == 0 {
		return
	}
	if given.NamespaceSelector == nil {
		c.ownPeer(p, r, j, at, pods.Labels)
		return
	}
	in := c.namespacesOf(pods.Namespaces)
	if in.open || in.maybe {
		return // there may be other namespaces with such pods
	}
	peopled := false
	for _, ns := range in.names {
		s := c.space(ns)
		if len(c.find(s, pods.Labels)) > 0 || c.hasService(s, pods.Labels) || c.mayBeUnread(ns, pods.Labels) {
			return
		}
		peopled = peopled || len(s.workloads) > 0
	}
	if !peopled {
		return
	}
	var near near
	isNear, where := false, ""
	for _, ns := range in.names {
		if near, isNear = c.nearest(c.space(ns), pods.Labels); isNear {
			where = ns
			break
		}
	}
	key := pods.Namespaces.String() + "/" + pods.Labels.String()
	p.reported[at] = true
	if isNear && !c.selectsToo(p, r, j, near) {
		c.nearMiss(p.document, diag.PeerSelectsNothing, at+".podSelector", key, near, pods.Labels, p.rule(r)+" has a peer that selects no pod", where)
		return
	}
	c.cause(key, place{span: p.At(at + ".podSelector")}, "", func() diag.Diagnostic {
		return c.unknownPods(diag.New(diag.PeerSelectsNothing, p.At(at+".podSelector"), "%s has a peer that selects no pod: no workload of %s has %s", p.rule(r), few(in.names), pods.Labels))
	})
}

// ownPeer checks a podSelector that stands alone, and so selects in the policy's own namespace.
func (c *check) ownPeer(p *policy, r rule, j int, at string, labels relation.Selector) {
	ns := p.Object.Namespace
	s := c.space(ns)
	if len(c.find(s, labels)) > 0 || c.hasService(s, labels) || c.mayBeUnread(ns, labels) {
		return
	}
	elsewhere := c.find(c.all, labels)
	nearest, isNear := c.nearest(s, labels)
	isNear = isNear && !c.selectsToo(p, r, j, nearest)
	what := p.rule(r) + " has a peer that selects no pod"
	switch key := ns + "/" + labels.String(); {
	case len(elsewhere) > 0 && c.areUnplaced(p, elsewhere):
		p.reported[at] = true
	case len(elsewhere) > 0:
		p.reported[at] = true
		if !c.notCombined(p, r, j, elsewhere) {
			c.elsewhere(p, at, key, what, labels, first(elsewhere))
		}
	case isNear:
		p.reported[at] = true
		c.nearMiss(p.document, diag.PeerSelectsNothing, at+".podSelector", key, nearest, labels, what, ns)
	case len(s.workloads) > 0:
		p.reported[at] = true
		c.cause(key, place{span: p.At(at + ".podSelector")}, "", func() diag.Diagnostic {
			return c.unknownPods(diag.New(diag.PeerSelectsNothing, p.At(at+".podSelector"), "%s: no workload of %s has %s", what, ns, labels))
		})
	}
}

// elsewhere reports a podSelector that selects nothing in the policy's own namespace, and something in
// another.
func (c *check) elsewhere(p *policy, at, key, what string, labels relation.Selector, w *inventory.Workload) {
	flow := fmt.Sprintf("{matchLabels: {%s: %s}}", relation.NameLabel, w.Namespace)
	edit := p.inserted(at, "namespaceSelector", flow)
	if edit != nil && strings.HasPrefix(p.At(at).Text(), "{") {
		edit.Replacement = fmt.Sprintf(`"namespaceSelector": {"matchLabels": {%q: %q}}, `, relation.NameLabel, w.Namespace)
	}
	c.cause(key+" elsewhere", place{p.At(at + ".podSelector"), edit}, "add namespaceSelector: "+flow, func() diag.Diagnostic {
		d := diag.New(diag.PeerSelectsNothing, p.At(at+".podSelector"), "%s: no workload of %s has %s, and a podSelector alone selects only there", what, p.Object.Namespace, labels)
		if len(c.space(p.Object.Namespace).workloads) == 0 {
			d.Severity = diag.Warning
		}
		return d.WithRelated(w.Span, "%s has %s", w.Object, LabelsText(w.Labels)).
			WithHelp("%s has these labels: add to the same peer namespaceSelector: %s", w.Object, flow)
	})
}

// selectsToo reports whether another peer of a rule selects a workload: then it is not what a peer
// without pods means.
func (c *check) selectsToo(p *policy, r rule, j int, n near) bool {
	in := map[string]string{relation.NameLabel: n.object.Namespace}
	if labels := c.facts.Labels(n.object.Namespace); labels != nil {
		in = labels
	}
	for i := range r.peers {
		part, ok := p.part(r, i)
		c.work--
		if ok && i != j && part.Permits.Peer.Has(relation.Party{Namespace: n.object.Namespace, NamespaceLabels: in, Labels: n.labels}) {
			return true
		}
	}
	return false
}

// hasNamespace reports whether some namespace has what a selector requires, as far as is known,
// and reports one that none has.
func (c *check) hasNamespace(p document, at string, selector relation.Selector) bool {
	in := c.namespacesOf(selector)
	if selector.IsAny() || selector.IsEmpty() || len(in.names) > 0 {
		return true
	}
	key := "namespaces " + selector.String()
	message := fmt.Sprintf("no Namespace has %s", selector)
	for _, k := range selector.Keys() {
		if k.Values.Others || k.Values.Absent || len(k.Values.Names) != 1 {
			continue
		}
		value := k.Values.Names[0]
		if labels := c.facts.Labels(value); labels != nil && k.Key != relation.NameLabel {
			c.cause(key, p.keyAt(at, k.Key, relation.NameLabel), "write "+relation.NameLabel, func() diag.Diagnostic {
				return diag.New(diag.NamespaceSelectsNothing, p.keyAt(at, k.Key, "").span, "%s", message).
					WithRelated(c.namespace(value).Span, "Namespace %s has %s", value, LabelsText(labels)).
					WithHelp("write %s: %s, which every Namespace carries, or set the label %s on Namespace %s", relation.NameLabel, value, k.Key, value)
			})
			return false
		}
		if meant := c.nearestNamespace(k.Key, value); meant != "" {
			at := p.valueAt(at, k.Key, value, meant)
			c.cause(key, at, "write "+meant, func() diag.Diagnostic {
				d := diag.New(diag.NamespaceSelectsNothing, at.span, "%s", message).WithHelp("did you mean %s=%s?", k.Key, meant)
				d.Severity = diag.Warning
				return d
			})
			return false
		}
	}
	d := diag.New(diag.NamespaceSelectsNothing, p.At(at), "no Namespace of these manifests has %s", selector)
	switch {
	case in.maybe:
		return true
	case c.whole():
		d.Severity = diag.Warning
	case !in.open: // the Namespaces with these names have other labels
	case len(c.inventory.Namespaces) > 0 && selector.Get(relation.NameLabel).IsAny():
		d.Severity = diag.Note
	default:
		return true
	}
	c.cause(key, place{span: d.Span}, "", func() diag.Diagnostic {
		return d.WithHelp("compare it with the labels that they carry: kubectl get namespaces --show-labels")
	})
	return false
}

// nearestNamespace returns the value of a label of Namespaces that another value most likely means.
func (c *check) nearestNamespace(key, value string) string {
	var values []string
	for _, name := range c.facts.Names() {
		if v, ok := c.facts.Labels(name)[key]; ok {
			values = append(values, v)
		}
	}
	c.work -= len(c.inventory.Namespaces) * (len(value) + 1)
	return spell.Nearest(value, values)
}

func (c *check) namespace(name string) inventory.Namespace {
	i := slices.IndexFunc(c.inventory.Namespaces, func(n inventory.Namespace) bool { return n.Name == name })
	return c.inventory.Namespaces[i]
}

// few lists names, the first of many.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}
