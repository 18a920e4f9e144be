package check

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// redundant warns of edges without which the same is permitted. It goes from the last
// edge to the first and leaves out what it has found, so that of two that say the
// same only the later one is reported.
func (c *checker) redundant() {
	r := &redundancy{checker: c, gone: map[*topology.Edge]bool{}, explicit: map[*topology.Endpoint]int{}}
	for _, e := range c.Edges {
		if !e.Implicit {
			r.explicit[e.From]++
		}
	}
	// A line of lists is redundant only where each of its pairs is.
	needed := map[*topology.Edge]bool{}
	lines := c.lines()
	for i := len(lines) - 1; i >= 0; i-- {
		for _, e := range lines[i] {
			if !r.covered(e) {
				needed[lines[i][0]] = true
				break
			}
			r.gone[e] = true
			r.explicit[e.From]--
		}
		if needed[lines[i][0]] {
			for _, e := range lines[i] {
				if r.gone[e] {
					delete(r.gone, e)
					r.explicit[e.From]++
				}
			}
			continue
		}
		e := lines[i][0]
		c.report(diag.New(diag.Redundant, e.Span, "without this edge the same is permitted").
			WithHelp("other edges cover it; remove it"))
	}
}

// lines groups the written edges by their statement.
func (c *checker) lines() [][]*topology.Edge {
	var lines [][]*topology.Edge
	for first, next := 0, 0; first < len(c.Edges); first = next {
		for next = first + 1; next < len(c.Edges) && c.Edges[next].Span == c.Edges[first].Span; next++ {
		}
		if !c.Edges[first].Implicit {
			lines = append(lines, c.Edges[first:next])
		}
	}
	return lines
}

type redundancy struct {
	*checker
	gone     map[*topology.Edge]bool
	explicit map[*topology.Endpoint]int // edges that are left, by source
	work     int
}

// covered reports whether other edges permit all that an edge does, and, were
// it the last one of its source, all that its resolving of names does.
func (r *redundancy) covered(e *topology.Edge) bool {
	if r.work >= tooMuchWork || r.from.pairs+r.to.pairs > tooManyPairs || !r.enforced(e) || !r.coveredBoth(e, e) {
		return false
	}
	if r.explicit[e.From] > 1 {
		return true
	}
	for _, implicit := range r.from.of(e.From) {
		if implicit.Implicit && !r.coveredBoth(implicit, e) {
			return false
		}
	}
	return true
}

// coveredBoth reports whether edges other than without, and than those that
// exist because of it, serve both sides of an edge.
func (r *redundancy) coveredBoth(e, without *topology.Edge) bool {
	return r.coveredSide(e, without, relation.Egress) && r.coveredSide(e, without, relation.Ingress)
}

func (r *redundancy) coveredSide(e, without *topology.Edge, d relation.Direction) bool {
	own := e.From
	if d == relation.Ingress {
		own = e.To
	}
	if own.Kind == topology.Everything {
		return true // it says nothing of that side
	}
	var left []region // of the edge, once there is another to take from it; few edges have one
	held := false
	seen := 0
	r.others(e, func(other *topology.Edge) bool {
		if !apart(e, other) && r.counts(other, without, d) {
			if !held {
				left, held = regions(e, d, r.Topology), true
			}
			r.work += len(left)
			left = subtract(left, other)
		}
		seen++
		return (!held || len(left) > 0) && len(left) < tooManyRegions && seen < tooManyOthers && r.work < tooMuchWork
	})
	if !held {
		return !matters(e, d, r.Topology)
	}
	return len(left) == 0
}

// The bounds of the work for one edge: into how many pieces it may be cut, and
// how many others it is held against. What takes more is not called redundant: it is only a
// warning, and thousands of edges between one pair must not cost their square.
const (
	tooManyRegions = 500
	tooManyOthers  = 1000
	tooMuchWork    = 500_000   // pieces held against edges, for all edges together
	tooManyPairs   = 6_000_000 // of endpoints that overlap, which are kept
)

// counts reports whether an edge would still be there, and speaks of a side.
func (r *redundancy) counts(other, without *topology.Edge, d relation.Direction) bool {
	if other == without || r.gone[other] {
		return false
	}
	if other.Implicit {
		left := r.explicit[other.From]
		if other.From == without.From {
			left--
		}
		if left <= 0 {
			return false
		}
	}
	if d == relation.Egress {
		return other.From.Kind != topology.Everything
	}
	return other.To.Kind != topology.Everything
}

// few is how many edges of a source are looked at without asking whether the
// destination has fewer.
const few = 20

// others calls yield for the edges that have endpoints in common with e, until it says stop.
func (r *redundancy) others(e *topology.Edge, yield func(*topology.Edge) bool) {
	x, own := r.from, e.From
	if n := r.from.count(e.From); n > few && r.to.count(e.To) < n {
		x, own = r.to, e.To
	}
	for _, o := range x.overlapping(own) {
		for _, other := range *o.edges {
			if !yield(other) {
				return
			}
		}
	}
}

// apart reports whether two edges have plainly no connection in common, as nearly all have.
func apart(a, b *topology.Edge) bool { return disjoint(a.From, b.From) || disjoint(a.To, b.To) }

func disjoint(a, b *topology.Endpoint) bool {
	switch {
	case a.Tier != nil && b.Tier != nil:
		return a.Namespace != b.Namespace || !a.Tier.Selector.Overlaps(b.Tier.Selector)
	case a.Kind == topology.Addresses:
		return b.Namespace != nil
	case b.Kind == topology.Addresses:
		return a.Namespace != nil
	}
	return false
}
