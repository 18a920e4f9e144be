package scene

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// podNetworks are the networks of pods if the topology does not name any.
var podNetworks = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16"), netip.MustParsePrefix("fd00:10:244::/64")}

// podAddrs returns the addresses of a pod, by its number: one of each family.
func podAddrs(declared []topology.Block, number int) []netip.Addr {
	var out []netip.Addr
	for _, network := range podNetworks {
		if i := slices.IndexFunc(declared, func(d topology.Block) bool { return d.Prefix.Addr().Is6() == network.Addr().Is6() }); i >= 0 {
			network = declared[i].Prefix
		}
		b := network.Masked().Addr().AsSlice()
		b[len(b)-2] += byte(number / 100)
		b[len(b)-1] += byte(10 + number%100)
		a, _ := netip.AddrFromSlice(b)
		out = append(out, a)
	}
	return out
}

// common are addresses for every topology: of the internet and private, in both families.
var common = []netip.Addr{
	netip.MustParseAddr("203.0.113.250"), netip.MustParseAddr("2001:db8:ffff::7"),
	netip.MustParseAddr("192.168.99.9"), netip.MustParseAddr("fd99::9"),
}

// mostAddrs limits the further addresses of each family.
const mostAddrs = 7

// outside adds the common addresses, and some at which the address blocks of edges and denials begin and end:
// first those inside, then those in what the blocks except, then the next ones.
func (s *Scene) outside() {
	var in, excepted, beside []netip.Addr
	var ends []*topology.Endpoint
	for _, e := range s.topology.Edges {
		ends = append(ends, e.From, e.To)
	}
	for _, d := range s.denials {
		for _, to := range d.To {
			ends = append(ends, to.Endpoint)
		}
	}
	for _, end := range ends {
		if end.Name == "internet" { // it has many blocks; some of the common addresses are in it
			continue
		}
		for _, b := range end.Blocks {
			in = append(in, b.Addrs().Sample())
			for _, x := range b.Except {
				excepted = append(excepted, relation.Prefix(x).Sample())
			}
			first := b.Prefix.Masked().Addr()
			beside = append(beside, first.Prev(), first)
		}
	}
	addrs := slices.Clone(common)
	unusable := slices.Concat(reserved, podNetworks)
	for _, b := range s.topology.Network.Pods {
		unusable = append(unusable, b.Prefix)
	}
	count := map[bool]int{}
	for _, a := range slices.Concat(in, excepted, beside) {
		if a.IsValid() && !slices.Contains(addrs, a) && count[a.Is6()] < mostAddrs &&
			!slices.ContainsFunc(unusable, func(p netip.Prefix) bool { return p.Contains(a) }) {
			count[a.Is6()]++
			addrs = append(addrs, a)
		}
	}
	for _, a := range addrs {
		s.Parties = append(s.Parties, &Party{Name: a.String(), Addrs: []netip.Addr{a}})
	}
}

// reserved are the networks of addresses that no host can have, and of the node's own.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("169.254.1.0/24"), netip.MustParsePrefix("fd00:10:244:ffff::/64"),
	netip.MustParsePrefix("::/16"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}
