package query

import (
	"iter"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Path is a shortest chain of connections from one party to another: how someone in the first
// party can get to the second, step by step.
type Path struct {
	From, To *Party
	Hops     []*Connection // at least one; each starts where the previous one ends
}

// Graph holds permitted connections so that chains of them can be followed.
//
// A connection between two parties that no policy isolates is not among those that Reach lists, one
// for one: their number grows with the square of the parties. The graph keeps the two ends apart:
// whoever arrives at a party whose egress is open reaches every party whose ingress is open.
type Graph struct {
	model *Model
	nodes []*node // by party name
	at    map[*Party]*node
	index *index // of the parties at which a chain can go on
	// across is those of them that are pods of several namespaces.
	across []*node
	open   []*node
}

// node is a party of the graph.
type node struct {
	party        *Party
	out          []step
	opens        bool                  // no policy isolates its egress
	leadsOn      bool                  // chains run through it, since some of its pods are isolated
	sources      []*node               // where someone in the party may also be; nil until asked for
	toOpen       map[*node]*Connection // its connections to parties whose ingress is open, by party
	reached, ran int                   // the last search that reached it, and that went on from it
	by           *Connection           // how the last search reached it
	before       *node                 // the node at which the last search was then
}

// step is a connection that starts at a node, and the node where it ends.
type step struct {
	to *node
	by *Connection
}

// Graph returns the graph of connections as Reach lists them for the same parties, those asked for.
func (v *Model) Graph(connections []Connection, asked ...*Party) *Graph {
	g := &Graph{model: v, at: map[*Party]*node{}}
	for _, p := range asked { // a chain can start at a part of one
		g.node(p)
	}
	for i := range connections {
		c := &connections[i]
		from := g.node(c.From)
		from.out = append(from.out, step{g.node(c.To), c})
	}
	slices.SortFunc(g.nodes, func(a, b *node) int { return a.party.compare(b.party) })
	var sources []*Party
	for _, n := range g.nodes {
		n.opens = v.isOpen(n.party, relation.Egress)
		accepts := v.isOpen(n.party, relation.Ingress)
		// As for `deny path`, chains do not run through addresses and ungoverned pods: those connect to
		// whom they like, so every chain would lead on from them.
		n.leadsOn = !n.opens || !accepts
		if accepts && n.party.runsPods() {
			g.open = append(g.open, n)
		}
		if !n.party.Free && (len(n.out) > 0 || n.opens) {
			sources = append(sources, n.party)
			if s, _ := n.party.Sort(); s == Across {
				g.across = append(g.across, n)
			}
		}
	}
	g.index = newIndex(sources, v.Relation.Facts)
	return g
}

func (g *Graph) node(p *Party) *node {
	n := g.at[p]
	if n == nil {
		n = &node{party: p}
		g.at[p] = n
		g.nodes = append(g.nodes, n)
	}
	return n
}

// Chains yields a shortest chain for each pair of parties that a chain connects, in the order of
// their names. Parties, if there are any, restrict where the chains start or end; a chain can also end
// in one that shares members with them.
func (g *Graph) Chains(from, to []*Party) iter.Seq[Path] {
	ends := g.model.sharing(to)
	return func(yield func(Path) bool) {
		search := 0
		for _, start := range g.nodes {
			switch {
			case len(from) == 0 && len(start.out) == 0 && !start.opens:
				continue // chains start at its parts
			case !isAmong(from, start.party) || len(g.sources(start)) == 0:
				continue
			}
			search++
			g.search(start, search)
			for _, end := range g.nodes {
				if end == start || end.reached != search || !ends.has(end.party) {
					continue
				}
				if !yield(end.path(start)) {
					return
				}
			}
		}
	}
}

// maxSteps bounds the work of all searches: 2,000 parties with three connections each are within it.
const maxSteps = 30_000_000

// TooMany reports whether there are so many parties that chains start from, of those asked for if
// there are any, that following all of them takes too long.
func (g *Graph) TooMany(from []*Party) bool {
	starts, steps := 0, len(g.nodes)+16*len(g.open) // a connection between open parties is made when it is met
	for _, n := range g.nodes {
		steps += len(n.out)
		if len(from) > 0 && isAmong(from, n.party) || len(from) == 0 && (len(n.out) > 0 || n.opens) {
			starts++
		}
	}
	return starts > 1 && starts*steps > maxSteps
}

// isAmong reports whether a party is one of those asked for, or none is.
func isAmong(asked []*Party, p *Party) bool { return len(asked) == 0 || slices.Contains(asked, p) }

// search walks the graph breadth first from a party, and notes how it reached each other one.
func (g *Graph) search(start *node, search int) {
	start.reached, start.by, start.before = search, nil, nil
	openDone := false
	queue := []*node{start}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		reach := func(n *node, by *Connection) {
			n.reached, n.by, n.before = search, by, at
			if n.leadsOn {
				queue = append(queue, n)
			}
		}
		for _, source := range g.sources(at) {
			if source.ran == search {
				continue
			}
			source.ran = search
			for _, s := range source.out {
				if s.to.reached != search {
					reach(s.to, s.by)
				}
			}
			if source.opens && !openDone {
				openDone = true
				for _, to := range g.open {
					if to.reached != search && to != source {
						reach(to, source.openTo(to))
					}
				}
			}
		}
	}
}

// openTo returns the connection between two parties that nothing restricts.
func (n *node) openTo(to *node) *Connection {
	c := n.toOpen[to]
	if c == nil {
		if n.toOpen == nil {
			n.toOpen = map[*node]*Connection{}
		}
		c = &Connection{From: n.party, To: to.party, Ports: relation.EveryPort}
		n.toOpen[to] = c
	}
	return c
}

// path returns the chain on which the last search reached the node.
func (n *node) path(start *node) Path {
	p := Path{From: start.party, To: n.party}
	for at := n; at != start; at = at.before {
		p.Hops = append(p.Hops, at.by)
	}
	slices.Reverse(p.Hops)
	return p
}

// sources lists the nodes whose members someone in a party may be: the party itself first, those around
// it, those inside it, and those that share members with it as far as namespaces and addresses go.
func (g *Graph) sources(n *node) []*node {
	if n.sources != nil {
		return n.sources
	}
	n.sources = []*node{}
	if !n.party.Free {
		for _, peer := range n.party.Parts {
			for _, q := range slices.Concat(g.index.inside(peer), g.index.around(peer)) {
				// Different workloads share no pod even where policies cannot tell their pods apart, and
				// pods on the host network are not whoever has an address.
				if n.party.Host == "" && q.party.Host == "" && (n.party.workload == nil || q.party.workload == nil) {
					n.sources = append(n.sources, g.at[q.party])
				}
			}
		}
		candidates := g.across
		if s, _ := n.party.Sort(); s == Across || s == Outside || n.party.service != nil {
			candidates = g.nodes
		}
		for _, q := range candidates {
			if (len(q.out) > 0 || q.opens) && g.model.shares(q.party, n.party) {
				n.sources = append(n.sources, q)
			}
		}
	}
	n.sources = slices.DeleteFunc(n.sources, func(q *node) bool { return q == n })
	slices.SortFunc(n.sources, func(a, b *node) int { return a.party.compare(b.party) })
	n.sources = slices.Compact(n.sources)
	if len(n.out) > 0 || n.opens {
		n.sources = slices.Insert(n.sources, 0, n)
	}
	return n.sources
}
