package relation

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// PrefixIndex finds, among many address blocks, those that share an address with a
// given one without looking at all of them: blocks either nest or have nothing in common,
// so they are the ones around it, of which there is one a length, and the ones inside it, which stand together in order.
type PrefixIndex struct {
	blocks  []netip.Prefix // as given, masked
	sorted  []int          // positions, by first address
	around  map[netip.Prefix][]int
	lengths []int // the prefix lengths that occur
}

// NewPrefixIndex returns an index of blocks.
func NewPrefixIndex(blocks []netip.Prefix) *PrefixIndex {
	x := &PrefixIndex{around: map[netip.Prefix][]int{}}
	for i, b := range blocks {
		b = b.Masked()
		x.blocks = append(x.blocks, b)
		x.sorted = append(x.sorted, i)
		x.around[b] = append(x.around[b], i)
		x.lengths = append(x.lengths, b.Bits())
	}
	slices.SortStableFunc(x.sorted, func(i, j int) int {
		a, b := x.blocks[i], x.blocks[j]
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	slices.Sort(x.lengths)
	x.lengths = slices.Compact(x.lengths)
	return x
}

// Overlapping returns, in order, the positions of the blocks that share an
// address with p.
func (x *PrefixIndex) Overlapping(p netip.Prefix) []int {
	p = p.Masked()
	var out []int
	for _, bits := range x.lengths {
		if bits >= p.Bits() {
			break
		}
		if wider, err := p.Addr().Prefix(bits); err == nil {
			out = append(out, x.around[wider]...)
		}
	}
	first := sort.Search(len(x.sorted), func(i int) bool { return x.blocks[x.sorted[i]].Addr().Compare(p.Addr()) >= 0 })
	for _, i := range x.sorted[first:] {
		if !p.Contains(x.blocks[i].Addr()) {
			break
		}
		if x.blocks[i].Bits() >= p.Bits() {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}
