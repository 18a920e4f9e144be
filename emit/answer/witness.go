package answer

import (
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// witness writes a connection that shows a difference, and what labels a namespace has in it that
// nobody declares.
func (d Difference) witness() string {
	s := d.Witness.String()
	var said []string
	for _, p := range []relation.Party{d.Witness.From, d.Witness.To} {
		labels := d.undeclared(p)
		if len(labels) == 0 || slices.Contains(said, p.Namespace) {
			continue
		}
		said = append(said, p.Namespace)
		s += ", where namespace " + p.Namespace + " has "
		for i, k := range slices.Sorted(maps.Keys(labels)) {
			if i > 0 {
				s += ","
			}
			s += k + "=" + labels[k]
		}
	}
	return s
}

// undeclared returns the labels that a witness's namespace must carry, if nobody declares it.
func (d Difference) undeclared(p relation.Party) map[string]string {
	if p.Namespace == "" || d.facts.Labels(p.Namespace) != nil {
		return nil
	}
	labels := maps.Clone(p.NamespaceLabels)
	delete(labels, relation.NameLabel)
	return labels
}
