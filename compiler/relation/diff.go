package relation

import (
	"iter"
	"maps"
	"slices"
)

// Excess is a part of what one relation permits and another does not.
type Excess struct {
	Direction Direction
	Namespace string // of the pods whose contract grants it
	// Grant is the position of the grant in the contract that it is of, or among those of
	// Everything where the pods are not isolated; Rest is what the other relation does not grant of it.
	Grant   int
	Rest    Grant
	Witness Connection
}

// Diff finds connections that a permits and b does not: exactly, over every
// pod and address that could exist. It calls yield with a witness for each
// part of the difference that it comes upon, until yield says stop; it calls it for
// none only where there is no difference.
func Diff(a, b *Relation, yield func(Connection) bool) {
	Exceed(a, b, func(e Excess) bool { return yield(e.Witness) })
}

// Exceed finds the parts of what a permits and b does not, as Diff, and says of
// which grants they are.
//
// A connection that only a permits is one that, on one of its sides, a grants
// and b does not. So it is enough to hold each contract against its counterpart, which settles most
// at once, and to look at the other side of what is left over.
func Exceed(a, b *Relation, yield func(Excess) bool) {
	for _, d := range []Direction{Egress, Ingress} {
		names := maps.Clone(a.Contracts[d])
		maps.Copy(names, b.Contracts[d])
		for _, ns := range slices.Sorted(maps.Keys(names)) {
			if !exceedSide(a, b, ns, d, yield) {
				return
			}
		}
	}
}

func exceedSide(a, b *Relation, ns string, d Direction, yield func(Excess) bool) bool {
	theirs := b.contract(ns, d)
	ours := a.contract(ns, d)
	for i, g := range ours.grants {
		id := ours.same[i]
		if ours.facts != theirs.facts {
			id = theirs.facts.identities.find(g.Own, &g.Peer)
		}
		for _, rest := range theirs.uncovered(g, id) {
			if c, ok := witness(a, b, ns, d, rest); ok && !yield(Excess{d, ns, i, rest, c}) {
				return false
			}
		}
	}
	return true
}

// witness returns a connection that a permits and b does not, out of those
// that a grants to pods of a namespace in a direction and b does not.
func witness(a, b *Relation, ns string, d Direction, g Grant) (Connection, bool) {
	try := func(own, peer Party, ports, other Ports) (Connection, bool) {
		for port := range elements(ports, other, b.contract(ns, d).numbers()) {
			if d == Egress && peer.Namespace == "" {
				port.Names = nil // an address has no containers to name its ports
			}
			if !port.in(ports) {
				continue // it would show another grant's excess
			}
			if d == Egress && peer.Namespace == "" && len(port.Names) > 0 {
				continue // an address has no containers, and so no named ports
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
	if g.Peer.IsAddrs {
		return try(mine, Party{Addr: g.Peer.Addrs.Sample()}, g.Ports, EveryPort)
	}
	back := d.Opposite()
	// Pods of namespaces that are not isolated the other way need no more.
	if undeclared, ok := a.Facts.Undeclared(a.unisolated(g.Peer.Namespaces, back)); ok {
		peer, mine := Party{Namespace: undeclared[NameLabel], NamespaceLabels: undeclared, Labels: g.Peer.Pods.Sample()}, mine
		if peer.Namespace == ns { // one namespace has one set of labels
			mine.NamespaceLabels = undeclared
		}
		if c, ok := try(mine, peer, g.Ports, EveryPort); ok {
			return c, true
		}
	}
	for _, name := range slices.Concat(a.Facts.Declared(g.Peer.Namespaces), undeclaredContracts(a, back, g.Peer.Namespaces)) {
		for _, h := range a.contract(name, back).Concerning(g.Peer.Pods) {
			if h.Peer.IsAddrs || !g.Peer.Pods.Overlaps(h.Own) || !g.Own.Overlaps(h.Peer.Pods) {
				continue
			}
			pods, mine := g.Peer.Pods.Intersect(h.Own), g.Own.Intersect(h.Peer.Pods)
			here, there := h.Peer.Namespaces, g.Peer.Namespaces
			if name == ns { // it is one namespace, so both speak of its labels
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

// unisolated returns the part of a selector of namespaces that is those without a contract.
func (r *Relation) unisolated(s Selector, d Direction) Selector {
	names := s.Get(NameLabel)
	if names.Others {
		return s.Intersect(Select(KeyValues{NameLabel, NotIn(slices.Collect(maps.Keys(r.Contracts[d]))...)}))
	}
	without := slices.DeleteFunc(slices.Clone(names.Names), func(n string) bool { return r.Contracts[d][n] != nil })
	return s.Intersect(Select(KeyValues{NameLabel, In(without...)}))
}

// undeclaredContracts lists namespaces that nobody declares, that are
// isolated all the same, and that a selector can match.
func undeclaredContracts(r *Relation, d Direction, s Selector) []string {
	names := s.Get(NameLabel)
	candidates := names.Names
	if names.Others {
		candidates = slices.Sorted(maps.Keys(r.Contracts[d]))
	}
	var out []string
	for _, name := range candidates {
		if r.Contracts[d][name] != nil && r.Facts.labels[name] == nil && names.Has(name, true) {
			out = append(out, name)
		}
	}
	return out
}

// elements yields ports that may be in both sets: of each pair of ranges the first
// common number, and at every number that could matter the named ports, one of either
// set alone and one of each together. More names to one port need not be tried: a set has it
// by one of them, and others only add to what else permits it.
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
		at := func(protocol Protocol, names ...string) bool {
			for _, n := range numbers {
				if !yield(Port{protocol, n, names}) {
					return false
				}
			}
			return true
		}
		for _, n := range slices.Concat(p.named, q.named) {
			if !at(n.Protocol, n.Name) {
				return
			}
		}
		for _, n := range p.named {
			for _, m := range q.named {
				if n.Protocol == m.Protocol && n != m && !at(n.Protocol, n.Name, m.Name) {
					return
				}
			}
		}
	}
}

// critical lists the numbers at which what a contract permits can change.
func (c *Contract) critical() []int {
	numbers := map[int]bool{MinPort: true, MaxPort: true}
	for _, g := range c.grants {
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

// Homes lists the namespaces whose pods a selector of namespaces can match and that have a
// contract in a direction; others reports whether it can match one that has none.
func (r *Relation) Homes(s Selector, d Direction) (isolated []string, others bool) {
	for _, name := range r.Facts.Declared(s) {
		if r.Contracts[d][name] != nil {
			isolated = append(isolated, name)
		} else {
			others = true
		}
	}
	isolated = append(isolated, undeclaredContracts(r, d, s)...)
	if !others {
		_, others = r.Facts.Undeclared(r.unisolated(s, d))
	}
	return isolated, others
}
