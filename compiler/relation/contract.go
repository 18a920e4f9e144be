package relation

import "slices"

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
// Most questions to a contract are answered by grants with the very same
// peer, so that it is filed twice: by the pods that it speaks for, and among those by peer.
type Contract struct {
	facts   *Facts
	grants  []Grant
	bundles []bundle
	index   *Index
}

// bundle is the grants of one selector.
type bundle struct {
	own       Selector
	grants    []Grant
	positions []int            // of the grants in the contract
	ports     map[string]Ports // by peer key, the ports of all grants with that peer
}

// file makes the table by peer.
func (b *bundle) file() {
	sets := map[string][]Ports{}
	for _, g := range b.grants {
		peer := g.Peer.Key()
		sets[peer] = append(sets[peer], g.Ports)
	}
	for peer, ports := range sets {
		b.ports[peer] = UnionPorts(ports...)
	}
}

// NewContract returns the union of grants.
func NewContract(facts *Facts, grants []Grant) *Contract {
	c := &Contract{facts: facts, grants: grants}
	at := map[string]int{}
	for position, g := range grants {
		key := g.Own.String()
		i, ok := at[key]
		if !ok {
			i = len(c.bundles)
			at[key] = i
			c.bundles = append(c.bundles, bundle{own: g.Own, ports: map[string]Ports{}})
		}
		c.bundles[i].grants = append(c.bundles[i].grants, g)
		c.bundles[i].positions = append(c.bundles[i].positions, position)
	}
	selectors := make([]Selector, len(c.bundles))
	for i, b := range c.bundles {
		selectors[i] = b.own
		b.file()
	}
	c.index = NewIndex(selectors)
	return c
}

// Grants lists the contract's grants, as they were given.
func (c *Contract) Grants() []Grant { return c.grants }

// Uncovered returns what a grant permits and the contract does not, as grants
// that do not overlap.
func (c *Contract) Uncovered(g Grant) []Grant {
	if g.Own.IsEmpty() || g.Peer.Empty(c.facts) {
		return nil
	}
	key := g.Peer.Key()
	for _, i := range c.index.Implied(g.Own) {
		if ports, ok := c.bundles[i].ports[key]; ok {
			g.Ports = g.Ports.Subtract(ports)
			if g.Ports.IsEmpty() {
				return nil
			}
		}
	}
	left := []Grant{g}
	for _, i := range c.index.Overlapping(g.Own) {
		for _, other := range c.bundles[i].grants {
			var next []Grant
			for _, l := range left {
				next = append(next, l.subtract(other, c.facts)...)
			}
			if left = next; len(left) == 0 {
				return nil
			}
		}
	}
	return left
}

func (g Grant) subtract(h Grant, f *Facts) []Grant {
	own := g.Own.Intersect(h.Own)
	peer := g.Peer.Intersect(h.Peer)
	if own.IsEmpty() || peer.Empty(f) {
		return []Grant{g}
	}
	var rest []Grant
	for _, s := range g.Own.Subtract(h.Own) {
		rest = append(rest, Grant{s, g.Peer, g.Ports})
	}
	for _, p := range g.Peer.Subtract(h.Peer, f) {
		rest = append(rest, Grant{own, p, g.Ports})
	}
	if ports := g.Ports.Subtract(h.Ports); !ports.IsEmpty() {
		rest = append(rest, Grant{own, peer, ports})
	}
	return rest
}

// Implied returns, in order, the positions of the grants that speak for every pod that a
// selector matches.
func (c *Contract) Implied(own Selector) []int {
	var out []int
	for _, i := range c.index.Implied(own) {
		out = append(out, c.bundles[i].positions...)
	}
	slices.Sort(out)
	return out
}
