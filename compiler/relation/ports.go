package relation

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// Protocol is a transport protocol that a NetworkPolicy can name.
type Protocol int

// The protocols of the Kubernetes API, in the order in which zt shows them.
const (
	TCP Protocol = iota
	UDP
	SCTP
	protocols = iota
)

var protocolNames = [protocols]string{"tcp", "udp", "sctp"}

func (p Protocol) String() string { return protocolNames[p] }

// ParseProtocol reads a protocol's name in any case.
func ParseProtocol(s string) (Protocol, bool) {
	i := slices.Index(protocolNames[:], strings.ToLower(s))
	return Protocol(max(i, 0)), i >= 0
}

// The least and the greatest port number.
const (
	MinPort = 1
	MaxPort = 65535
)

// number is a port's number after its protocol's. Ports of two protocols are never neighbours, since
// no port is 0.
type number int32

func numberOf(p Protocol, n int) number { return number(int(p)<<16 | n) }

func (n number) protocol() Protocol { return Protocol(n >> 16) }
func (n number) port() int          { return int(n & 0xffff) }

func (n number) Compare(m number) int { return cmp.Compare(n, m) }
func (n number) Next() number         { return n + 1 }
func (n number) Prev() number         { return n - 1 }

// PortRange is the ports from Low to High, both included, of a protocol.
type PortRange struct {
	Protocol  Protocol
	Low, High int
}

// NamedPort is a container's port by its name. Which number that is differs
// from pod to pod, so it is an element of its own: in every set that has all ports
// of its protocol, and in no other but those that name it.
type NamedPort struct {
	Name     string
	Protocol Protocol
}

// Ports is a set of ports. The zero Ports is empty.
type Ports struct {
	ranges intervals[number]
	named  []NamedPort // sorted; none of a protocol whose every port is in ranges
	more   *[]part     // what numbers and names decide together; few sets have any
}

// EveryPort is every port of every protocol.
var EveryPort = Ports{ranges: everyNumber}

var everyNumber = func() intervals[number] {
	var all intervals[number]
	for p := range Protocol(protocols) {
		all = append(all, interval[number]{numberOf(p, MinPort), numberOf(p, MaxPort)})
	}
	return all
}()

// RangeOf returns the set of one range's ports.
func RangeOf(r PortRange) Ports {
	return Ports{ranges: intervals[number]{{numberOf(r.Protocol, r.Low), numberOf(r.Protocol, r.High)}}}
}

// Named returns the set of one named port.
func Named(n NamedPort) Ports { return Ports{named: []NamedPort{n}} }

// every reports whether the set has every port of a protocol.
func (p Ports) every(of Protocol) bool { return everyNumber[of : of+1].subset(p.ranges) }

// IsEvery reports whether the set has every port of every protocol.
func (p Ports) IsEvery() bool { return everyNumber.subset(p.ranges) }

// IsEmpty reports whether the set has no port.
func (p Ports) IsEmpty() bool { return len(p.ranges)+len(p.named)+len(p.parts()) == 0 }

// Mixed returns the ports that numbers and names decide together, such as the port named http except 80. No list of
// numbers and names has them.
func (p Ports) Mixed() Ports { return Ports{more: p.more} }

// Union returns the ports in either.
func (p Ports) Union(q Ports) Ports { return UnionPorts(p, q) }

// UnionPorts returns the ports in any of the sets.
func UnionPorts(sets ...Ports) Ports {
	if len(sets) == 1 {
		return sets[0]
	}
	var r Ports
	var parts []part
	for _, p := range sets {
		r.ranges = append(r.ranges, p.ranges...)
		r.named = append(r.named, p.named...)
		parts = append(parts, p.parts()...)
	}
	r.ranges = r.ranges.merge()
	slices.SortFunc(r.named, NamedPort.compare)
	r.named = slices.Compact(r.named)
	r.named = slices.DeleteFunc(r.named, func(n NamedPort) bool { return r.every(n.Protocol) })
	r.more = withParts(slices.DeleteFunc(parts, func(t part) bool { return r.every(t.of) })).more
	return r
}

func (n NamedPort) compare(m NamedPort) int {
	return cmp.Or(cmp.Compare(n.Protocol, m.Protocol), cmp.Compare(n.Name, m.Name))
}

// Joined returns the same ports with neighbours as one range.
func (p Ports) Joined() Ports {
	var out intervals[number]
	for _, r := range p.ranges {
		if n := len(out); n > 0 && out[n-1].Hi.Next() == r.Lo {
			out[n-1].Hi = r.Hi
		} else {
			out = append(out, r)
		}
	}
	p.ranges = out
	return p
}

// Intersect returns the ports in both.
func (p Ports) Intersect(q Ports) Ports {
	if len(p.parts())+len(q.parts()) > 0 {
		return p.And(q)
	}
	r := Ports{ranges: p.ranges.intersect(q.ranges)}
	for _, n := range p.named {
		if q.HasNamed(n) {
			r.named = append(r.named, n)
		}
	}
	for _, n := range q.named {
		if p.every(n.Protocol) {
			r.named = append(r.named, n)
		}
	}
	slices.SortFunc(r.named, NamedPort.compare)
	return r
}

// Subtract returns the ports in p and not in q. What is left of every port of
// a protocol once a named port is taken away cannot be written as a set, so
// the range stays whole: the result is never too small.
func (p Ports) Subtract(q Ports) Ports {
	if len(p.parts())+len(q.parts()) > 0 {
		return p.Minus(q)
	}
	r := Ports{ranges: p.ranges.subtract(q.ranges)}
	for _, n := range p.named {
		if !q.HasNamed(n) {
			r.named = append(r.named, n)
		}
	}
	return r
}

// Subset reports whether every port in p is in q.
func (p Ports) Subset(q Ports) bool {
	if len(p.parts())+len(q.parts()) > 0 {
		return p.Minus(q).IsEmpty()
	}
	if !p.ranges.subset(q.ranges) {
		return false
	}
	for _, n := range p.named {
		if !q.HasNamed(n) {
			return false
		}
	}
	return true
}

// Overlaps reports whether some port is in both.
func (p Ports) Overlaps(q Ports) bool { return !p.Intersect(q).IsEmpty() }

// MayOverlap reports whether some port could be in both, were a named port of
// one the right number of its protocol.
func (p Ports) MayOverlap(q Ports) bool {
	_, ok := PossiblyCommon(p, q)
	return ok
}

// PossiblyCommon returns a port that all sets could have, if named ports were the right numbers of
// their protocol.
func PossiblyCommon(sets ...Ports) (Port, bool) {
	if slices.ContainsFunc(sets, func(s Ports) bool { return len(s.parts()) > 0 }) {
		all := EveryPort
		for _, s := range sets {
			all = all.And(s)
		}
		for _, t := range all.terms() {
			return Port{t.of, t.numbers[0].Lo.port(), t.with}, true
		}
		return Port{}, false
	}
	for of := range Protocol(protocols) {
		// A named port can be any number, so a set that has one leaves the number to the others.
		numbers, last := everyNumber[of:of+1], intervals[number](nil)
		possible := true
		for _, s := range sets {
			own := s.ranges.intersect(everyNumber[of : of+1])
			switch named := s.namedOf(of); {
			case named == "" && len(own) == 0:
				possible = false
			case named == "":
				numbers = numbers.intersect(own)
			case len(own) > 0:
				last = own
			}
		}
		if !possible || len(numbers) == 0 {
			continue
		}
		if common := numbers.intersect(last); len(common) > 0 {
			numbers = common
		}
		port := Port{Protocol: of, Number: numbers[0].Lo.port()}
		for _, s := range sets {
			if !port.in(s) {
				port.Names = append(port.Names, s.namedOf(of))
			}
		}
		return port, true
	}
	return Port{}, false
}

// namedOf returns a named port of a protocol, or "".
func (p Ports) namedOf(of Protocol) string {
	for _, n := range p.named {
		if n.Protocol == of {
			return n.Name
		}
	}
	return ""
}

// Has reports whether some port is of a protocol.
func (p Ports) Has(of Protocol) bool {
	return everyNumber[of:of+1].overlaps(p.ranges) || p.namedOf(of) != "" || slices.ContainsFunc(p.parts(), func(t part) bool { return t.of == of })
}

// HasNamed reports whether the set has a named port: by its name, or because
// it has every port of its protocol.
func (p Ports) HasNamed(n NamedPort) bool {
	_, named := slices.BinarySearchFunc(p.named, n, NamedPort.compare)
	return named || p.every(n.Protocol)
}

// Ranges lists the ranges by protocol and number; neighbouring ranges stay apart.
func (p Ports) Ranges() []PortRange {
	if len(p.ranges) == 0 {
		return nil
	}
	out := make([]PortRange, len(p.ranges))
	for i, r := range p.ranges {
		out[i] = portRange(r)
	}
	return out
}

func portRange(r interval[number]) PortRange {
	return PortRange{r.Lo.protocol(), r.Lo.port(), r.Hi.port()}
}

// Numbers returns the ports without those that containers name.
func (p Ports) Numbers() Ports { return Ports{ranges: p.ranges} }

// NamedPorts lists the named ports by protocol and name. The list must not be changed.
func (p Ports) NamedPorts() []NamedPort { return p.named }

// Strings lists the ports in the language's own form: 80/tcp, 8000-8999/udp,
// http/tcp, or any.
func (p Ports) Strings() []string {
	if p.IsEvery() {
		return []string{"any"}
	}
	var out []string
	for _, r := range p.Ranges() {
		out = append(out, r.String())
	}
	for _, n := range p.named {
		out = append(out, n.String())
	}
	for _, t := range p.parts() {
		out = append(out, t.strings()...)
	}
	return out
}

func (p Ports) String() string { return strings.Join(p.Strings(), ", ") }

// appendKey appends bytes that only equal sets share.
func (p Ports) appendKey(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.ranges)))
	for _, r := range p.ranges {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.Lo)), uint64(r.Hi))
	}
	for _, n := range p.named {
		b = appendText(append(b, byte(n.Protocol)), n.Name)
	}
	for _, t := range p.parts() {
		b = t.appendKey(append(b, 0xff)) // no protocol
	}
	return b
}

func (r PortRange) String() string {
	s := strconv.Itoa(r.Low)
	if r.High != r.Low {
		s += "-" + strconv.Itoa(r.High)
	}
	return s + "/" + r.Protocol.String()
}

func (n NamedPort) String() string { return n.Name + "/" + n.Protocol.String() }

// Sample returns one port of a set that is not empty, in the language's form.
func (p Ports) Sample() string {
	if len(p.ranges) > 0 {
		first := portRange(p.ranges[0])
		first.High = first.Low
		return first.String()
	}
	if len(p.named) > 0 {
		return p.named[0].String()
	}
	t := p.parts()[0]
	t.numbers = intervals[number]{{t.numbers[0].Lo, t.numbers[0].Lo}}
	return t.strings()[0]
}
