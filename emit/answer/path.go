package answer

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Path is a shortest chain of connections from one party to another: what who is
// in the first can get to, step by step.
type Path struct {
	From, To *Party
	Hops     []Connection // at least one; each begins where the one before it arrives
}

// Names lists the parties of the chain, the first and the last included.
func (p Path) Names() []string {
	names := []string{p.From.Name}
	for _, h := range p.Hops {
		names = append(names, h.To.Name)
	}
	return names
}

// Paths lists, for a party, a shortest chain to every other that chains lead to. As for
// deny path, they run through pods that are isolated in some direction, and not through
// addresses and ungoverned pods: those connect to whom they like, so that every chain would lead on from there.
func (g *Graph) Paths(from *Party) []Path {
	var out []Path
	reached := map[*Party]bool{from: true}
	type arrival struct {
		at   *Party
		hops []Connection
	}
	queue := []arrival{{at: from}}
	used := map[*Party]bool{} // sources that have been gone on from
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, source := range g.sources(next.at) {
			if used[source] {
				continue
			}
			used[source] = true
			for _, c := range g.from[source] {
				if reached[c.To] {
					continue
				}
				reached[c.To] = true
				hops := append(slices.Clone(next.hops), c)
				out = append(out, Path{from, c.To, hops})
				if g.view.leadsOn(c.To) {
					queue = append(queue, arrival{c.To, hops})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Path) int { return cmp.Compare(a.To.Name, b.To.Name) })
	return out
}

// leadsOn reports whether chains run through a party: whether some of its pods are isolated.
func (v *View) leadsOn(p *Party) bool {
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		if homes, _ := v.homes(p, d); len(homes) > 0 {
			return true
		}
	}
	return false
}

// Graph is connections by where they begin.
type Graph struct {
	view    *View
	from    map[*Party][]Connection
	parties *index
	facts   *relation.Facts
	all     []*Party
	known   map[*Party][]*Party
}

// Graph returns the graph of connections, as Reach lists them.
func (v *View) Graph(connections []Connection) *Graph {
	g := &Graph{view: v, from: map[*Party][]Connection{}, facts: v.Relation.Facts, known: map[*Party][]*Party{}}
	for _, c := range connections {
		if g.from[c.From] == nil {
			g.all = append(g.all, c.From)
		}
		g.from[c.From] = append(g.from[c.From], c)
	}
	g.parties = newIndex(g.all, g.facts)
	return g
}

// sources lists the parties that who is in a party is in, or may be in: the party
// itself, those around it, and those inside it.
func (g *Graph) sources(p *Party) []*Party {
	if found, ok := g.known[p]; ok {
		return found
	}
	var found []*Party
	seen := map[*Party]bool{}
	add := func(q *Party) {
		if !seen[q] {
			seen[q] = true
			found = append(found, q)
		}
	}
	if g.from[p] != nil {
		add(p)
	}
	for _, peer := range p.Parts {
		for _, q := range g.parties.inside(peer) {
			add(q.party)
		}
		for _, q := range g.parties.around(peer) {
			add(q.party)
		}
	}
	slices.SortFunc(found, func(a, b *Party) int { return cmp.Compare(a.Name, b.Name) })
	g.known[p] = found
	return found
}
