package answer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// undecided lists what no answer about some parties can decide: what the API leaves open, and
// what labels a namespace has where policies select by them and nobody tells.
func (v *View) undecided(parties []*Party) []string {
	out := slices.Clone(v.Undecided)
	_, keys := v.keys()
	keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == relation.NameLabel })
	for _, p := range parties {
		for _, part := range p.Parts {
			ns, one := onlyName(part.Namespaces)
			if !one || part.IsAddrs || v.Relation.Facts.Labels(ns) != nil || len(keys) == 0 || len(part.Namespaces.Keys()) == 1 {
				continue // it is decided, or asked for whatever labels there may be
			}
			out = append(out, fmt.Sprintf("nothing says what labels the namespace %s carries, and it is taken to have none: policies select by %s", ns, strings.Join(keys, ", ")))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// spokenOf lists the parties of connections, and all workloads, of which also that they are in none says something.
func (v *View) spokenOf(connections []Connection) []*Party {
	parties := slices.Collect(maps.Keys(v.workloads))
	for _, c := range connections {
		parties = append(parties, c.From, c.To)
	}
	return parties
}
