package inventory

import (
	"fmt"
	"strings"
	"testing"
)

// blocksOf writes the blocks of a policy's only rule.
func blocksOf(p Policy) (least, most string) {
	var out []string
	for _, x := range p.Spec.Ingress[0].From {
		out = append(out, fmt.Sprint(x.IPBlock.CIDR, x.IPBlock.Except))
	}
	least, out = strings.Join(out, " "), nil
	if p.Most != nil {
		for _, x := range p.Most.Spec.Ingress[0].From {
			out = append(out, fmt.Sprint(x.IPBlock.CIDR, x.IPBlock.Except))
		}
	}
	return least, strings.Join(out, " ")
}

// A block that only old API servers accept has two readings if it comes from one, and is refused otherwise.
func TestOldBlocks(t *testing.T) {
	for _, test := range []struct{ block, least, most string }{
		{"{cidr: 192.168.1.1/24}", "192.168.1.1/32[]", "192.168.1.0/24[] 192.168.1.1/32[]"},
		{"{cidr: 010.0.0.0/8}", "10.0.0.0/8[10.0.0.0/8]", "10.0.0.0/8[] 8.0.0.0/8[]"},
		{"{cidr: 10.0.0.0/8, except: [10.1.2.3/16]}", "10.0.0.0/8[10.1.0.0/16 10.1.2.3/32]", "10.0.0.0/8[10.1.2.3/32]"},
		{"{cidr: '2001:db8::1/64'}", "2001:db8::1/128[]", "2001:db8::/64[] 2001:db8::1/128[]"},
		{"{cidr: '::10.0.0.0/104', except: ['::10.1.2.3/112']}", "::a00:0/104[::a01:0/112 ::a01:203/128]", "::a00:0/104[::a01:203/128]"},
		{"{cidr: '0:0:0:0:0:ffff:10.0.0.0/104'}", "10.0.0.0/8[10.0.0.0/8]", "10.0.0.0/8[]"},
		{"{cidr: '::ffff:10.0.0.0/104'}", "10.0.0.0/8[10.0.0.0/8]", "10.0.0.0/8[]"},
	} {
		text := policyOf("podSelector: {}\ningress: [{from: [{ipBlock: " + test.block + "}]}]")
		if _, diags := read(text); len(diags) == 0 {
			t.Errorf("%s is accepted in a file", test.block)
		}
		for _, stored := range []string{"uid: x", "resourceVersion: '1'"} {
			inv, problems := read(strings.Replace(text, "name: a", "name: a, "+stored, 1))
			if len(problems) > 0 || len(inv.Policies) != 1 {
				t.Errorf("%s: %v", test.block, problems)
				continue
			}
			least, most := blocksOf(inv.Policies[0])
			if least != test.least || most != test.most || len(inv.Policies[0].OldBlocks) != 1 || inv.Policies[0].OldBlocks[0].Span.Begin().Line != 6 {
				t.Errorf("%s: %s and %s, %v", test.block, least, most, inv.Policies[0].OldBlocks)
			}
		}
	}
	if _, problems := read(strings.Replace(policyOf("podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/40}}]}]"), "name: a", "name: a, uid: x", 1)); len(problems) == 0 {
		t.Error("what no API server accepts is accepted")
	}
}
