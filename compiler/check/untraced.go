package check

import (
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// A chain is made of connections that edges permit. Pods that are not isolated in
// a direction connect without any edge, so a deny path that holds says nothing of
// chains that come to such a pod unseen, or leave it so. Where edges lead to one, or on from one,
// the user is told which, once for each pair.

// told reports whether an edge counts as a way to its destination here: every
// tier that resolves names comes to the resolvers, which would be told of every deny path.
func told(e *topology.Edge) bool {
	return !e.Implicit || e.To.Namespace != nil && e.To.Namespace.Governed()
}

// untraced says where a deny path that holds stops short.
func (c *checker) untraced(r route) {
	s := c.search(meaning.Surely)
	s.chain(r.from.Endpoint, r.to)
	if !c.untracedEntry(r, s) {
		c.untracedExit(r, s)
	}
}

// untracedEntry reports pods that the start may come to, by an edge or unseen,
// and from which edges lead on to the target though the chain over them is not traced.
func (c *checker) untracedEntry(r route, fromStart *search) bool {
	unseen := meaning.Free(r.from.Endpoint, relation.Egress)
	for _, n := range c.Namespaces {
		if n.Governed() && (n.Ingress || !unseen) {
			continue // whoever comes here does so by an edge, and the search goes on from there
		}
		for _, via := range c.sourcesIn(n) {
			if same := meaning.Overlaps(via, r.from.Endpoint); same != meaning.Never {
				continue
			}
			if !unseen && !fromStart.arrivesAt(via) {
				continue
			}
			s := c.search(meaning.Surely)
			found := s.chain(via, r.to)
			if found == nil {
				continue
			}
			for found.prev != nil {
				found = found.prev
			}
			c.report(c.newUntraced(r, via).
				WithRelated(found.edge.Span, "from there an edge leads on towards %s", r.to).
				WithHelp("to forbid those write `deny path %s -> %s`", via, r.to))
			return true
		}
	}
	return false
}

// untracedExit reports pods that edges lead to, and from which anybody who accepts
// connections of everybody can be reached, the target among them.
func (c *checker) untracedExit(r route, fromStart *search) {
	if !meaning.Free(r.to.Endpoint, relation.Ingress) {
		return
	}
	for _, step := range fromStart.arrived {
		if !leaves(step.to) {
			continue
		}
		// Pods of the start that open any connection are no way out of it; that nothing keeps them is another warning.
		if same := meaning.Overlaps(step.to, r.from.Endpoint); same == meaning.Never || !meaning.Free(r.from.Endpoint, relation.Egress) {
			c.report(c.newUntraced(r, step.to).
				WithRelated(step.edge.Span, "this edge leads there from %s", step.edge.From).
				WithHelp("to forbid those write `deny path %s -> %s`", r.from, step.to))
			return
		}
	}
}

// leaves reports whether an endpoint has pods that open connections without any edge.
func leaves(e *topology.Endpoint) bool {
	return e.Kind != topology.Addresses && meaning.Free(e, relation.Egress)
}

func (c *checker) newUntraced(r route, via *topology.Endpoint) diag.Diagnostic {
	why := "zt does not govern all of its namespaces"
	switch n := via.Namespace; {
	case n == nil:
	case !n.Governed():
		why = "zt does not govern namespace " + n.Name
	case !n.Egress:
		why = "namespace " + n.Name + " is not isolated for egress"
	default:
		why = "namespace " + n.Name + " is not isolated for ingress"
	}
	return diag.New(diag.PathEndsOutside, r.denial.Span, "chains through %s are not traced: %s", via, why)
}

// sourcesIn lists the endpoints of one namespace from which edges lead.
func (c *checker) sourcesIn(n *topology.Namespace) []*topology.Endpoint {
	var list []*topology.Endpoint
	if t := c.from.tiers[n]; t != nil {
		list = append(list, t.tiers...)
	}
	if p := c.from.pods[n]; p != nil {
		list = append(list, p)
	}
	return list
}

// arrivesAt reports whether a search came to an endpoint.
func (s *search) arrivesAt(e *topology.Endpoint) bool {
	for _, step := range s.arrived {
		if certainty := meaning.Overlaps(step.to, e); certainty == meaning.Surely {
			return true
		}
	}
	return false
}
