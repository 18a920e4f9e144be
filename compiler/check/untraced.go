package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// A chain is made of connections that edges permit. Pods that are not isolated in a direction
// connect without an edge, so a deny path cannot follow chains that reach or leave such pods that
// way. Where edges lead to such pods or from them, one of them is reported for each pair.

// tracked reports whether an edge counts as a way to its destination here. Every tier that resolves
// names reaches the resolvers, so those edges would be reported for every deny path.
func tracked(e *topology.Edge) bool {
	return !e.Implicit || e.To.Namespace != nil && mayBeGoverned(e.To)
}

// untraced reports where a deny path without a chain cannot be followed.
func (c *checker) untraced(r route) {
	s := c.search(semantics.Surely)
	s.chain(r.from.Endpoint, r.to)
	if !c.untracedEntry(r, s) {
		c.untracedExit(r, s)
	}
}

// untracedEntry reports pods that the start may reach, with or without an edge, and from which edges
// lead to the target.
func (c *checker) untracedEntry(r route, fromStart *search) bool {
	unseen := semantics.Free(r.from.Endpoint, relation.Egress)
	for _, via := range c.entries() {
		if c.allGoverned(via) && !(unseen && semantics.Free(via, relation.Ingress)) {
			continue // these pods are reached only by an edge, and the search continues from there
		}
		if semantics.Overlaps(via, r.from.Endpoint) != semantics.Never || !unseen && !fromStart.arrivesAt(via) {
			continue
		}
		found := c.search(semantics.Surely).chain(via, r.to)
		if found == nil {
			continue
		}
		for found.prev != nil {
			found = found.prev
		}
		c.report(c.newUntraced(r, via).
			WithRelated(found.edge.Span, "from there, this edge leads towards %s", r.to).
			WithHelp("to forbid them, write `deny path %s -> %s`", via, r.to))
		return true
	}
	return false
}

// untracedExit reports pods that edges lead to and that connect without an edge to every pod that is
// not isolated for ingress, the target among them.
func (c *checker) untracedExit(r route, fromStart *search) {
	if !semantics.Free(r.to.Endpoint, relation.Ingress) {
		return
	}
	for _, step := range fromStart.arrived {
		if !leaves(step.to) {
			continue
		}
		// Pods of the start that open any connection are no way out of it; another warning says that nothing isolates them.
		if same := semantics.Overlaps(step.to, r.from.Endpoint); same == semantics.Never || !semantics.Free(r.from.Endpoint, relation.Egress) {
			c.report(c.newUntraced(r, step.to).
				WithRelated(step.edge.Span, "this edge leads there from %s", step.edge.From).
				WithHelp("to forbid them, write `deny path %s -> %s`", r.from, step.to))
			return
		}
	}
}

// leaves reports whether an endpoint has pods that open connections without any edge.
func leaves(e *topology.Endpoint) bool {
	return e.Kind != topology.Addresses && semantics.Free(e, relation.Egress)
}

func (c *checker) newUntraced(r route, via *topology.Endpoint) diag.Diagnostic {
	why := "not all of its namespaces are isolated"
	if n := via.Namespace; n != nil {
		what, direction := "namespace "+n.Name, relation.Ingress
		if n.Enforced() && !n.Governed() {
			what = via.Name
		}
		if semantics.Free(via, relation.Egress) {
			direction = relation.Egress
		}
		switch {
		case !mayBeGoverned(via):
			why = "nothing isolates " + what
		case !c.allGoverned(via):
			why = "not all of its pods are isolated"
		default:
			why = fmt.Sprintf("%s is not isolated for %s", what, direction)
		}
	}
	return diag.New(diag.PathEndsOutside, r.denial.Span, "chains through %s are not followed: %s", via, why)
}

// entries lists the tiers and ns/* from which edges lead, by namespace.
func (c *checker) entries() []*topology.Endpoint {
	if c.sources == nil {
		for _, n := range c.Namespaces {
			if t := c.from.tiers[n]; t != nil {
				c.sources = append(c.sources, t.tiers...)
			}
			if p := c.from.pods[n]; p != nil {
				c.sources = append(c.sources, p)
			}
		}
		c.sources = append(c.sources, c.from.across.tiers...)
	}
	return c.sources
}

// arrivesAt reports whether a search came to an endpoint.
func (s *search) arrivesAt(e *topology.Endpoint) bool {
	return slices.ContainsFunc(s.arrived, func(last *step) bool { return semantics.Overlaps(last.to, e) == semantics.Surely })
}
