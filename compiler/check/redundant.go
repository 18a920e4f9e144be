package check

import (
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// redundant warns of edges without which the same is permitted. It goes from the last
// edge to the first and leaves out what it has found, so that of two that say the
// same only the later one is reported.
func (c *checker) redundant() {
	r := &redundancy{checker: c, gone: map[*topology.Edge]bool{}, explicit: map[*topology.Endpoint]int{}}
	for _, e := range c.Edges {
		if opensExplicitly(e) {
			r.explicit[e.From]++
		}
	}
	lines := c.lines()
	var blocks map[span.Span]int       // how often a line is there: in a block of environments, once for each
	unchecked, first := 0, span.Span{} // lines that would take too long, and the first of them
	for i := len(lines) - 1; i >= 0; i-- {
		if r.gaveUp = false; !r.coveredLine(lines[i]) {
			if r.gaveUp {
				unchecked, first = unchecked+1, lines[i][0].Span
			}
			continue
		}
		e := lines[i][0]
		d := diag.New(diag.Redundant, e.Span, "this edge is redundant: other edges permit the same").
			WithHelp("remove this edge")
		if blocks == nil && len(c.Environments) > 0 {
			blocks = countLines(lines)
		}
		if at, ok := wholeLines(e.Span); ok && (blocks == nil || blocks[e.Span] == 1) {
			d = d.WithFix(at, "", "remove this edge")
		}
		c.report(d)
	}
	if unchecked > 0 {
		d := diag.New(diag.Redundant, first, "zt did not check whether %d edges from here on are redundant", unchecked).
			WithHelp("they have too many pods and ports in common with other edges")
		d.Severity = diag.Note // there may be nothing to fix
		c.report(d)
	}
}

// coveredLine removes the edges of a line if other edges cover each of them.
func (r *redundancy) coveredLine(line []*topology.Edge) bool {
	for i, e := range line {
		if !r.covered(e) {
			for _, kept := range line[:i] {
				delete(r.gone, kept)
				if opensExplicitly(kept) {
					r.explicit[kept.From]++
				}
			}
			return false
		}
		r.gone[e] = true
		if opensExplicitly(e) {
			r.explicit[e.From]--
		}
	}
	return true
}

// opensExplicitly reports whether an edge is written and makes its source resolve names.
func opensExplicitly(e *topology.Edge) bool { return !e.Implicit && e.Opens(relation.Egress) }

// countLines returns how many lines have each span.
func countLines(lines [][]*topology.Edge) map[span.Span]int {
	counts := make(map[span.Span]int, len(lines))
	for _, line := range lines {
		counts[line[0].Span]++
	}
	return counts
}

// wholeLines returns the lines of a statement, with a comment after it, for a fix that removes it.
// It is false if the lines hold another statement, or if a comment above would then document the
// next one.
func wholeLines(s span.Span) (span.Span, bool) {
	text := s.File.Text
	start := strings.LastIndexByte(text[:s.Start], '\n') + 1
	end := len(text)
	if n := strings.IndexByte(text[s.End:], '\n'); n >= 0 {
		end = s.End + n + 1
	}
	above := text[:max(0, start-1)]
	above = strings.TrimSpace(above[strings.LastIndexByte(above, '\n')+1:])
	after := strings.TrimSpace(text[s.End:end])
	alone := strings.TrimSpace(text[start:s.Start]) == "" && (after == "" || after[0] == '#')
	return span.Span{File: s.File, Start: start, End: end}, alone && !strings.HasPrefix(above, "#")
}

// lines groups the written edges by their statement.
func (c *checker) lines() [][]*topology.Edge {
	lines := make([][]*topology.Edge, 0, len(c.Edges))
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
	explicit map[*topology.Endpoint]int // edges that are left and make their source resolve names, by source
	looks    int
	work     int
	most     int  // to which the work may grow for the edge at hand
	gaveUp   bool // on an edge, to bound the work
}

// covered reports whether other edges permit all that an edge does, and, were
// it the last one of its source, all that its resolving of names does.
func (r *redundancy) covered(e *topology.Edge) bool {
	if r.work >= maxWork || r.from.pairs+r.to.pairs > maxPairs {
		r.gaveUp = true
		return false
	}
	if !r.enforced(e) || !r.coveredBoth(e, e) {
		return false
	}
	if !opensExplicitly(e) || r.explicit[e.From] > 1 {
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
	if !r.enforcedSide(e, d) {
		return true // it permits nothing on that side
	}
	parts := regions(e, d, r.Topology)
	if len(parts) > 0 && r.uncovered(parts[0], e, without, d) {
		return false
	}
	var others []*topology.Edge
	seen := 0
	r.others(e, func(other *topology.Edge) bool {
		if !apart(e, other) && r.counts(other, without, d) {
			others = append(others, other)
		}
		seen++
		return seen < maxOthers
	})
	if len(others) == 0 { // then only an environment without namespaces leaves nothing to cover
		r.gaveUp = r.gaveUp || seen >= maxOthers
		return (e.From.Environment != nil || e.To.Environment != nil) && len(parts) == 0
	}
	r.most = min(r.work+maxWork/10, maxWork)
	for _, part := range parts {
		if !r.coveredPart(part, others) {
			r.gaveUp = r.gaveUp || seen >= maxOthers
			return false
		}
	}
	return true
}

// uncovered reports whether no other edge permits anything between some two parties of a region. That
// is so of nearly all edges, and far quicker to see than what the others leave of the region.
func (r *redundancy) uncovered(part region, e, without *topology.Edge, d relation.Direction) bool {
	from, to := part.from.sample(), part.to.sample()
	found := true
	r.others(e, func(other *topology.Edge) bool {
		r.looks++
		found = r.looks < maxLooks && !(from(other.From) && to(other.To) && r.counts(other, without, d) && part.ports.Overlaps(other.Ports))
		return found
	})
	return found
}

// coveredPart reports whether edges permit all connections of a region. It looks at one part of what
// an edge leaves after the other, and stops at the first that no edge permits.
func (r *redundancy) coveredPart(part region, others []*topology.Edge) bool {
	for i, other := range others {
		// The time that a part takes grows with its labels and those of its namespaces.
		if r.work += 1 + (part.from.keys()+part.to.keys())/16; r.work >= r.most {
			r.gaveUp = true
			return false
		}
		left, less := part.without(other)
		if !less {
			continue
		}
		for _, l := range left {
			if !r.coveredPart(l, others[i+1:]) {
				return false
			}
		}
		return true
	}
	return false
}

// The bounds of the work: how many others one edge is held against, and all edges together. What
// takes more is not called redundant: thousands of edges between one pair must not cost their square.
const (
	maxOthers = 1000
	maxLooks  = 10_000_000 // edges looked at for one connection of another
	maxWork   = 500_000    // parts held against edges
	maxPairs  = 6_000_000  // of endpoints that overlap, which are kept
)

// counts reports whether an edge is still there and permits something on a side.
func (r *redundancy) counts(other, without *topology.Edge, d relation.Direction) bool {
	if other == without || r.gone[other] {
		return false
	}
	if other.Implicit {
		left := r.explicit[other.From]
		if other.From == without.From && opensExplicitly(without) {
			left--
		}
		if left <= 0 {
			return false
		}
	}
	return other.Opens(d) && endOf(other, d).Kind != topology.Everything
}

// few is how many edges are quicker to look at than to look for a side with fewer.
const few = 16

// others calls yield for the edges that have endpoints in common with e, until it returns false.
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
		return a.Namespace != nil && b.Namespace != nil && a.Namespace != b.Namespace || !a.Tier.Selector.Overlaps(b.Tier.Selector)
	case a.Kind == topology.Addresses:
		return b.Namespace != nil
	case b.Kind == topology.Addresses:
		return a.Namespace != nil
	}
	return false
}
