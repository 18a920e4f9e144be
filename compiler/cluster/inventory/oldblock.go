package inventory

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	valid "k8s.io/apimachinery/pkg/util/validation"
)

// API servers before 1.34 stored blocks of addresses that programs read in different ways, such as
// 192.168.1.1/24 and 010.0.0.0/8. An object that comes from a server is read in the two ways that
// bound all others: NetworkPolicy is what every program reads, Most is what some program reads.

// isOld reports whether only old API servers accept a CIDR.
func isOld(cidr string) bool {
	refused := func(strict bool) bool { return len(valid.IsValidCIDRForLegacyField(nil, cidr, strict, nil)) > 0 }
	return refused(true) && !refused(false) && len(readings(cidr)) > 0
}

// readings returns the blocks that programs read a CIDR as. Other blocks are in none of them.
func readings(cidr string) []netip.Prefix {
	address, length, _ := strings.Cut(cidr, "/")
	bits, err := strconv.Atoi(length)
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	if addr, err := netip.ParseAddr(address); err == nil {
		if addr.Is4In6() {
			bits -= 96
		}
		addrs = append(addrs, addr.Unmap())
	} else {
		for _, base := range []int{10, 8} {
			if addr, ok := withZeros(address, base); ok {
				addrs = append(addrs, addr)
			}
		}
	}
	var out []netip.Prefix
	for _, addr := range addrs {
		if block, err := addr.Prefix(bits); err == nil {
			out = append(out, block)
			if block.Addr() != addr {
				out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			}
		}
	}
	return out
}

// withZeros reads an IPv4 address in which numbers that begin with zeros are in a base.
func withZeros(address string, base int) (netip.Addr, bool) {
	var bytes [4]byte
	parts := strings.Split(address, ".")
	if len(parts) != len(bytes) {
		return netip.Addr{}, false
	}
	for i, part := range parts {
		in := 10
		if len(part) > 1 && part[0] == '0' {
			in = base
		}
		n, err := strconv.ParseUint(part, in, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		bytes[i] = byte(n)
	}
	return netip.AddrFrom4(bytes), true
}

// least returns the block that is in every reading of a CIDR, if there is one.
func least(cidr string) (netip.Prefix, bool) {
	if address, _, _ := strings.Cut(cidr, "/"); isMapped(address) {
		return netip.Prefix{}, false // programs may also read it as IPv6
	}
	all := readings(cidr)
	i := slices.IndexFunc(all, func(p netip.Prefix) bool {
		return !slices.ContainsFunc(all, func(q netip.Prefix) bool { return q.Bits() > p.Bits() || !q.Contains(p.Addr()) })
	})
	if i < 0 {
		return netip.Prefix{}, false
	}
	return all[i], true
}

func isMapped(address string) bool {
	addr, err := netip.ParseAddr(address)
	return err == nil && addr.Is4In6()
}

// readOld changes a policy with old blocks to the reading that permits least, and returns the one that
// permits most.
func (r *reader) readOld(n *node, p *networkingv1.NetworkPolicy) (most *networkingv1.NetworkPolicy, blocks []OldBlock) {
	most = p.DeepCopy()
	wide := rules(most)
	for i, rule := range rules(p) {
		*wide[i].peers = nil
		for j := range *rule.peers {
			peer := &(*rule.peers)[j]
			if peer.IPBlock == nil {
				*wide[i].peers = append(*wide[i].peers, *peer)
				continue
			}
			for _, cidr := range append([]string{peer.IPBlock.CIDR}, peer.IPBlock.Except...) {
				if isOld(cidr) {
					at := n.find(func(m *node) bool { return m.kind == text && m.text == cidr })
					blocks = append(blocks, OldBlock{cidr, r.span(at.offset)})
				}
			}
			narrow, all := splitBlock(peer.IPBlock)
			peer.IPBlock = &narrow
			for _, b := range all {
				*wide[i].peers = append(*wide[i].peers, networkingv1.NetworkPolicyPeer{IPBlock: &b})
			}
		}
	}
	return most, blocks
}

// splitBlock returns the addresses that are in every reading of a block, and those of each reading.
func splitBlock(b *networkingv1.IPBlock) (narrow networkingv1.IPBlock, wide []networkingv1.IPBlock) {
	var mostExcept, leastExcept []string
	for _, e := range b.Except {
		for _, p := range readings(e) {
			mostExcept = append(mostExcept, p.String())
		}
		if p, ok := least(e); ok {
			leastExcept = append(leastExcept, p.String())
		}
	}
	for _, p := range readings(b.CIDR) {
		wide = append(wide, networkingv1.IPBlock{CIDR: p.String(), Except: leastExcept})
	}
	if p, ok := least(b.CIDR); ok {
		return networkingv1.IPBlock{CIDR: p.String(), Except: mostExcept}, wide
	}
	first := wide[0].CIDR
	return networkingv1.IPBlock{CIDR: first, Except: []string{first}}, wide // no address at all
}
