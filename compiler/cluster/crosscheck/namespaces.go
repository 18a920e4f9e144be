package crosscheck

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// namespaceLabels reports Namespaces that do not have the labels of the program, or that have others
// with the keys of environments.
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
			want, found := n.Labels[key], "does not carry the label"
			switch got, has := object.Labels[key]; {
			case has && got == want:
				continue
			case has:
				found = "carries " + key + "=" + got + " and not"
			}
			e.diags.Add(diag.New(diag.NamespaceLabels, object.Span, "the namespace %s %s %s=%s, which the program states", n.Name, found, key, want).
				WithRelated(n.Span, "%s is declared here", n.Name).
				WithHelp("set it: kubectl label --overwrite namespace %s %s=%s", n.Name, key, want))
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if got, has := object.Labels[key]; has && n.Labels[key] == "" {
				message := "the namespace %s carries %s=%s, by which it is in an environment that the program does not put it in"
				if !slices.ContainsFunc(e.topology.Environments, func(env *topology.Environment) bool { return env.Key == key && env.Value == got }) {
					message = "the namespace %s carries %s=%s, which the program does not state"
				}
				e.diags.Add(diag.New(diag.NamespaceLabels, object.Span, message, n.Name, key, got).
					WithRelated(n.Span, "%s is declared here", n.Name).
					WithHelp("state it in the program: labels %s=%s; or take it away: kubectl label namespace %s %s-", key, got, n.Name, key))
			}
		}
	}
}
