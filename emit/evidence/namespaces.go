package evidence

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/grammar/diag"
)

// namespaceLabels holds Namespace objects to what the program states, and what
// its policies are built on: that a declared namespace carries its labels, and of the keys by
// which environments are told no other value.
func (e *evidence) namespaceLabels() {
	keys := map[string]bool{}
	for _, env := range e.topology.Environments {
		if env.Key != "" {
			keys[env.Key] = true
		}
	}
	for _, object := range e.inventory.Namespaces {
		n := e.namespaces[object.Name]
		if n == nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(n.Labels)) {
			want := n.Labels[key]
			got, has := object.Labels[key]
			if has && got == want {
				continue
			}
			found := "does not carry the label"
			if has {
				found = "carries " + key + "=" + got + " and not"
			}
			e.diags.Add(diag.New(diag.NamespaceLabels, object.Span, "the namespace %s %s %s=%s, which the program states", n.Name, found, key, want).
				WithRelated(n.Span, "%s is declared here", n.Name).
				WithHelp("set it: kubectl label --overwrite namespace %s %s=%s", n.Name, key, want))
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if got, has := object.Labels[key]; has && n.Labels[key] == "" {
				e.diags.Add(diag.New(diag.NamespaceLabels, object.Span, "the namespace %s carries %s=%s, by which it is in an environment that the program does not put it in", n.Name, key, got).
					WithRelated(n.Span, "%s is declared here", n.Name).
					WithHelp("state it in the program: labels %s=%s; or take it away: kubectl label namespace %s %s-", key, got, n.Name, key))
			}
		}
	}
}
