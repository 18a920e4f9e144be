package relation

import (
	"cmp"
	"iter"
	"slices"
	"sync"
)

// Grant permits pods of one namespace, by their labels, to exchange connections with
// peers on ports, in one direction.
type Grant struct {
	Own   Selector
	Peer  Peer
	Ports Ports
}

// Contract is all that the pods of one namespace may do in one direction: the
// union of its grants.
//
// Most questions to a contract are answered by grants for the very same pods and peer, so
// that those are filed by both; all others look for the selectors that have to do with the question's.
type Contract struct {
	facts   *Facts
	grants  []Grant
	same    []identity      // of the grants
	filed   []int           // the first grants for some pods and a peer, by their identities
	united  map[int]Ports   // of all grants for the same as the first, where there are several
	bundles func() *bundles // made when they are first needed
	numbers func() []int    // at which what the contract permits can change, likewise
}

// NewContract returns the union of grants.
func NewContract(facts *Facts, grants []Grant) *Contract {
	c := &Contract{facts: facts, grants: grants, same: facts.identities.enter(grants), filed: make([]int, len(grants))}
	for i := range c.filed {
		c.filed[i] = i
	}
	slices.SortFunc(c.filed, func(i, j int) int { return cmp.Or(c.same[i].compare(c.same[j]), i-j) })
	once := c.filed[:0]
	for rest := c.filed; len(rest) > 0; {
		first, n := rest[0], 1
		for n < len(rest) && c.same[rest[n]] == c.same[first] {
			n++
		}
		if n > 1 {
			sets := make([]Ports, n)
			for i, position := range rest[:n] {
				sets[i] = grants[position].Ports
			}
			if c.united == nil {
				c.united = map[int]Ports{}
			}
			c.united[first] = UnionPorts(sets...)
		}
		once, rest = append(once, first), rest[n:]
	}
	c.filed = once
	c.bundles, c.numbers = sync.OnceValue(c.bundle), sync.OnceValue(c.critical)
	return c
}

// portsFor returns the ports of the grants for the same pods and peer.
func (c *Contract) portsFor(id identity) (Ports, bool) {
	i, ok := slices.BinarySearchFunc(c.filed, id, func(position int, id identity) int { return c.same[position].compare(id) })
	if !ok {
		return Ports{}, false
	}
	first := c.filed[i]
	if ports, ok := c.united[first]; ok {
		return ports, true
	}
	return c.grants[first].Ports, true
}

// bundles is a contract's grants by their selectors.
type bundles struct {
	list  []bundle
	index *Index // of the selectors
}

// bundle is the grants of one selector.
type bundle struct {
	own       Selector
	positions []int // of the grants in the contract
}

// bundle sorts the grants into bundles.
func (c *Contract) bundle() *bundles {
	b := &bundles{}
	byOwn := map[uint32]int{}
	var selectors []Selector
	for position, g := range c.grants {
		i, ok := byOwn[c.same[position].own]
		if !ok {
			i = len(b.list)
			byOwn[c.same[position].own] = i
			b.list = append(b.list, bundle{own: g.Own})
			selectors = append(selectors, g.Own)
		}
		b.list[i].positions = append(b.list[i].positions, position)
	}
	b.index = NewIndex(selectors)
	return b
}

// Grants lists the contract's grants, as they were given.
func (c *Contract) Grants() []Grant { return c.grants }

// Uncovered returns what a grant permits and the contract does not, as grants
// that do not overlap.
func (c *Contract) Uncovered(g Grant) []Grant {
	return c.uncovered(g, c.facts.identities.find(g.Own, &g.Peer))
}

// uncovered is Uncovered of a grant with this identity among the facts of the contract.
func (c *Contract) uncovered(g Grant, id identity) []Grant {
	if ports, ok := c.portsFor(id); ok && g.Ports.Subset(ports) {
		return nil
	}
	if g.Own.IsEmpty() || g.Peer.Empty(c.facts) {
		return nil
	}
	bundles := c.bundles()
	for _, i := range bundles.index.Implied(g.Own) {
		if ports, ok := c.portsFor(c.facts.identities.find(bundles.list[i].own, &g.Peer)); ok {
			g.Ports = g.Ports.Subtract(ports)
			if g.Ports.IsEmpty() {
				return nil
			}
		}
	}
	left := []region{{g.Own, []reach{{g.Peer, g.Ports}}}}
	for _, i := range bundles.index.Overlapping(g.Own) {
		var next []region
		for _, r := range left {
			next = append(next, c.subtract(r, bundles.list[i])...)
		}
		if left = next; len(left) == 0 {
			return nil
		}
	}
	var out []Grant
	for _, r := range left {
		for _, l := range r.left {
			out = append(out, Grant{r.own, l.peer, l.ports})
		}
	}
	return out
}

// region is pods and what is left of what they may do. All grants of one selector are
// subtracted from it at once: the pods need be split by it but once.
type region struct {
	own  Selector
	left []reach
}

// reach is peers on ports.
type reach struct {
	peer  Peer
	ports Ports
}

// subtract returns what is left of a region behind the grants of a bundle: the pods that it
// does not select as they are, then those that it does.
func (c *Contract) subtract(r region, b bundle) []region {
	if !r.own.Overlaps(b.own) {
		return []region{r}
	}
	inside, less := r.left, false
	for _, position := range b.positions {
		var next []reach
		for _, l := range inside {
			rest, some := l.subtract(c.grants[position], c.facts)
			next = append(next, rest...)
			less = less || some
		}
		if inside = next; len(inside) == 0 {
			break
		}
	}
	if !less {
		return []region{r}
	}
	var out []region
	for _, s := range r.own.Subtract(b.own) {
		out = append(out, region{s, r.left})
	}
	if len(inside) > 0 {
		out = append(out, region{r.own.Intersect(b.own), inside})
	}
	return out
}

// subtract returns what is left of a reach behind a grant to the same pods, and whether that is less.
func (l reach) subtract(h Grant, f *Facts) (rest []reach, less bool) {
	if l.peer.IsAddrs != h.Peer.IsAddrs || !l.peer.IsAddrs && !l.peer.Pods.Overlaps(h.Peer.Pods) {
		return []reach{l}, false
	}
	peer := l.peer.Intersect(h.Peer)
	if peer.Empty(f) {
		return []reach{l}, false
	}
	for _, p := range l.peer.Subtract(h.Peer, f) {
		rest = append(rest, reach{p, l.ports})
	}
	if ports := l.ports.Subtract(h.Ports); !ports.IsEmpty() {
		rest = append(rest, reach{peer, ports})
	}
	return rest, true
}

// Concerning yields the grants to pods of which a selector may match some, with their
// positions, in no order that means anything.
func (c *Contract) Concerning(pods Selector) iter.Seq2[int, Grant] {
	return func(yield func(int, Grant) bool) {
		bundles := c.bundles()
		for _, i := range bundles.index.Overlapping(pods) {
			for _, position := range bundles.list[i].positions {
				if !yield(position, c.grants[position]) {
					return
				}
			}
		}
	}
}

// Implied returns, in order, the positions of the grants that speak for every pod that a
// selector matches.
func (c *Contract) Implied(own Selector) []int {
	var out []int
	bundles := c.bundles()
	for _, i := range bundles.index.Implied(own) {
		out = append(out, bundles.list[i].positions...)
	}
	slices.Sort(out)
	return out
}
