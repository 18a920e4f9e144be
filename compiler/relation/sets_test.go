package relation

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The sets are held against membership: what a value's states, an object's
// labels or a number say by themselves.

var someValues = []string{"a", "b", "c"}

func drawValues(t *rapid.T) Values {
	names := rapid.SliceOfN(rapid.SampledFrom(someValues), 0, 3).Draw(t, "names")
	v := In(names...)
	v.Others = rapid.Bool().Draw(t, "others")
	v.Absent = rapid.Bool().Draw(t, "absent")
	return v
}

// states is every state of a key that can matter to sets of someValues.
var states = []struct {
	value   string
	present bool
}{{"a", true}, {"b", true}, {"c", true}, {"elsewhere", true}, {"", true}, {"", false}}

func TestValuesAreTheirMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := drawValues(t), drawValues(t)
		subset, some := true, false
		for _, s := range states {
			inV, inW := v.Has(s.value, s.present), w.Has(s.value, s.present)
			if got := v.Intersect(w).Has(s.value, s.present); got != (inV && inW) {
				t.Errorf("%+v ∩ %+v has %+v: %v", v, w, s, got)
			}
			if got := v.Complement().Has(s.value, s.present); got == inV {
				t.Errorf("complement of %+v has %+v: %v", v, s, got)
			}
			subset = subset && (!inV || inW)
			some = some || inV
		}
		if v.Subset(w) != subset {
			t.Errorf("%+v ⊆ %+v: %v", v, w, !subset)
		}
		if v.IsEmpty() == some {
			t.Errorf("%+v is empty: %v", v, some)
		}
		if some {
			if value, present := v.Sample(); !v.Has(value, present) {
				t.Errorf("%+v has no %q, %v", v, value, present)
			}
		}
	})
}

var someKeys = []string{"app", "role"}

func drawSelector(t *rapid.T) Selector {
	var all []Requirement
	for range rapid.IntRange(0, 3).Draw(t, "requirements") {
		all = append(all, Requirement{rapid.SampledFrom(someKeys).Draw(t, "key"), drawValues(t)})
	}
	return Select(all...)
}

// objects is every label map that can matter to selectors of someKeys.
func objects() []map[string]string {
	var out []map[string]string
	for _, a := range states {
		for _, r := range states {
			labels := map[string]string{}
			if a.present {
				labels["app"] = a.value
			}
			if r.present {
				labels["role"] = r.value
			}
			out = append(out, labels)
		}
	}
	return out
}

func TestSelectorsAreTheirObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, u := drawSelector(t), drawSelector(t)
		rest := s.Subtract(u)
		implies, overlaps, any := true, false, false
		for _, o := range objects() {
			inS, inU := s.Matches(o), u.Matches(o)
			implies = implies && (!inS || inU)
			overlaps = overlaps || inS && inU
			any = any || inS
			if got := s.Intersect(u).Matches(o); got != (inS && inU) {
				t.Errorf("(%s) ∩ (%s) matches %v: %v", s, u, o, got)
			}
			pieces := 0
			for _, r := range rest {
				if r.Matches(o) {
					pieces++
				}
			}
			if want := inS && !inU; pieces > 1 || (pieces == 1) != want {
				t.Errorf("(%s) - (%s): %v is in %d pieces, wanted in: %v", s, u, o, pieces, want)
			}
		}
		if s.Implies(u) != implies {
			t.Errorf("(%s) implies (%s): %v", s, u, !implies)
		}
		if s.Overlaps(u) != overlaps {
			t.Errorf("(%s) overlaps (%s): %v", s, u, !overlaps)
		}
		if s.IsEmpty() == any {
			t.Errorf("(%s) is empty: %v", s, any)
		}
		if any && !s.Matches(s.Sample()) {
			t.Errorf("(%s) does not match its sample %v", s, s.Sample())
		}
	})
}

func TestSubtractAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSelector(t)
		var others []Selector
		for range rapid.IntRange(0, 4).Draw(t, "others") {
			others = append(others, drawSelector(t))
		}
		rest, ok := s.SubtractAll(others, &Remaining{1000, MaxSteps})
		if !ok {
			t.Fatal("more than 1000 pieces")
		}
		for _, o := range objects() {
			want := s.Matches(o) && !slices.ContainsFunc(others, func(u Selector) bool { return u.Matches(o) })
			pieces := 0
			for _, r := range rest {
				if r.Matches(o) {
					pieces++
				}
			}
			if pieces > 1 || (pieces == 1) != want {
				t.Errorf("(%s) - %v: %v is in %d pieces, wanted in: %v", s, others, o, pieces, want)
			}
		}
		if few, ok := s.SubtractAll(others, &Remaining{1, MaxSteps}); ok && len(few) > 1 || !ok && len(few) > 0 {
			t.Errorf("(%s) - %v: %d pieces, at most 1", s, others, len(few))
		}
	})
}

func drawPorts(t *rapid.T) Ports {
	var p Ports
	for range rapid.IntRange(0, 3).Draw(t, "ports") {
		protocol := Protocol(rapid.IntRange(0, 1).Draw(t, "protocol"))
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			p = p.Union(Named(NamedPort{rapid.SampledFrom([]string{"http", "dns"}).Draw(t, "name"), protocol}))
		case 1:
			p = p.Union(RangeOf(PortRange{protocol, MinPort, MaxPort}))
		default:
			low := rapid.IntRange(1, 8).Draw(t, "low")
			p = p.Union(RangeOf(PortRange{protocol, low, low + rapid.IntRange(0, 4).Draw(t, "more")}))
		}
	}
	return p
}

// somePorts is every kind of port that can matter to drawPorts' sets.
func somePorts() []Port {
	var out []Port
	for _, protocol := range []Protocol{TCP, UDP, SCTP} {
		for n := 1; n <= 14; n++ {
			for _, names := range [][]string{nil, {"http"}, {"dns"}, {"http", "dns"}} {
				out = append(out, Port{protocol, n, names})
			}
		}
		out = append(out, Port{protocol, MaxPort, nil})
	}
	return out
}

func TestPortsAreTheirMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPorts(t), drawPorts(t)
		subset, some := true, false
		for _, port := range somePorts() {
			inP, inQ := port.in(p), port.in(q)
			if got := port.in(p.Union(q)); got != (inP || inQ) {
				t.Errorf("(%s) ∪ (%s) has %s: %v", p, q, port, got)
			}
			subset = subset && (!inP || inQ)
			some = some || inP
		}
		if p.Subset(q) != subset {
			t.Errorf("(%s) ⊆ (%s): %v", p, q, !subset)
		}
		if p.IsEmpty() == some {
			t.Errorf("(%s) is empty: %v", p, some)
		}
		for _, r := range p.Intersect(q).Ranges() {
			for _, n := range []int{r.Low, r.High} {
				port := Port{r.Protocol, n, nil}
				if !port.in(p) || !port.in(q) {
					t.Errorf("(%s) ∩ (%s) has %s", p, q, port)
				}
			}
		}
	})
}

func drawAddrs(t *rapid.T) Addrs {
	var a Addrs
	for range rapid.IntRange(0, 3).Draw(t, "blocks") {
		base := netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.0", "2001:db8::"}).Draw(t, "base")).AsSlice()
		base[len(base)-1] = byte(rapid.IntRange(0, 15).Draw(t, "last"))
		addr, _ := netip.AddrFromSlice(base)
		block := Prefix(netip.PrefixFrom(addr, addr.BitLen()-rapid.IntRange(0, 4).Draw(t, "wide")))
		if rapid.Bool().Draw(t, "take") {
			a = a.Subtract(block)
		} else {
			a = a.Union(block)
		}
	}
	return a
}

func TestAddrsAreTheirMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawAddrs(t), drawAddrs(t)
		overlaps, some := false, false
		for _, base := range []string{"10.0.0.0", "2001:db8::"} {
			ip := netip.MustParseAddr(base)
			for range 17 {
				inA, inB := a.Has(ip), b.Has(ip)
				overlaps = overlaps || inA && inB
				some = some || inA
				for _, test := range []struct {
					name string
					got  bool
					want bool
				}{
					{"∪", a.Union(b).Has(ip), inA || inB},
					{"∩", a.Intersect(b).Has(ip), inA && inB},
					{"-", a.Subtract(b).Has(ip), inA && !inB},
				} {
					if test.got != test.want {
						t.Errorf("%v %s %v has %s: %v", a, test.name, b, ip, test.got)
					}
				}
				ip = ip.Next()
			}
		}
		if a.Overlaps(b) != overlaps {
			t.Errorf("%v overlaps %v: %v", a, b, !overlaps)
		}
		blocks := a.Prefixes()
		if together := PrefixesAddrs(blocks); !together.Subset(a) || !a.Subset(together) {
			t.Errorf("%v is not its blocks %v", a, blocks)
		}
		if a.IsEmpty() == some || some && !a.Has(a.Sample()) {
			t.Errorf("%v: empty %v", a, a.IsEmpty())
		}
	})
}
