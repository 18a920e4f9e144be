package query

import (
	"net/netip"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
)

// Addresses are written as blocks, or as one with exceptions if that is shorter. Both are the same addresses.
func TestBlocksText(t *testing.T) {
	set := func(blocks ...string) relation.Addrs {
		var all []netip.Prefix
		for _, b := range blocks {
			all = append(all, netip.MustParsePrefix(b))
		}
		return relation.PrefixesAddrs(all)
	}
	v4, all := set("0.0.0.0/0"), set("0.0.0.0/0", "::/0")
	for want, a := range map[string]relation.Addrs{
		"10.0.0.0/8":                      set("10.0.0.0/8"),
		"10.0.0.0/9":                      set("10.0.0.0/8").Subtract(set("10.128.0.0/9")),
		"10.0.0.0/10, 10.128.0.0/9":       set("10.0.0.0/8").Subtract(set("10.64.0.0/10")),
		"10.0.0.0/8 except 10.1.2.0/24":   set("10.0.0.0/8").Subtract(set("10.1.2.0/24")),
		"0.0.0.0/0 except 169.254.0.0/16": v4.Subtract(set("169.254.0.0/16")),
		"0.0.0.0/0 except (10.0.0.0/8, 169.254.0.0/16), ::/0":             all.Subtract(set("10.0.0.0/8", "169.254.0.0/16")),
		"0.0.0.0/0, ::/0 except fc00::/7":                                 all.Subtract(set("fc00::/7")),
		"0.0.0.0/0, ::/0":                                                 all,
		"10.0.0.0/8, 192.168.0.0/16, 2001:db8::/32":                       set("10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"),
		"255.255.255.255/32, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128": set("255.255.255.255/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"),
	} {
		if got := blocksText(a); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
