package policies

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// refuse reports what is not a NetworkPolicy with one reading.
func (d *draft) refuse() (diags diag.List) {
	for _, f := range d.foreign {
		diags.Add(diag.New(diag.NotImportable, f.Span, "%s of %s is no NetworkPolicy, and cannot be imported", f.Object, f.APIVersion).
			WithHelp("import the NetworkPolicies alone, and review what this object permits by hand"))
	}
	for _, p := range d.policies {
		for _, b := range p.OldBlocks {
			diags.Add(diag.New(diag.NotImportable, b.Span, "%s has the block %s, which programs read in different ways", p.Object, b.Text).
				WithHelp("write it as recent API servers accept it"))
		}
	}
	return diags
}

// inexpressible reports what the language has no form for, and labels of namespaces that the
// manifests do not show.
func (d *draft) inexpressible() (diags diag.List) {
	known := map[string]bool{}
	for _, n := range d.labelled {
		known[n.Name] = true
	}
	report := func(p *party, format string, args ...any) {
		diags.Add(diag.New(diag.NotImportable, d.span(*p.first), format, args...))
	}
	for _, p := range d.parties.list {
		switch {
		case !d.used[p]:
		case p.kind == spacesTier:
			report(p, "pods {%s} of the namespaces {%s} have no form in the language", p.pods, p.spaces)
		case p.kind == spacesPods && !p.isCluster() && !isEquality(p.spaces):
			report(p, "the namespaces {%s} have no form in the language", p.spaces)
		}
	}
	for _, p := range d.parties.list {
		for _, key := range p.spaces.Keys() {
			if !d.used[p] || key.Key == relation.NameLabel {
				continue
			}
			for _, name := range sorted(d.namespaces) {
				if !known[name] && d.isGoverned(name) {
					diags.Add(diag.New(diag.LabelsNeeded, d.span(*p.first), "the labels of namespace %s are not known, and a namespaceSelector uses %s", name, key.Key).
						WithHelp("add the Namespaces to the manifests: kubectl get namespaces -o yaml"))
				}
			}
		}
	}
	return diags
}

// isGoverned reports whether policies isolate pods of a namespace. The labels of others change
// nothing that the program emits.
func (d *draft) isGoverned(name string) bool {
	return d.sides[relation.Ingress][name] != nil || d.sides[relation.Egress][name] != nil
}

func isEquality(s relation.Selector) bool {
	k := s.Keys()
	return len(k) == 1 && !k[0].Values.Others && !k[0].Values.Absent && len(k[0].Values.Names) == 1
}
