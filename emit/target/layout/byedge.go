package layout

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// maxObjects limits the policies of the edge layout: their number grows with that of the edges, and
// each repeats what the others say.
const maxObjects = 150_000

// side is one end of the edges between two endpoints, in a namespace and a direction. In the edge
// layout it has an object.
type side struct {
	namespace *topology.Namespace
	direction relation.Direction
	from, to  string // the identities of the endpoints
	by        string // the tier that isolates the pods, if not all pods of the endpoint are isolated
}

// byEdge returns an object for each pair of endpoints that an edge connects, in each direction that
// is isolated: for ingress in the destination's namespace, for egress in the source's. It refuses to
// return more than maxObjects.
func (l *lowering) byEdge() ([]object, diag.List) {
	at := map[side]int{}
	var objects []object
	var sides []side
	identities := identities{}
	for _, e := range l.topology.Edges {
		from, to := identities.of(e.From), identities.of(e.To)
		for _, d := range directions {
			if !e.Opens(d) {
				continue
			}
			own, _ := ends(e, d)
			selector, doc := relation.Selector{}, []string(nil)
			if own.Tier != nil {
				selector, doc = own.Tier.Selector, own.Tier.Doc
			}
			for _, n := range l.homes(own) {
				bound := l.boundPods(n, d, selector)
				if len(bound) == 0 || len(l.served(n, d, e)) == 0 {
					continue
				}
				for _, b := range bound {
					s := side{namespace: n, direction: d, from: from, to: to}
					name := edgeName(e, n, d)
					if b.by != nil {
						s.by = b.by.Name
						name += "." + s.by
					}
					i, ok := at[s]
					if !ok {
						if i = len(objects); i == maxObjects {
							return nil, diag.List{diag.New(diag.TooMuch, e.Span, "--layout edge would make more than %d policies", maxObjects).
								WithHelp("use --layout tier, which makes one policy for each tier")}
						}
						at[s] = i
						sides = append(sides, s)
						objects = append(objects, object{namespace: n, name: name, selector: b.selector, doc: doc, isolates: []relation.Direction{d}})
					}
					objects[i].edges[d] = append(objects[i].edges[d], e)
				}
			}
		}
	}
	distinguish(objects, sides)
	return append(objects, l.denyTiers()...), nil
}

// denyTiers returns an object for each tier that isolates its pods where the namespace does not. It
// permits nothing.
func (l *lowering) denyTiers() []object {
	var objects []object
	for _, n := range l.topology.Namespaces {
		for _, t := range n.Tiers {
			o := object{namespace: n, name: "deny-" + t.Name, selector: t.Selector, doc: t.Doc}
			for _, d := range directions {
				if !isolates(n, d) && (t.Ingress && d == relation.Ingress || t.Egress && d == relation.Egress) {
					o.isolates = append(o.isolates, d)
				}
			}
			if len(o.isolates) > 0 {
				objects = append(objects, o)
			}
		}
	}
	return objects
}

// identities tell endpoints apart even if they have the same name.
type identities map[*topology.Endpoint]string

func (s identities) of(e *topology.Endpoint) string {
	id, ok := s[e]
	if !ok {
		var b strings.Builder
		fmt.Fprintf(&b, "%d %s", e.Kind, e.Name)
		if e.Kind == topology.AcrossPods {
			b.WriteString(" in " + e.Tier.Set())
		}
		for _, block := range e.Blocks {
			b.WriteString(" " + block.String())
		}
		id = b.String()
		s[e] = id
	}
	return id
}
