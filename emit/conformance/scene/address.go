package scene

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// podNetworks are where pods are if the topology does not say.
var podNetworks = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16"), netip.MustParsePrefix("fd00:10:244::/64")}

// podAddrs returns the addresses of a pod, by its number: one of each family.
func podAddrs(declared []netip.Prefix, number int) []netip.Addr {
	var out []netip.Addr
	for _, network := range podNetworks {
		for _, d := range declared {
			if d.Addr().Is6() == network.Addr().Is6() {
				network = d
				break
			}
		}
		b := network.Masked().Addr().AsSlice()
		b[len(b)-2] += byte(number / 100)
		b[len(b)-1] += byte(10 + number%100)
		a, _ := netip.AddrFromSlice(b)
		out = append(out, a)
	}
	return out
}

// common are addresses that any topology is tried with: of what counts as the
// internet and of what is private, in both families.
var common = []string{"203.0.113.250", "2001:db8:ffff::7", "192.168.99.9", "fd99::9"}

// mostAddrs is how many further addresses there are at most of each family.
const mostAddrs = 7

// outside adds addresses in the blocks that the topology speaks of, in what they
// leave out, and right beside them.
func (s *Scene) outside() {
	var addrs []netip.Addr
	for _, a := range common {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	count := map[bool]int{}
	for _, a := range s.edgesOfBlocks() {
		if usable(a) && !slices.Contains(addrs, a) && !slices.ContainsFunc(podNetworks, func(p netip.Prefix) bool { return p.Contains(a) }) &&
			!slices.ContainsFunc(s.topology.Network.Pods, func(p netip.Prefix) bool { return p.Contains(a) }) && count[a.Is6()] < mostAddrs {
			count[a.Is6()]++
			addrs = append(addrs, a)
		}
	}
	for _, a := range addrs {
		s.Parties = append(s.Parties, &Party{Name: a.String(), Addrs: []netip.Addr{a}})
	}
}

// edgesOfBlocks lists the addresses at which address blocks begin and end,
// those that matter most first.
func (s *Scene) edgesOfBlocks() []netip.Addr {
	var in, out, beside []netip.Addr
	for _, e := range s.topology.Edges {
		for _, end := range []*topology.Endpoint{e.From, e.To} {
			if end.Name == "internet" { // made of many blocks; some of the common addresses are in it
				continue
			}
			for _, b := range end.Blocks {
				in = append(in, b.Addrs().Sample())
				for _, x := range b.Except {
					out = append(out, relation.Prefix(x).Sample())
				}
				first := b.Prefix.Masked().Addr()
				beside = append(beside, first.Prev(), first)
			}
		}
	}
	return slices.Concat(in, out, beside)
}

// reserved is what no host can have, or what this cluster's node has.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("169.254.1.0/24"), netip.MustParsePrefix("fd00:10:244:ffff::/64"),
	netip.MustParsePrefix("::/16"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

func usable(a netip.Addr) bool {
	return a.IsValid() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}
