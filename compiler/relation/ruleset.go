package relation

import (
	"cmp"
	"iter"
	"slices"
	"sync"
)

// Rule permits pods of one namespace, by their labels, to exchange connections with
// peers on ports, in one direction.
type Rule struct {
	Own   Selector
	Peer  Peer
	Ports Ports
}

// RuleIDs is a rule by the IDs of its parts.
type RuleIDs struct {
	Own   SelectorID
	Peer  PeerID
	Ports PortsID
}

// RuleSet is the union of the rules for one namespace's pods in one direction.
//
// Most questions are about pods and a peer that some rule has exactly, and IDs answer those. For
// all others an index finds the rules whose selectors have to do with those of the question.
type RuleSet struct {
	facts   *Facts
	ids     []RuleIDs
	ports   []RuleIDs     // sorted by pods and peer, each pair once with the ports of all its rules
	rules   func() []Rule // made when they are first needed, as are the next two
	bundles func() *bundles
	numbers func() []int // at which what the rules permit can change
	named   func() bool  // whether a rule has ports by their names
}

func (r RuleIDs) compareEnds(q RuleIDs) int {
	if r.Own != q.Own {
		return cmp.Compare(r.Own, q.Own)
	}
	return cmp.Compare(r.Peer, q.Peer)
}

// NewRuleSet returns the union of rules.
func NewRuleSet(facts *Facts, rules []Rule) *RuleSet { return RuleSetOf(facts, facts.Intern(rules)) }

// RuleSetOf returns the union of rules whose IDs are from the universe of the facts.
func RuleSetOf(facts *Facts, ids []RuleIDs) *RuleSet {
	c := &RuleSet{facts: facts, ids: ids, ports: slices.Clone(ids)}
	slices.SortFunc(c.ports, RuleIDs.compareEnds)
	once := c.ports[:0]
	for rest := c.ports; len(rest) > 0; {
		first, n := rest[0], 1
		different := false
		for n < len(rest) && rest[n].compareEnds(first) == 0 {
			different = different || rest[n].Ports != first.Ports
			n++
		}
		if different {
			sets := make([]Ports, n)
			for i, p := range rest[:n] {
				sets[i] = facts.Ports.At(p.Ports)
			}
			first.Ports = facts.Ports.Intern(UnionPorts(sets...))
		}
		once, rest = append(once, first), rest[n:]
	}
	c.ports = once
	c.rules = sync.OnceValue(func() []Rule { return facts.Rules(ids) })
	c.named = sync.OnceValue(func() bool { return slices.ContainsFunc(c.rules(), func(r Rule) bool { return r.Ports.HasNames() }) })
	c.bundles, c.numbers = sync.OnceValue(c.bundle), sync.OnceValue(c.critical)
	return c
}

// portsFor returns the ports of the rules for exactly these pods and this peer.
func (c *RuleSet) portsFor(own SelectorID, peer PeerID) (PortsID, bool) {
	i, ok := slices.BinarySearchFunc(c.ports, RuleIDs{Own: own, Peer: peer}, RuleIDs.compareEnds)
	if !ok {
		return 0, false
	}
	return c.ports[i].Ports, true
}

// permits reports whether rules for exactly the pods and the peer of a rule permit all of it.
func (c *RuleSet) permits(r RuleIDs) bool {
	ports, ok := c.portsFor(r.Own, r.Peer)
	return ok && (ports == r.Ports || c.facts.Ports.At(r.Ports).Subset(c.facts.Ports.At(ports)))
}

// bundles is the rules by their pods.
type bundles struct {
	list  []bundle
	index *Index // of the selectors
}

// bundle is the rules for the same pods, by their positions.
type bundle struct {
	own       Selector
	id        SelectorID
	positions []int
}

func (c *RuleSet) bundle() *bundles {
	b := &bundles{}
	byOwn := map[SelectorID]int{}
	var selectors []Selector
	for position, rule := range c.rules() {
		id := c.ids[position].Own
		i, ok := byOwn[id]
		if !ok {
			i = len(b.list)
			byOwn[id] = i
			b.list = append(b.list, bundle{own: rule.Own, id: id})
			selectors = append(selectors, rule.Own)
		}
		b.list[i].positions = append(b.list[i].positions, position)
	}
	b.index = NewIndex(selectors)
	return b
}

// Rules lists the rules, as they were given. The list must not be changed.
func (c *RuleSet) Rules() []Rule { return c.rules() }

// HasNames reports whether the names of ports decide what a rule permits.
func (c *RuleSet) HasNames() bool { return c.named() }

// Covers reports whether the rule set permits all that a rule does. It is neither covered nor not
// if the search gave up.
func (c *RuleSet) Covers(g Rule) (covered, gaveUp bool) {
	covered = true
	complete := c.Uncovered(g, new(Budget), func(Rule) bool {
		covered = false
		return false
	})
	return covered && complete, covered && !complete
}

// Uncovered yields what a rule permits and the rule set does not, as rules that do not overlap,
// until yield returns false. It returns false if it gave up before it had looked at everything.
func (c *RuleSet) Uncovered(g Rule, budget *Budget, yield func(Rule) bool) bool {
	peer, knownPeer := c.facts.Peers.Lookup(g.Peer)
	if own, known := c.facts.Selectors.Lookup(g.Own); known && knownPeer {
		if ports, ok := c.portsFor(own, peer); ok && g.Ports.Subset(c.facts.Ports.At(ports)) {
			return true
		}
	}
	if g.Own.IsEmpty() || g.Peer.Empty(c.facts) {
		return true
	}
	bundles := c.bundles()
	if knownPeer {
		for _, i := range bundles.index.Implied(g.Own) {
			if ports, ok := c.portsFor(bundles.list[i].id, peer); ok {
				g.Ports = g.Ports.Subtract(c.facts.Ports.At(ports))
				if g.Ports.IsEmpty() {
					return true
				}
			}
		}
	}
	s := &subtraction{facts: c.facts, yield: yield, left: budget.share()}
	start := permission{g.Peer, g.Ports}
	for _, i := range bundles.index.Overlapping(g.Own) {
		var rules []Rule
		for _, position := range bundles.list[i].positions {
			if h := c.rules()[position]; start.overlaps(h, c.facts) {
				rules = append(rules, h)
			}
		}
		if len(rules) > 0 {
			s.bundles = append(s.bundles, rules)
		}
	}
	s.subtract(region{g.Own, []permission{start}}, 0)
	budget.spent += budget.share() - s.left
	return s.left > 0
}

// Budget is the work that subtractions of rules may take together. How much a subtraction takes can
// double with each rule.
type Budget struct{ spent int }

// The bounds of a budget, in rules held against parts of others: for all subtractions, and
// what remains for each after that.
const (
	maxWork   = 1_000_000
	leastWork = 2_000
)

// share returns how much the next subtraction may take.
func (b *Budget) share() int { return max(leastWork, maxWork/4-b.spent/4) }

// subtraction takes rules from a rule, depth first: a part from which all have been taken is yielded
// before the next is looked at, so few parts are kept, and a search for one can stop early.
type subtraction struct {
	facts   *Facts
	bundles [][]Rule // that have something in common with the rule: those for the same pods together
	yield   func(Rule) bool
	left    int // of the work
}

// region is pods and what is left of their rule. All rules for the same pods are subtracted from it
// at once, so the pods are split only once for each selector.
type region struct {
	own  Selector
	left []permission
}

type permission struct {
	peer  Peer
	ports Ports
}

// subtract takes the bundles from one on from a region, and yields what is left: of the pods that a
// bundle does not select, then of those that it selects. It reports whether to go on.
func (s *subtraction) subtract(r region, from int) bool {
	for i, rules := range s.bundles[from:] {
		own := rules[0].Own
		if s.left--; s.left <= 0 {
			return false
		}
		if !r.own.Overlaps(own) {
			continue
		}
		inside, less := r.left, false
		for _, h := range rules {
			var next []permission
			for _, l := range inside {
				if s.left -= l.cost(h); s.left <= 0 {
					return false
				}
				rest, some := l.subtract(h, s.facts)
				next = append(next, rest...)
				less = less || some
			}
			if inside = next; len(inside) == 0 {
				break
			}
		}
		if !less {
			continue
		}
		for _, outside := range r.own.Subtract(own) {
			if !s.subtract(region{outside, r.left}, from+i+1) {
				return false
			}
		}
		if len(inside) == 0 {
			return true
		}
		r = region{r.own.Intersect(own), inside}
	}
	for _, l := range r.left {
		if !s.yield(Rule{r.own, l.peer, l.ports}) {
			return false
		}
	}
	return true
}

// cost returns how much of the work it is to hold a rule against what is left: more for long lists of blocks, and most
// for a search for a host name, which goes through the states of all patterns together.
func (l permission) cost(h Rule) int {
	const (
		blocks = 32 // that take as long as two selectors
		search = 50 // selectors that take as long as a search with one pattern
	)
	ours, isAddrs := l.peer.(Addresses)
	theirs, areAddrs := h.Peer.(Addresses)
	if !isAddrs || !areAddrs {
		return 1
	}
	cost := 1 + (len(ours.Addrs.set)+len(theirs.Addrs.set))/blocks
	if ours.Hosts.mayOverlap(theirs.Hosts) {
		patterns := ours.Hosts.patterns() + theirs.Hosts.patterns()
		cost += search * patterns * patterns
	}
	return cost
}

// overlaps reports whether a rule for the same pods permits some of it.
func (l permission) overlaps(h Rule, f *Facts) bool {
	return l.peer.Overlaps(h.Peer, f) && l.ports.Overlaps(h.Ports)
}

// subtract returns what is left without a rule for the same pods, and whether that is less.
func (l permission) subtract(h Rule, f *Facts) (rest []permission, less bool) {
	if !l.overlaps(h, f) {
		return []permission{l}, false
	}
	for _, p := range l.peer.Subtract(h.Peer, f) {
		rest = append(rest, permission{p, l.ports})
	}
	if ports := l.ports.Subtract(h.Ports); !ports.IsEmpty() {
		rest = append(rest, permission{l.peer.Intersect(h.Peer), ports})
	}
	return rest, true
}

// Concerning yields the rules for pods of which a selector may match some, with their positions, in
// any order.
func (c *RuleSet) Concerning(pods Selector) iter.Seq2[int, Rule] {
	return func(yield func(int, Rule) bool) {
		bundles := c.bundles()
		for _, i := range bundles.index.Overlapping(pods) {
			for _, position := range bundles.list[i].positions {
				if !yield(position, c.rules()[position]) {
					return
				}
			}
		}
	}
}

// Implied returns, in order, the positions of the rules for all pods that a selector matches.
func (c *RuleSet) Implied(own Selector) []int {
	var out []int
	bundles := c.bundles()
	for _, i := range bundles.index.Implied(own) {
		out = append(out, bundles.list[i].positions...)
	}
	slices.Sort(out)
	return out
}
