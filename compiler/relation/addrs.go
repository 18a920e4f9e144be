package relation

import (
	"encoding/binary"
	"net/netip"
)

type address netip.Addr

func (a address) Compare(b address) int { return netip.Addr(a).Compare(netip.Addr(b)) }
func (a address) Next() address         { return address(netip.Addr(a).Next()) }
func (a address) Prev() address         { return address(netip.Addr(a).Prev()) }

// Addrs is a set of IP addresses of both families. The zero Addrs is empty.
// netip orders IPv4 before IPv6, and no interval reaches from one into the other.
type Addrs struct{ set intervals[address] }

// EveryAddr is every address of both families.
var EveryAddr = Prefix(netip.MustParsePrefix("0.0.0.0/0")).Union(Prefix(netip.MustParsePrefix("::/0")))

// Prefix returns the addresses of a block.
func Prefix(p netip.Prefix) Addrs {
	p = p.Masked()
	return Addrs{intervals[address]{{address(p.Addr()), address(Last(p))}}}
}

// PrefixesAddrs returns the addresses of several blocks.
func PrefixesAddrs(blocks []netip.Prefix) Addrs {
	all := make([]Addrs, len(blocks))
	for i, p := range blocks {
		all[i] = Prefix(p)
	}
	return UnionAddrs(all...)
}

// Last returns the greatest address of a masked block.
func Last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// Private is the ranges from which clusters give pods their addresses.
var Private = PrefixesAddrs([]netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"),
})

// Union returns the addresses in either.
func (a Addrs) Union(b Addrs) Addrs { return UnionAddrs(a, b) }

// UnionAddrs returns the addresses in any of the sets.
func UnionAddrs(sets ...Addrs) Addrs {
	all := make([]intervals[address], len(sets))
	for i, a := range sets {
		all[i] = a.set
	}
	return Addrs{union(all...)}
}

// Intersect returns the addresses in both.
func (a Addrs) Intersect(b Addrs) Addrs { return Addrs{a.set.intersect(b.set)} }

// Subtract returns the addresses in a and not in b.
func (a Addrs) Subtract(b Addrs) Addrs { return Addrs{a.set.subtract(b.set)} }

// Overlaps reports whether some address is in both.
func (a Addrs) Overlaps(b Addrs) bool { return a.set.overlaps(b.set) }

// Subset reports whether every address in a is in b.
func (a Addrs) Subset(b Addrs) bool { return a.set.subset(b.set) }

// IsEmpty reports whether the set has no address.
func (a Addrs) IsEmpty() bool { return len(a.set) == 0 }

// Has reports whether an address is in the set.
func (a Addrs) Has(ip netip.Addr) bool { return a.set.has(address(ip)) }

// Prefixes returns the largest blocks that are in the set. Together they are the set.
func (a Addrs) Prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, i := range a.set {
		for from, to := netip.Addr(i.Lo), netip.Addr(i.Hi); ; {
			p := netip.PrefixFrom(from, from.BitLen())
			for p.Bits() > 0 {
				wider := netip.PrefixFrom(from, p.Bits()-1)
				if wider.Masked() != wider || Last(wider).Compare(to) > 0 {
					break
				}
				p = wider
			}
			out = append(out, p)
			if Last(p) == to {
				break
			}
			from = Last(p).Next()
		}
	}
	return out
}

// appendKey appends bytes that only equal sets share. They show where they end.
func (a Addrs) appendKey(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(a.set)))
	for _, i := range a.set {
		for _, end := range []netip.Addr{netip.Addr(i.Lo), netip.Addr(i.Hi)} {
			b = append(b, byte(end.BitLen()))
			b, _ = end.AppendBinary(b) // which never fails
		}
	}
	return b
}

// First returns the first address of a set that is not empty.
func (a Addrs) First() netip.Addr { return netip.Addr(a.set[0].Lo) }

// examples are addresses for documentation (RFC 5737, RFC 3849).
var examples = []netip.Addr{netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("2001:db8::1")}

// Sample returns an address of a set that is not empty: an address for documentation if the set has
// one, else the second one, which people use rather than the first.
func (a Addrs) Sample() netip.Addr {
	for _, e := range examples {
		if a.Has(e) {
			return e
		}
	}
	i := a.set[0]
	if i.Lo.Compare(i.Hi) < 0 {
		return netip.Addr(i.Lo.Next())
	}
	return netip.Addr(i.Lo)
}
