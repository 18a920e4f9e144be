package resolve

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// prefix reads a CIDR in its one canonical spelling: the API server refuses
// the others, since tools read them differently.
func (r *resolver) prefix(w ast.Word) (netip.Prefix, bool) {
	text := w.Text
	p, err := netip.ParsePrefix(text)
	if err != nil {
		d := diag.New(diag.BadCIDR, w.At, "%q is not a valid CIDR", text)
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" && !a.Is4In6() {
			whole := netip.PrefixFrom(a, a.BitLen()).String()
			if a.IsUnspecified() {
				r.report(d.WithHelp("for every address write %s/0, or internet for the public ones", a))
				return p, false
			}
			r.report(d.WithFix(w.At, whole, "for a single address, write %s", whole))
		} else if masked, ok := netmask(text); ok {
			r.report(d.WithFix(w.At, masked, "write %s", masked))
		} else if strings.Contains(text, "$") {
			r.report(d.WithHelp(onlyVariable))
		} else if !strings.ContainsAny(text, ":/") && strings.Trim(text, "-.0123456789") != "" {
			r.report(d.WithHelp("write the addresses, or `host NAME`; a NetworkPolicy cannot match names"))
		} else if between := strings.Replace(text, "..", "-", 1); strings.Contains(between, "-") {
			r.report(d.WithHelp("%s", rangeHelp(between)))
		} else {
			r.report(d.WithHelp("write a CIDR such as 10.1.0.0/16 or 2001:db8::/32, without leading zeros"))
		}
		return p, false
	}
	if p.Addr().Is4In6() {
		r.report(diag.New(diag.BadCIDR, w.At, "%q is an IPv4 CIDR written as IPv6, which matches nothing", text).
			WithFix(w.At, unmapped(p).String(), "write %s", unmapped(p)))
		return p, false
	}
	if p != p.Masked() {
		r.report(diag.New(diag.HostBits, w.At, "%q has host bits set", text).
			WithHelp("write %s for the whole block, or %s for the single address", p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen())).
			WithFix(w.At, p.Masked().String(), "write %s", p.Masked()))
		return p, false
	}
	return p, true
}

// rangeHelp says how to write FIRST-LAST as CIDRs.
func rangeHelp(text string) string {
	const most = 8
	from, to, _ := strings.Cut(text, "-")
	if !strings.ContainsAny(to, ".:") { // the last number alone
		to = from[:strings.LastIndexByte(from, '.')+1] + to
	}
	first, err := netip.ParseAddr(from)
	last, lastErr := netip.ParseAddr(to)
	if err != nil || lastErr != nil || first.BitLen() != last.BitLen() || last.Less(first) {
		return "write the range as CIDRs, separated by commas"
	}
	var list []string
	for next := first; next.IsValid() && !last.Less(next); {
		p := netip.PrefixFrom(next, next.BitLen())
		for p.Bits() > 0 {
			wider := netip.PrefixFrom(next, p.Bits()-1)
			if wider.Masked() != wider || last.Less(relation.Last(wider)) {
				break
			}
			p = wider
		}
		list = append(list, p.String())
		next = relation.Last(p).Next()
	}
	if len(list) > most {
		return fmt.Sprintf("the range takes %d CIDRs, of which %s is the first; or write a wider one", len(list), list[0])
	}
	return "write " + strings.Join(list, ", ")
}

// netmask returns the CIDR of a block that is written with a mask, as in 10.0.0.0/255.0.0.0.
func netmask(text string) (string, bool) {
	block, mask, _ := strings.Cut(text, "/")
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() {
		return "", false
	}
	four := m.As4()
	ones := bits.LeadingZeros32(^binary.BigEndian.Uint32(four[:]))
	return fmt.Sprintf("%s/%d", block, ones), true
}

// unmapped returns the IPv4 block of an IPv4-mapped one.
func unmapped(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(p.Addr().Unmap(), max(0, p.Bits()-96)).Masked()
}

// block resolves an address block.
func (r *resolver) block(a ast.Address) (topology.Block, bool) {
	p, ok := r.prefix(*a.CIDR)
	b := topology.Block{Prefix: p, Span: a.At}
	for _, w := range a.Except {
		x, exceptOK := r.prefix(w)
		inside := false
		switch {
		case !exceptOK || !ok: // reported
		case x.Addr().BitLen() != p.Addr().BitLen():
			r.report(diag.New(diag.MixedFamilies, w.At, "%s and %s are of different address families", x, p).
				WithHelp("write a block of the same family, or remove the except"))
		case x == p:
			r.report(diag.New(diag.ExceptOutside, w.At, "except %s removes the whole block", x).
				WithHelp("write a smaller block inside it, or remove the except"))
		case !p.Contains(x.Addr()) || x.Bits() <= p.Bits():
			r.report(diag.New(diag.ExceptOutside, w.At, "%s is not inside %s", x, p).
				WithHelp("write a smaller block inside it, or remove the except"))
		default:
			inside = true
			b.Except = append(b.Except, x)
		}
		ok = ok && inside
	}
	b.Except = outermost(b.Except)
	return b, ok
}

// outermost sorts blocks and drops those that lie in another.
func outermost(blocks []netip.Prefix) []netip.Prefix {
	slices.SortFunc(blocks, compareBlocks)
	var out []netip.Prefix
	for _, b := range blocks {
		if n := len(out); n > 0 && out[n-1].Overlaps(b) {
			continue // sorted, so the wider one came first
		}
		out = append(out, b)
	}
	return out
}

// compareBlocks orders blocks by family, address and then from wide to narrow.
func compareBlocks(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// checkHost reports what cannot be a DNS name.
func (r *resolver) checkHost(w ast.Word) bool {
	rule := func(name string) []string { return validation.IsDNS1123Subdomain(strings.TrimPrefix(name, "*.")) }
	return r.valid(rule, diag.BadHost, w, w.Text, "DNS name",
		"write a lower case name, such as api.example.com or *.example.com")
}

// afterExcept warns of a block in a list that is a part of an earlier one with except: its author may
// have meant to exclude it too. It takes the last block with except so far, if any, and returns the
// one for the next block.
func (r *resolver) afterExcept(wider *topology.Block, b topology.Block, at source.Span) *topology.Block {
	inHole := func(x netip.Prefix) bool { return x.Overlaps(b.Prefix) }
	switch {
	case len(b.Except) > 0:
		return &b
	case wider == nil || wider.Prefix.Bits() >= b.Prefix.Bits() || !wider.Prefix.Contains(b.Prefix.Addr()) || slices.ContainsFunc(wider.Except, inHole):
		return wider
	}
	excluded := ""
	for _, x := range wider.Except[:min(2, len(wider.Except))] {
		excluded += x.String() + ", "
	}
	if len(wider.Except) > 2 {
		excluded += "..., "
	}
	r.report(diag.New(diag.ExceptCancelled, at, "%s is part of %s and is not excluded from it", b.Prefix, wider.Prefix).
		WithHelp("to exclude it, write `except (%s%s)`; else remove it", excluded, b.Prefix))
	return nil // the blocks after this one are the same mistake
}
