package relation

import (
	"iter"
	"maps"
	"slices"
)

// Difference is a part of what one relation permits and another does not.
type Difference struct {
	Direction Direction
	Namespace string // of the pods that the rule is for
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
		names := maps.Clone(a.RuleSets[d])
		maps.Copy(names, b.RuleSets[d])
		for _, ns := range slices.Sorted(maps.Keys(names)) {
			if c.compare(ns, d); c.stopped {
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

func (c *comparison) compare(ns string, d Direction) {
	theirs, ours := c.b.ruleSet(ns, d), c.a.ruleSet(ns, d)
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
			if connection, ok := witness(c.a, c.b, ns, d, rest); ok {
				found = append(found, Difference{Direction: d, Namespace: ns, Position: i, Rest: rest, Witness: connection})
				ports = ports.Union(rest.Ports)
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
// pods of a namespace in a direction.
func witness(a, b *Relation, ns string, d Direction, g Rule) (Connection, bool) {
	try := func(own, peer Party, ports, other Ports) (Connection, bool) {
		for port := range elements(ports, other, b.ruleSet(ns, d).numbers()) {
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
	own := func(pods, namespaces Selector) (Party, bool) {
		labels, ok := a.Facts.labelled(ns, namespaces)
		return Party{Namespace: ns, NamespaceLabels: labels, Labels: pods.Sample()}, ok
	}
	mine, _ := own(g.Own, Selector{})
	if outside, ok := g.Peer.(Addresses); ok {
		return try(mine, Party{Addr: outside.Addrs.Sample()}, g.Ports, EveryPort)
	}
	theirs, back := g.Peer.(Pods), d.Opposite()
	// Pods that are not isolated in the other direction need no rule there.
	if undeclared, ok := a.Facts.Undeclared(a.unisolated(theirs.Namespaces, back)); ok {
		peer, mine := Party{Namespace: undeclared[NameLabel], NamespaceLabels: undeclared, Labels: theirs.Labels.Sample()}, mine
		if peer.Namespace == ns { // one namespace has one set of labels
			mine.NamespaceLabels = undeclared
		}
		if c, ok := try(mine, peer, g.Ports, EveryPort); ok {
			return c, true
		}
	}
	for _, name := range slices.Concat(a.Facts.Declared(theirs.Namespaces), undeclaredIsolated(a, back, theirs.Namespaces)) {
		for _, h := range a.ruleSet(name, back).Concerning(theirs.Labels) {
			ours, ok := h.Peer.(Pods)
			if !ok || !theirs.Labels.Overlaps(h.Own) || !g.Own.Overlaps(ours.Labels) {
				continue
			}
			pods, mine := theirs.Labels.Intersect(h.Own), g.Own.Intersect(ours.Labels)
			here, there := ours.Namespaces, theirs.Namespaces
			if name == ns { // it is one namespace, and both selectors must match its labels
				here = here.Intersect(there)
				there = here
			}
			self, ok := own(mine, here)
			labels, possible := a.Facts.labelled(name, there)
			if !ok || !possible {
				continue
			}
			if c, ok := try(self, Party{Namespace: name, NamespaceLabels: labels, Labels: pods.Sample()}, g.Ports, h.Ports); ok {
				return c, true
			}
		}
	}
	return Connection{}, false
}

// unisolated returns the part of a selector of namespaces that matches those without rules.
func (r *Relation) unisolated(s Selector, d Direction) Selector {
	names := s.Get(NameLabel)
	if names.Others {
		return s.Intersect(Select(Requirement{NameLabel, NotIn(slices.Collect(maps.Keys(r.RuleSets[d]))...)}))
	}
	without := slices.DeleteFunc(slices.Clone(names.Names), func(n string) bool { return r.RuleSets[d][n] != nil })
	return s.Intersect(Select(Requirement{NameLabel, In(without...)}))
}

// undeclaredIsolated lists namespaces that are isolated though not declared, and that a selector
// can match.
func undeclaredIsolated(r *Relation, d Direction, s Selector) []string {
	names := s.Get(NameLabel)
	candidates := names.Names
	if names.Others {
		candidates = slices.Sorted(maps.Keys(r.RuleSets[d]))
	}
	var out []string
	for _, name := range candidates {
		if r.RuleSets[d][name] != nil && r.Facts.labels[name] == nil && names.Has(name, true) {
			out = append(out, name)
		}
	}
	return out
}

// elements yields ports that may be in both sets: the first number that a range of each has, and at
// every number that could matter the named ports, one of either set alone and one of each together.
// More names for one port need not be tried: a set has the port by one of them, and others only add
// to what else permits it.
func elements(p, q Ports, numbers []int) iter.Seq[Port] {
	return func(yield func(Port) bool) {
		for _, r := range p.Intersect(q).Ranges() {
			if !yield(Port{Protocol: r.Protocol, Number: r.Low}) {
				return
			}
		}
		if len(p.named)+len(q.named) == 0 {
			return
		}
		numbers := slices.Clone(numbers)
		for _, r := range slices.Concat(p.Ranges(), q.Ranges()) {
			numbers = append(numbers, r.Low, r.High)
		}
		slices.Sort(numbers)
		numbers = slices.Compact(numbers)
		var named []Port // at no number yet
		for _, n := range slices.Concat(p.named, q.named) {
			named = append(named, Port{Protocol: n.Protocol, Names: []string{n.Name}})
		}
		for _, n := range p.named {
			for _, m := range q.named {
				if n.Protocol == m.Protocol && n != m {
					named = append(named, Port{Protocol: n.Protocol, Names: []string{n.Name, m.Name}})
				}
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
		for _, r := range g.Ports.Ranges() {
			for _, n := range []int{r.Low - 1, r.High + 1} {
				if n >= MinPort && n <= MaxPort {
					numbers[n] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(numbers))
}

// Homes lists the namespaces that a selector can match and that have rules in a direction; others
// reports whether it can match one that has none.
func (r *Relation) Homes(s Selector, d Direction) (isolated []string, others bool) {
	for _, name := range r.Facts.Declared(s) {
		if r.RuleSets[d][name] != nil {
			isolated = append(isolated, name)
		} else {
			others = true
		}
	}
	isolated = append(isolated, undeclaredIsolated(r, d, s)...)
	if !others {
		_, others = r.Facts.Undeclared(r.unisolated(s, d))
	}
	return isolated, others
}
