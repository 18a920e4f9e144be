package relation

import (
	"encoding/binary"
	"slices"
	"strings"
)

// part is the ports of a protocol with some numbers that have some names and do not have others.
// Rules that accept or deny by number, before rules that name ports, leave such sets: the port named
// http except 80, or every port except the one named admin.
type part struct {
	of            Protocol
	numbers       intervals[number]
	with, without []string // names, sorted
}

// terms returns the set as parts.
func (p Ports) terms() []part {
	var out []part
	for of := range Protocol(protocols) {
		if own := p.ranges.intersect(everyNumber[of : of+1]); len(own) > 0 {
			out = append(out, part{of: of, numbers: own})
		}
	}
	for _, n := range p.named {
		out = append(out, part{of: n.Protocol, numbers: everyNumber[n.Protocol : n.Protocol+1], with: []string{n.Name}})
	}
	return append(out, p.parts()...)
}

// ofTerms returns the union of parts, in the simplest form.
func ofTerms(list []part) Ports {
	var r Ports
	var parts []part
	for _, t := range list {
		switch every := everyNumber[t.of : t.of+1].subset(t.numbers); {
		case len(t.with)+len(t.without) == 0:
			r.ranges = append(r.ranges, t.numbers...)
		case every && len(t.with) == 1 && len(t.without) == 0:
			r.named = append(r.named, NamedPort{t.with[0], t.of})
		default:
			parts = append(parts, t)
		}
	}
	return UnionPorts(r, withParts(parts))
}

// withParts returns the set of parts.
func withParts(list []part) Ports {
	if len(list) == 0 {
		return Ports{}
	}
	return Ports{more: &list}
}

// parts returns what numbers and names decide together.
func (p Ports) parts() []part {
	if p.more == nil {
		return nil
	}
	return *p.more
}

// intersect returns what is in both parts. It has no numbers if there is nothing.
func (t part) intersect(u part) part {
	both := part{of: t.of, with: joined(t.with, u.with), without: joined(t.without, u.without)}
	if t.of == u.of && len(common(both.with, both.without)) == 0 {
		both.numbers = t.numbers.intersect(u.numbers)
	}
	return both
}

// subtract returns what is in t and not in u, as parts that do not overlap.
func (t part) subtract(u part) []part {
	both := t.intersect(u)
	if len(both.numbers) == 0 {
		return []part{t}
	}
	var out []part
	if outside := t.numbers.subtract(u.numbers); len(outside) > 0 {
		out = append(out, part{t.of, outside, t.with, t.without})
	}
	left := part{t.of, both.numbers, t.with, t.without}
	for _, name := range without(u.with, t.with) {
		out = append(out, part{left.of, left.numbers, left.with, joined(left.without, []string{name})})
		left.with = joined(left.with, []string{name})
	}
	for _, name := range without(u.without, t.without) {
		out = append(out, part{left.of, left.numbers, joined(left.with, []string{name}), left.without})
		left.without = joined(left.without, []string{name})
	}
	return out
}

// Unnamed returns the ports of a destination whose ports have no names, as those of an address.
func (p Ports) Unnamed() Ports {
	out := p.Numbers()
	for _, t := range p.parts() {
		if len(t.with) == 0 {
			out = out.Union(Ports{ranges: t.numbers})
		}
	}
	return out
}

// And returns the ports in both sets, exactly: also those that are in one by a name, and in the other
// by their number. Intersect leaves these out unless names decide about a set already.
func (p Ports) And(q Ports) Ports {
	if len(p.named)+len(p.parts())+len(q.named)+len(q.parts()) == 0 {
		return p.Intersect(q)
	}
	var out []part
	for _, t := range p.terms() {
		for _, u := range q.terms() {
			if both := t.intersect(u); len(both.numbers) > 0 {
				out = append(out, both)
			}
		}
	}
	return ofTerms(out)
}

// Minus returns the ports in p and not in q, exactly. Subtract leaves too much if names take from
// numbers, or numbers from names.
func (p Ports) Minus(q Ports) Ports {
	if len(p.named)+len(p.parts())+len(q.named)+len(q.parts()) == 0 {
		return p.Subtract(q)
	}
	left := p.terms()
	for _, u := range q.terms() {
		var next []part
		for _, t := range left {
			next = append(next, t.subtract(u)...)
		}
		left = next
	}
	return ofTerms(left)
}

// has reports whether a port is in the part.
func (t part) has(port Port) bool {
	if port.Protocol != t.of || !t.numbers.has(numberOf(port.Protocol, port.Number)) {
		return false
	}
	named := func(name string) bool { return slices.Contains(port.Names, name) }
	return !slices.ContainsFunc(t.without, named) && !slices.ContainsFunc(t.with, func(name string) bool { return !named(name) })
}

// HasNames reports whether the names of ports decide what is in the set.
func (p Ports) HasNames() bool { return len(p.named)+len(p.parts()) > 0 }

// Names lists the named ports that decide what is in the set.
func (p Ports) Names() []NamedPort {
	out := slices.Clone(p.named)
	for _, t := range p.parts() {
		for _, name := range slices.Concat(t.with, t.without) {
			out = append(out, NamedPort{name, t.of})
		}
	}
	slices.SortFunc(out, NamedPort.compare)
	return slices.Compact(out)
}

// At returns the set at a destination that gives names to just these ports: each name is numbers.
func (p Ports) At(declared []Port) Ports {
	if !p.HasNames() {
		return p
	}
	r := Ports{ranges: p.ranges}
	for _, t := range p.terms() {
		numbers := t.numbers
		for _, name := range t.with {
			numbers = numbers.intersect(numbersOf(declared, t.of, name))
		}
		for _, name := range t.without {
			numbers = numbers.subtract(numbersOf(declared, t.of, name))
		}
		r.ranges = append(slices.Clip(r.ranges), numbers...)
	}
	return UnionPorts(r, Ports{})
}

// numbersOf returns the numbers that a destination gives a name.
func numbersOf(declared []Port, of Protocol, name string) (out intervals[number]) {
	for _, p := range declared {
		if p.Protocol == of && slices.Contains(p.Names, name) {
			out = append(out, interval[number]{numberOf(of, p.Number), numberOf(of, p.Number)})
		}
	}
	return out.merge()
}

// strings lists the part as the language writes ports with a name and a number, and what it leaves out.
func (t part) strings() []string {
	var out []string
	for _, i := range t.numbers {
		s := portRange(i).String()
		if len(t.with) > 0 {
			s = strings.Join(t.with, "=") + "=" + s
		}
		for _, name := range t.without {
			s += " except " + NamedPort{name, t.of}.String()
		}
		out = append(out, s)
	}
	return out
}

func (t part) appendKey(b []byte) []byte {
	b = append(b, byte(t.of))
	b = binary.AppendUvarint(b, uint64(len(t.numbers)))
	for _, i := range t.numbers {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(i.Lo)), uint64(i.Hi))
	}
	for _, names := range [][]string{t.with, t.without} {
		b = binary.AppendUvarint(b, uint64(len(names)))
		for _, name := range names {
			b = appendText(b, name)
		}
	}
	return b
}
