package resolve

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// prefix reads a CIDR in its one canonical spelling: the API server refuses
// the others, since tools read them differently.
func (r *resolver) prefix(w ast.Word) (netip.Prefix, bool) {
	text := w.Text
	p, err := netip.ParsePrefix(text)
	if err != nil {
		d := diag.New(diag.BadCIDR, w.At, "%q is not an address block", text)
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" && !a.Is4In6() {
			r.report(d.WithHelp("for this one address write %s", netip.PrefixFrom(a, a.BitLen())))
		} else {
			r.report(d.WithHelp("write an address and a prefix length, such as 10.1.0.0/16 or 2001:db8::/32, without leading zeros"))
		}
		return p, false
	}
	if p.Addr().Is4In6() {
		r.report(diag.New(diag.BadCIDR, w.At, "%q is an IPv4 block written as IPv6", text).
			WithHelp("policies don't match it; write the IPv4 block, %s", unmapped(p)))
		return p, false
	}
	if p != p.Masked() {
		r.report(diag.New(diag.HostBits, w.At, "%q has bits set beyond its prefix length", text).
			WithHelp("write %s for the block, or %s for the one address", p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen())))
		return p, false
	}
	return p, true
}

// unmapped returns the IPv4 block that an IPv4-mapped one stands for.
func unmapped(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(p.Addr().Unmap(), max(0, p.Bits()-96)).Masked()
}

// block resolves an address of an external.
func (r *resolver) block(a ast.Address) (topology.Block, bool) {
	p, ok := r.prefix(*a.CIDR)
	b := topology.Block{Prefix: p, Span: a.At}
	for _, w := range a.Except {
		x, exceptOK := r.prefix(w)
		switch {
		case !exceptOK || !ok:
			ok = false
		case x.Addr().BitLen() != p.Addr().BitLen():
			r.report(diag.New(diag.MixedFamilies, w.At, "%s and %s are of two address families", x, p).
				WithHelp("except leaves out a part of its own block"))
			ok = false
		case x == p:
			r.report(diag.New(diag.ExceptOutside, w.At, "except %s leaves nothing of its block", x).
				WithHelp("except leaves out a smaller block inside its own"))
			ok = false
		case !p.Contains(x.Addr()) || x.Bits() <= p.Bits():
			r.report(diag.New(diag.ExceptOutside, w.At, "%s is not a part of %s", x, p).
				WithHelp("except leaves out a smaller block inside its own"))
			ok = false
		default:
			b.Except = append(b.Except, x)
		}
	}
	b.Except = outermost(b.Except)
	return b, ok
}

// outermost sorts blocks and drops those that lie in another.
func outermost(blocks []netip.Prefix) []netip.Prefix {
	slices.SortFunc(blocks, comparePrefix)
	var out []netip.Prefix
	for _, b := range blocks {
		if n := len(out); n > 0 && out[n-1].Overlaps(b) {
			continue // sorted, so the wider one came first
		}
		out = append(out, b)
	}
	return out
}

// comparePrefix orders by family, address and then from wide to narrow.
func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// checkHost reports what cannot be a DNS name.
func (r *resolver) checkHost(w ast.Word) bool {
	name := strings.TrimPrefix(w.Text, "*.")
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		r.report(diag.New(diag.BadHost, w.At, "%q is not a DNS name", w.Text).
			WithHelp("write a lower case name such as api.example.com, or *.example.com for the names below it"))
		return false
	}
	return true
}
