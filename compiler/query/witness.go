package query

import (
	"maps"

	"github.com/zt-lang/zt/compiler/relation"
)

// witness writes a connection that shows a difference, and what labels a namespace has in it that
// nobody declares.
func (d Difference) witness() string {
	s, said := d.Witness.String(), ""
	for _, p := range []relation.Party{d.Witness.From, d.Witness.To} {
		labels := maps.Clone(p.NamespaceLabels)
		delete(labels, relation.NameLabel)
		if len(labels) > 0 && d.facts.Labels(p.Namespace) == nil && p.Namespace != said {
			said = p.Namespace
			s += ", where namespace " + p.Namespace + " has " + relation.LabelsText(labels)
		}
	}
	return s
}
