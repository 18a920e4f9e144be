package relation

import (
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
