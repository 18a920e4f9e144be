package relation

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// Patterns whose ends show that no name matches both have none in common.
func TestEndsOfPatterns(t *testing.T) {
	for _, c := range []struct {
		p, q  string
		apart bool
	}{
		{"*.a.com", "*.b.com", true},
		{"*.a.com", "*.com", false},
		{"**.a.com", "x.a.com", false},
		{"a.com", "*.a.com", true}, // shorter than what the other ends in
		{"a.com", "*a.com", false},
		{"com", "*", false},
		{"a.*", "b.*", false}, // not by their ends
	} {
		if got := endApart(c.p, c.q); got != c.apart || endApart(c.q, c.p) != got {
			t.Errorf("%s and %s end apart: %t", c.p, c.q, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPattern(t), drawPattern(t)
		for _, name := range hostNames {
			if endApart(p, q) && meantBy(p).MatchString(name) && meantBy(q).MatchString(name) {
				t.Fatalf("%s and %s both match %s", p, q, name)
			}
		}
	})
}

// Intersecting patterns of different domains is no search for a name: what it takes does not grow with the
// length of the patterns.
func TestHostsOfDifferentDomains(t *testing.T) {
	allocated := func(labels string) float64 {
		a, b := Host("*."+labels+"a.example.com"), Host("*."+labels+"b.example.com")
		return testing.AllocsPerRun(10, func() {
			if a.Overlaps(b) {
				t.Errorf("%s overlaps %s", a, b)
			}
		})
	}
	if short, long := allocated("x."), allocated("x.x.x.x.x.x.x.x.x.x.x.x."); long > short || short > 20 {
		t.Errorf("%v allocations for short patterns, %v for long ones", short, long)
	}
}

// A comparison that searches for a host name is more of the work than one that the ends of the names decide, and so
// is one of long lists of blocks.
func TestWorkOfComparisons(t *testing.T) {
	facts := NewFacts(nil)
	spent := func(asked Peer, peers ...Peer) int {
		var rules []Rule
		for _, p := range peers {
			rules = append(rules, Rule{Peer: p, Ports: Named(NamedPort{Name: "http", Protocol: TCP})})
		}
		var b Budget
		NewRuleSet(facts, rules).Uncovered(Rule{Peer: asked, Ports: EveryPort}, &b, func(Rule) bool { return true })
		return b.spent
	}
	few := spent(HostPeer("*.a.com"), HostPeer("*.b.com"), HostPeer("*.c.com"))
	if many := spent(HostPeer("*.a.com"), HostPeer("*b.a.com"), HostPeer("*c.a.com")); many < 50*max(few, 1) {
		t.Errorf("%d for names that end apart, %d for those that are searched", few, many)
	}
	var blocks []Addrs
	for i := range 256 {
		blocks = append(blocks, Prefix(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 24)))
	}
	few = spent(AddrPeer(EveryAddr), AddrPeer(blocks[0]))
	if many := spent(AddrPeer(EveryAddr), AddrPeer(UnionAddrs(blocks...))); many < 3*few {
		t.Errorf("%d for one block, %d for 256", few, many)
	}
}
