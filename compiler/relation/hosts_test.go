package relation

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// meantBy is a pattern of host names as a regular expression, of names that have no empty label.
func meantBy(pattern string) *regexp.Regexp {
	const char = "[-a-z0-9_]"
	text := regexp.QuoteMeta(pattern)
	if rest, ok := strings.CutPrefix(text, `\*\*`); ok && (rest == "" || strings.HasPrefix(rest, `\.`)) {
		text = char + `+(\.` + char + `+)*` + rest
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(text, `\*`, char+"*") + "$")
}

// hostNames are the names that the tests ask about: all that a few labels make, up to three.
var hostNames = func() []string {
	labels := []string{"a", "b", "ab", "ba", "aa", "c", "abc"}
	names := slices.Clone(labels)
	last := names
	for range 2 {
		var next []string
		for _, name := range last {
			for _, l := range labels {
				next = append(next, l+"."+name)
			}
		}
		names, last = append(names, next...), next
	}
	return names
}()

func drawPattern(t *rapid.T) string {
	labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "*", "a*", "*b", "*a*", "a*b"}), 1, 3).Draw(t, "labels")
	text := strings.Join(labels, ".")
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return AnyLabels + "." + text
	case 1:
		return strings.ReplaceAll(text, "*", "a")
	}
	return text
}

func TestHostPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := drawPattern(t)
		want := meantBy(pattern)
		for _, name := range hostNames {
			if got := Host(pattern).Has(name); got != want.MatchString(name) {
				t.Fatalf("%s has %s: %t", pattern, name, got)
			}
		}
	})
}

// drawHosts draws a set, and what tells whether a name is in it.
func drawHosts(t *rapid.T) (HostNames, func(string) bool) {
	var h HostNames
	has := func(string) bool { return true }
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		pattern := drawPattern(t)
		re, before := meantBy(pattern), has
		if rapid.Bool().Draw(t, "without") {
			rest := h.Subtract(Host(pattern))
			if len(rest) != 1 { // a pattern leaves one set, or nothing
				if len(rest) > 1 {
					t.Fatalf("%s without %s are %d sets", h, pattern, len(rest))
				}
				rest = []HostNames{noHosts}
			}
			h, has = rest[0], func(name string) bool { return before(name) && (name == "" || !re.MatchString(name)) }
		} else {
			h, has = h.Intersect(Host(pattern)), func(name string) bool { return before(name) && name != "" && re.MatchString(name) }
		}
	}
	return h, has
}

func TestHostSets(t *testing.T) {
	asked := append([]string{""}, hostNames...)
	rapid.Check(t, func(t *rapid.T) {
		h, inH := drawHosts(t)
		g, inG := drawHosts(t)
		rest := h.Subtract(g)
		some, both := false, false
		for _, name := range asked {
			if h.Has(name) != inH(name) {
				t.Fatalf("%s has %q: %t", h, name, h.Has(name))
			}
			some, both = some || inH(name), both || inH(name) && inG(name)
			if got := h.Intersect(g).Has(name); got != (inH(name) && inG(name)) {
				t.Fatalf("%s and %s have %q: %t", h, g, name, got)
			}
			n := 0
			for _, r := range rest {
				if r.Has(name) {
					n++
				}
			}
			if want := inH(name) && !inG(name); n > 1 || (n == 1) != want {
				t.Fatalf("%s without %s has %q %d times", h, g, name, n)
			}
		}
		if some && h.IsEmpty() || both && !h.Overlaps(g) {
			t.Fatalf("%s is empty: %t; it overlaps %s: %t", h, h.IsEmpty(), g, h.Overlaps(g))
		}
		for _, set := range append(rest, h, g, h.Intersect(g)) {
			if !set.IsEmpty() && !set.Has(set.Sample()) {
				t.Fatalf("%s has the sample %q", set, set.Sample())
			}
		}
	})
}

func TestHostPeers(t *testing.T) {
	public := AddrPeer(Prefix(netip.MustParsePrefix("203.0.113.0/24")))
	name, below := HostPeer("api.example.com"), HostPeer("**.example.com")
	if !name.Inside(below, nil) || below.Inside(name, nil) || name.Inside(public, nil) || public.Inside(name, nil) {
		t.Error("a name is inside all names below its domain, and neither is inside a block")
	}
	if !name.Overlaps(public, nil) {
		t.Error("a name can have an address of the block")
	}
	if !name.Inside(AddrPeer(EveryAddr), nil) {
		t.Error("a name is inside all addresses")
	}
	rest := name.Subtract(public, nil)
	if len(rest) != 1 || rest[0].Overlaps(public, nil) || !rest[0].Inside(name, nil) {
		t.Errorf("a name without a block is %v", rest)
	}
	if name.Key() == below.Key() || name.Key() == AddrPeer(EveryAddr).Key() || name.Key() != HostPeer("api.example.com").Key() {
		t.Error("keys are equal where peers are not, or the other way round")
	}
}

// The number of names to exclude is not bounded.
func TestManyHosts(t *testing.T) {
	all := Host("**.example.com")
	left := all
	for i := range 300 {
		left = left.Subtract(Host("a" + strings.Repeat("b", i%17) + strings.Repeat("c", i/17) + ".example.com"))[0]
	}
	if left.IsEmpty() || left.Open() || !all.Has(left.Sample()) || left.Has("a.example.com") {
		t.Errorf("300 names less, the sample is %q", left.Sample())
	}
	if !left.Intersect(Host("abc.example.com")).IsEmpty() {
		t.Error("an excluded name is left")
	}
}
