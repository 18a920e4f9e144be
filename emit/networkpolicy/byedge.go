package networkpolicy

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// side is one side of a pair of endpoints in a namespace, which has an object
// in the edge layout.
type side struct {
	namespace *topology.Namespace
	direction direction
	from, to  string // the endpoints, by what they are
}

// byEdge returns an object for each pair of endpoints that an edge connects, on each side
// that is isolated: for ingress in the destination's namespace, for egress in the source's.
func (l *lowering) byEdge() []object {
	at := map[side]int{}
	var objects []object
	var sides []side
	identities := identities{}
	for _, e := range l.topology.Edges {
		from, to := identities.of(e.From), identities.of(e.To)
		for _, d := range []direction{ingress, egress} {
			own, _ := d.ends(e)
			namespaces, selector, doc := l.members(own), relation.Selector{}, []string(nil)
			if own.Kind == topology.TierPods {
				namespaces, selector, doc = []*topology.Namespace{own.Namespace}, own.Tier.Selector, own.Tier.Doc
			}
			for _, n := range namespaces {
				if !d.isolates(n) || len(l.serves(n, d, e)) == 0 {
					continue
				}
				s := side{n, d, from, to}
				i, ok := at[s]
				if !ok {
					i = len(objects)
					at[s] = i
					sides = append(sides, s)
					objects = append(objects, object{namespace: n, name: edgeName(e, n, d), selector: selector, doc: doc, isolates: []direction{d}})
				}
				objects[i].edges[d] = append(objects[i].edges[d], e)
			}
		}
	}
	distinguish(objects, sides)
	return objects
}

// identities tell endpoints apart by what they are, whatever they are called.
type identities map[*topology.Endpoint]string

func (s identities) of(e *topology.Endpoint) string {
	id, ok := s[e]
	if !ok {
		var b strings.Builder
		fmt.Fprintf(&b, "%d %s", e.Kind, e.Name)
		for _, block := range e.Blocks {
			b.WriteString(" " + block.String())
		}
		id = b.String()
		s[e] = id
	}
	return id
}
