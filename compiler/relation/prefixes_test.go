package relation

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPrefixIndexFindsWhatAScanFinds(t *testing.T) {
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		base := netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.0", "10.0.1.0", "2001:db8::", "::"}).Draw(t, "base"))
		b := base.AsSlice()
		b[len(b)-1] = byte(rapid.IntRange(0, 255).Draw(t, "last"))
		addr, _ := netip.AddrFromSlice(b)
		return netip.PrefixFrom(addr, rapid.IntRange(0, addr.BitLen()).Draw(t, "bits"))
	})
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.SliceOfN(prefix, 0, 12).Draw(t, "blocks")
		p := prefix.Draw(t, "p")
		var want []int
		for i, b := range blocks {
			if b.Overlaps(p) {
				want = append(want, i)
			}
		}
		if got := NewPrefixIndex(blocks).Overlapping(p); !slices.Equal(got, want) {
			t.Errorf("blocks that overlap %s among %v: %v, want %v", p, blocks, got, want)
		}
	})
}
