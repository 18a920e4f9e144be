package relation

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func pin(key string, values ...string) Requirement { return Requirement{key, In(values...)} }

func TestIndex(t *testing.T) {
	selectors := []Selector{
		0:  Select(pin("role", "a")),
		1:  Select(pin("role", "b")),
		2:  Select(pin("role", "a"), pin("zone", "x")),
		3:  Select(pin("zone", "x", "y")),
		4:  Select(),
		5:  Select(Requirement{"role", NotIn("a")}),
		6:  Select(Requirement{"role", Exists()}),
		7:  Select(pin("role", "a"), pin("role", "b")), // empty
		8:  Select(Requirement{"zone", NotExists()}),
		9:  Select(pin("role", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q")),
		10: Select(pin("role", "a")),
	}
	x := NewIndex(selectors)
	for _, test := range []struct {
		s                    Selector
		overlapping, implied []int
	}{
		{selectors[0], []int{0, 2, 3, 4, 6, 8, 9, 10}, []int{0, 4, 6, 9, 10}},
		{selectors[2], []int{0, 2, 3, 4, 6, 9, 10}, []int{0, 2, 3, 4, 6, 9, 10}},
		{selectors[4], []int{0, 1, 2, 3, 4, 5, 6, 8, 9, 10}, []int{4}},
		{selectors[5], []int{1, 3, 4, 5, 6, 8, 9}, []int{4, 5}},
		{Select(pin("role", "z")), []int{3, 4, 5, 6, 8}, []int{4, 5, 6}},
		{Select(pin("role", "b", "c")), []int{1, 3, 4, 5, 6, 8, 9}, []int{4, 5, 6, 9}},
	} {
		if got := x.Overlapping(test.s); !slices.Equal(got, test.overlapping) {
			t.Errorf("Overlapping(%s) = %v, want %v", test.s, got, test.overlapping)
		}
		if got := x.Implied(test.s); !slices.Equal(got, test.implied) {
			t.Errorf("Implied(%s) = %v, want %v", test.s, got, test.implied)
		}
	}
	if got := x.Overlapping(selectors[7]); got != nil {
		t.Errorf("a selector that matches nothing overlaps %v", got)
	}
}

// indexedSelectors draws selectors over few keys and values, so that many of
// them have something to do with each other.
func indexedSelectors() *rapid.Generator[Selector] {
	values := rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6"}), 1, 5)
	one := rapid.Custom(func(t *rapid.T) Requirement {
		k := Requirement{Key: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "key")}
		switch rapid.IntRange(0, 5).Draw(t, "operator") {
		case 0:
			k.Values = NotIn(values.Draw(t, "values")...)
		case 1:
			k.Values = Exists()
		case 2:
			k.Values = NotExists()
		default:
			k.Values = In(values.Draw(t, "values")...)
		}
		return k
	})
	return rapid.Custom(func(t *rapid.T) Selector { return Select(rapid.SliceOfN(one, 0, 4).Draw(t, "requirements")...) })
}

// The index must find what looking at every selector finds.
func TestIndexAgreesWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		selectors := rapid.SliceOfN(indexedSelectors(), 0, 30).Draw(t, "selectors")
		x := NewIndex(selectors)
		for range 3 { // the tables of the first question serve the next
			s := indexedSelectors().Filter(func(s Selector) bool { return !s.IsEmpty() }).Draw(t, "s")
			var overlapping, implied []int
			for i, o := range selectors {
				if s.Overlaps(o) {
					overlapping = append(overlapping, i)
				}
				if s.Implies(o) {
					implied = append(implied, i)
				}
			}
			if got := x.Overlapping(s); !slices.Equal(got, overlapping) {
				t.Fatalf("Overlapping(%s) = %v, want %v", s, got, overlapping)
			}
			if got := x.Implied(s); !slices.Equal(got, implied) {
				t.Fatalf("Implied(%s) = %v, want %v", s, got, implied)
			}
		}
	})
}

// BenchmarkIndex asks for what has to do with each of many tiers; the time
// for one tier must not grow with their number.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			selectors := make([]Selector, n)
			for i := range selectors {
				selectors[i] = Select(pin("app", fmt.Sprint(i/100)), pin("role", fmt.Sprint(i%100)))
			}
			for b.Loop() {
				x := NewIndex(selectors)
				for _, s := range selectors {
					x.Overlapping(s)
					x.Implied(s)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/selector")
		})
	}
}

// Selectors of many values are found by each of them, and once.
func TestIndexManyValues(t *testing.T) {
	var selectors []Selector
	for i := range 40 {
		var names []string
		for j := range 17 + 10*i { // some are within maxAlone, some are not
			names = append(names, fmt.Sprint(5*i+j))
		}
		selectors = append(selectors, Select(Requirement{"k", In(names...)}))
	}
	x := NewIndex(selectors)
	for _, s := range append(selectors, Select(Requirement{"k", In("100")}), Select(Requirement{"k", NotIn("100")})) {
		var want []int
		for i, other := range selectors {
			if other.Overlaps(s) {
				want = append(want, i)
			}
		}
		if got := x.Overlapping(s); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}
