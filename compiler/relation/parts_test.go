package relation

import (
	"math/rand/v2"
	"testing"
)

// Sets of ports with names are exactly what they are made of: a port is in an intersection or difference if
// its number and names say so, and at a destination whose names are known, numbers alone decide.
func TestPartsOfPorts(t *testing.T) {
	d := rand.New(rand.NewPCG(1, 2))
	draw := func() Ports {
		var all []Ports
		for range 1 + d.IntN(3) {
			of := Protocol(d.IntN(2))
			if d.IntN(3) == 0 {
				all = append(all, Named(NamedPort{[]string{"http", "admin"}[d.IntN(2)], of}))
				continue
			}
			low := []int{1, 80, 81, 443}[d.IntN(4)]
			all = append(all, RangeOf(PortRange{of, low, max(low, []int{80, 443, MaxPort}[d.IntN(3)])}))
		}
		return UnionPorts(append(all, Ports{})...)
	}
	names := [][]string{nil, {"http"}, {"admin"}, {"http", "admin"}}
	some := 0
	for range 20_000 {
		p, q, r := draw(), draw(), draw()
		minus, and := p.Minus(q), p.And(q)
		more := minus.Minus(r)
		again := p.Subset(q)
		same := true
		for of := range Protocol(protocols) {
			for _, number := range []int{1, 79, 80, 81, 82, 443, 444, MaxPort} {
				for _, n := range names {
					port := Port{of, number, n}
					inP, inQ, inR := port.in(p), port.in(q), port.in(r)
					same = same && (!inP || inQ)
					if inMinus := port.in(minus); inMinus != (inP && !inQ) {
						t.Fatalf("%s in (%s) minus (%s), which is %s: %t", port, p, q, minus, inMinus)
					}
					if port.in(and) != (inP && inQ) || port.in(more) != (inP && !inQ && !inR) {
						t.Fatalf("%s of %s, %s, %s: %s, %s", port, p, q, r, and, more)
					}
					if at := more.At([]Port{port}); at.HasNames() || port.in(at) != port.in(more) {
						t.Fatalf("%s is %s at %s", more, at, port)
					}
					if len(more.parts()) > 0 {
						some++
					}
				}
			}
		}
		if again && !same {
			t.Fatalf("%s is no part of %s", p, q)
		}
		if c, ok := PossiblyCommon(more, EveryPort); len(more.parts()) > 0 && (!ok || !c.in(more)) {
			t.Fatalf("%s: %s, %t", more, c, ok)
		}
	}
	if some == 0 {
		t.Error("no set has parts")
	}
}
