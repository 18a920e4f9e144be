package relation

import (
	"iter"
	"maps"
	"slices"
)

// Difference is a part of what one relation permits and another does not.
type Difference struct {
	Direction  Direction
	Home       string   // of the pods that the rule is for; "" if they have no rules
	Namespaces Selector // those of the home whose pods differ
	// Position is that of the rule in its rule set, or in Everything if the pods are not isolated.
	Position int
	Rest     Rule // the part of the rule that the other relation does not permit
	Witness  Connection
	Among    bool // the rule has so many such parts that not all are listed
}

// Diff finds connections that a permits and b does not: exactly, over every pod and address that
// could exist. It calls yield with a witness for each part of the difference that it finds, until
// yield returns false. It calls yield never only if there is no difference, or if it returns false:
// then it gave up on some rule.
func Diff(a, b *Relation, yield func(Connection) bool) bool {
	return Differences(a, b, func(d Difference) bool { return yield(d.Witness) })
}

// Differences finds the parts of what a permits and b does not, as Diff does, and their rules.
//
// A connection that only a permits is one that a permits in some direction and b does not. So it is
// enough to compare each rule set with its counterpart, which leaves little, and to look at the
// other direction for what is left.
func Differences(a, b *Relation, yield func(Difference) bool) bool {
	c := comparison{a: a, b: b, yield: yield}
	for _, d := range []Direction{Egress, Ingress} {
		for _, homes := range homePairs(a, b, d) {
			if c.compare(homes, d); c.stopped {
				return true
			}
		}
	}
	return !c.undecided
}

// comparison is a search for differences.
type comparison struct {
	a, b      *Relation
	yield     func(Difference) bool
	budget    Budget
	stopped   bool // by yield
	undecided bool // the search gave up on a rule of which it found no difference
}

// The parts of one rule that are looked at, and that are listed if the first have all of its ports:
// of a rule that permits some ports only, the first few that have all of these say it all.
const (
	mostParts = 5_000
	fewParts  = 64
)

func (c *comparison) compare(homes pairOfHomes, d Direction) {
	theirs, ours := c.b.ruleSet(homes.b, d), c.a.ruleSet(homes.a, d)
	for i, ids := range ours.ids {
		if ours.facts == theirs.facts && theirs.permits(ids) {
			continue
		}
		rule := ours.Rules()[i]
		var found []Difference
		var ports Ports
		parts, enough := 0, 1
		if rule.Ports.IsEvery() {
			enough = fewParts
		}
		complete := theirs.Uncovered(rule, &c.budget, func(rest Rule) bool {
			if connection, ok := witness(c.a, c.b, homes, d, rest); ok {
				found = append(found, Difference{Direction: d, Home: homes.a, Namespaces: homes.at, Position: i, Rest: rest, Witness: connection})
				ports = ports.Union(rest.Ports)
			} else if outside, ok := rest.Peer.(Addresses); ok && outside.Hosts.Open() {
				c.undecided = true
			}
			parts++
			return parts < enough || parts < mostParts && !rule.Ports.Subset(ports)
		})
		for _, f := range found {
			f.Among = !complete
			if !c.yield(f) {
				c.stopped = true
				return
			}
		}
		c.undecided = c.undecided || !complete && len(found) == 0
	}
}

// witness returns a connection that a permits and b does not, out of those of a rule that a has for
// pods of some namespaces in a direction.
func witness(a, b *Relation, homes pairOfHomes, d Direction, g Rule) (Connection, bool) {
	try := func(own, peer Party, ports, other Ports) (Connection, bool) {
		for port := range elements(ports, other, b.ruleSet(homes.b, d).numbers()) {
			if d == Egress && peer.Namespace == "" {
				port.Names = nil // an address has no containers to name its ports
			}
			if !port.in(ports) {
				continue // it would show what another rule permits
			}
			c := Connection{own, peer, port}
			if d == Ingress {
				c = Connection{peer, own, port}
			}
			if a.Permits(c) && !b.Permits(c) {
				return c, true
			}
		}
		return Connection{}, false
	}
	pod := func(namespace map[string]string, labels Selector) Party {
		return Party{Namespace: namespace[NameLabel], NamespaceLabels: namespace, Labels: labels.Sample()}
	}
	if outside, ok := g.Peer.(Addresses); ok {
		mine, ok := a.Facts.namespace(homes.at)
		if !ok {
			return Connection{}, false
		}
		return try(pod(mine, g.Own), Party{Addr: outside.Addrs.Sample(), Host: outside.Hosts.Sample()}, g.Ports, EveryPort)
	}
	theirs, back := g.Peer.(Pods), d.Opposite()
	// Pods that are not isolated in the other direction need no rule there.
	for _, free := range a.unisolated(theirs.Namespaces, back) {
		if mine, peer, ok := a.Facts.namespacePair(homes.at, free.Intersect(a.Facts.others)); ok {
			if c, ok := try(pod(mine, g.Own), pod(peer, theirs.Labels), g.Ports, EveryPort); ok {
				return c, true
			}
		}
	}
	for _, name := range slices.Concat(a.Facts.Declared(theirs.Namespaces), a.undeclaredHomes(back, theirs.Namespaces)) {
		home := a.Namespaces(name)
		for _, h := range a.ruleSet(name, back).Concerning(theirs.Labels) {
			ours, ok := h.Peer.(Pods)
			if !ok || !theirs.Labels.Overlaps(h.Own) || !g.Own.Overlaps(ours.Labels) {
				continue
			}
			mine, peer, ok := a.Facts.namespacePair(homes.at.Intersect(ours.Namespaces), home.Intersect(theirs.Namespaces))
			if !ok {
				continue
			}
			if c, ok := try(pod(mine, g.Own.Intersect(ours.Labels)), pod(peer, theirs.Labels.Intersect(h.Own)), g.Ports, h.Ports); ok {
				return c, true
			}
		}
	}
	return Connection{}, false
}

// elements yields ports that may be in both sets: the first number that a range of each has, and at
// every number that could matter the named ports, one of either set alone and one of each together.
// More names for one port need not be tried: a set has the port by one of them, and others only add
// to what else permits it. What names take from a set needs no name, and has it at every such number.
func elements(p, q Ports, numbers []int) iter.Seq[Port] {
	return func(yield func(Port) bool) {
		for _, r := range p.Intersect(q).Ranges() {
			if !yield(Port{Protocol: r.Protocol, Number: r.Low}) {
				return
			}
		}
		if !p.HasNames() && !q.HasNames() {
			return
		}
		numbers := slices.Clone(numbers)
		for _, r := range slices.Concat(p.Ranges(), q.Ranges()) {
			numbers = append(numbers, r.Low, r.High)
		}
		for _, t := range slices.Concat(p.parts(), q.parts()) {
			for _, i := range t.numbers {
				numbers = append(numbers, i.Lo.port(), i.Hi.port())
			}
		}
		slices.Sort(numbers)
		numbers = slices.Compact(numbers)
		ours, theirs := p.named, q.named
		var named []Port // at no number yet
		for _, n := range slices.Concat(ours, theirs) {
			named = append(named, Port{Protocol: n.Protocol, Names: []string{n.Name}})
		}
		for _, n := range ours {
			for _, m := range theirs {
				if n.Protocol == m.Protocol && n != m {
					named = append(named, Port{Protocol: n.Protocol, Names: []string{n.Name, m.Name}})
				}
			}
		}
		if len(p.parts())+len(q.parts()) > 0 {
			for _, t := range p.And(q).terms() {
				named = append(named, Port{Protocol: t.of, Names: t.with})
			}
		}
		for _, port := range named {
			for _, port.Number = range numbers {
				if !yield(port) {
					return
				}
			}
		}
	}
}

// critical lists the numbers at which what the rules permit can change.
func (c *RuleSet) critical() []int {
	numbers := map[int]bool{MinPort: true, MaxPort: true}
	for _, g := range c.rules() {
		ranges := g.Ports.Ranges()
		for _, t := range g.Ports.parts() {
			for _, i := range t.numbers {
				ranges = append(ranges, portRange(i))
			}
		}
		for _, r := range ranges {
			for _, n := range []int{r.Low - 1, r.High + 1} {
				if n >= MinPort && n <= MaxPort {
					numbers[n] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(numbers))
}
