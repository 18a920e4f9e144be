package policies

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// refuse reports what is not a NetworkPolicy with one reading.
func (d *draft) refuse() (diags diag.List) {
	diags = d.refuseOrdered()
	for _, f := range d.foreign {
		if f.Reason != "" {
			diags.Add(diag.New(diag.NotImportable, f.Span, "%s cannot be imported: %s", f.Object, f.Reason).
				WithHelp("%s", keepBeside))
			continue
		}
		diags.Add(diag.New(diag.NotImportable, f.Span, "%s of %s is no NetworkPolicy, and cannot be imported", f.Object, f.APIVersion).
			WithHelp("import the NetworkPolicies alone, and review what this object permits by hand"))
	}
	for _, p := range d.policies {
		if p.cilium != nil && p.cilium.Nodes != [2]bool{} {
			diags.Add(diag.New(diag.NotImportable, p.Span, "%s is about nodes, and a program is about pods", p.Object).
				WithHelp("%s", keepBeside))
		}
		if p.cilium != nil {
			for _, b := range p.cilium.Beyond {
				if len(diags) < mostReported {
					diags.Add(refusal(p, b.Path, "is about "+b.What+", which no program has", keepBeside))
				}
			}
		}
		for _, b := range p.old {
			diags.Add(diag.New(diag.NotImportable, b.Span, "%s has the block %s, which programs read in different ways", p.Object, b.Text).
				WithHelp("write it as recent API servers accept it"))
		}
	}
	return diags
}

// mostReported is how many selectors without a form are reported: to find the place of each takes time.
const mostReported = 100

// inexpressible reports what the language has no form for, and labels of namespaces that the
// manifests do not show.
func (d *draft) inexpressible() (diags diag.List) {
	known := map[string]bool{}
	for _, n := range d.labelled {
		known[n.Name] = true
	}
	report := func(p *party, format string, args ...any) {
		diags.Add(diag.New(diag.NotImportable, d.at(p), format, args...))
	}
	for _, p := range d.parties.list {
		switch {
		case len(diags) >= mostReported || !d.declares(p):
		case listsEmpty(p.pods) || listsEmpty(p.spaces):
			report(p, "the selector {%s} lists the empty value among others, which has no form in the language", strings.Trim(p.spaces.String()+" "+p.pods.String(), " "))
		}
	}
	for _, p := range d.parties.list {
		if p.unsayable != nil && d.used[p] && len(diags) < mostReported {
			diags.Add(diag.New(diag.NotImportable, d.at(p), "%s%s", d.rule(p), p.unsayable.why).WithHelp("%s", p.unsayable.help))
		}
	}
	var unknown []string
	for _, name := range sorted(d.namespaces) {
		if !known[name] && d.isGoverned(name) {
			unknown = append(unknown, name)
		}
	}
	keys := map[string]bool{}
	subject := d.useSubjects(keys)
	var first *party
	for _, p := range d.parties.list {
		for _, k := range p.spaces.Keys() {
			if d.used[p] && k.Key != relation.NameLabel {
				first = cmp.Or(first, p)
				keys[k.Key] = true
			}
		}
	}
	if len(unknown) > 0 && len(keys) > 0 {
		if first != nil {
			at := d.at(first)
			subject = &at
		}
		diags.Add(labelsNeeded(unknown, sorted(keys), *subject))
	}
	return diags
}

// labelsNeeded reports namespaces whose labels are not known.
func labelsNeeded(unknown, keys []string, at source.Span) diag.Diagnostic {
	return diag.New(diag.LabelsNeeded, at, "the labels of namespace %s are not known, and a namespaceSelector uses %s", shortList(unknown, "namespace"), shortList(keys, "label")).
		WithHelp("add the Namespaces to the manifests: kubectl get namespaces -o yaml")
}

// rule names the policy and the peer that a party comes from, before what is wrong with it.
func (d *draft) rule(p *party) string {
	if p.first == nil || p.first.Cilium == nil {
		return ""
	}
	at := p.first.Cilium.Specs[p.first.Spec].Rules[p.first.direction][p.first.Rule].Peers[p.first.Peer].At
	return d.policies[d.of(p.first.Origin)].Object.String() + ": " + at + ": "
}

// isGoverned reports whether policies isolate pods of a namespace. The labels of others change
// nothing that the program emits.
func (d *draft) isGoverned(name string) bool {
	return d.sides[relation.Ingress][name] != nil || d.sides[relation.Egress][name] != nil
}

// listsEmpty reports whether a selector permits several values, one of them empty.
func listsEmpty(s relation.Selector) bool {
	return slices.ContainsFunc(s.Keys(), func(k relation.Requirement) bool {
		return !k.Values.Others && len(k.Values.Names) > 1 && k.Values.Names[0] == ""
	})
}

// at returns where a party is: the first peer, or else the first policy that selects its pods.
func (d *draft) at(p *party) source.Span {
	if p.first != nil {
		return d.span(*p.first)
	}
	if p.denied != nil {
		return *p.denied
	}
	i := slices.IndexFunc(d.policies, func(q policy) bool {
		if q.cluster != nil {
			return false
		}
		if q.network == nil {
			return slices.ContainsFunc(q.cilium.Specs, func(s ciliumpolicy.Spec) bool { return s.Subject.Labels.String() == p.pods.String() })
		}
		own, _, err := evaluate.Isolates(q.network)
		return err == nil && q.Object.Namespace == p.namespace && own.String() == p.pods.String()
	})
	return d.policies[max(i, 0)].Span
}
