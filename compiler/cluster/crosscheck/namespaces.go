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
		for _, k := range env.Selector.Keys() {
			keys[k.Key] = true
		}
	}
	delete(keys, topology.NameLabel)
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
				message := "the namespace %s carries %s=%s, which the program does not state"
				switch joins, leaves := e.changes(n, key, got); {
				case joins:
					message = "the namespace %s carries %s=%s, by which it is in an environment that the program does not put it in"
				case leaves:
					message = "the namespace %s carries %s=%s, by which it is not in an environment that the program puts it in"
				}
				e.diags.Add(diag.New(diag.NamespaceLabels, object.Span, message, n.Name, key, got).
					WithRelated(n.Span, "%s is declared here", n.Name).
					WithHelp("state it in the program: labels %s=%s; or take it away: kubectl label namespace %s %s-", key, got, n.Name, key))
			}
		}
	}
}

// changes reports whether one more label puts a namespace into an environment, or takes it out of one.
func (e *evidence) changes(n *topology.Namespace, key, value string) (joins, leaves bool) {
	labels := maps.Clone(n.Labels)
	labels[key] = value
	for _, env := range e.topology.Environments {
		was, is := env.Selector.Matches(n.Labels), env.Selector.Matches(labels)
		joins, leaves = joins || is && !was, leaves || was && !is
	}
	return joins, leaves
}
