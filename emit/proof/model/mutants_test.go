package model

import (
	"math/rand/v2"
	"testing"
)

// TestMutants changes emitted objects, and checks that the comparison of TestPrograms notices it.
//
// It cannot notice every change: another object may permit what one has lost. So it must notice some
// changes of each kind, and a good part of all.
func TestMutants(t *testing.T) {
	t.Parallel()
	const altogether = 40 // percent
	all, allNoticed := 0, 0
	for k, m := range mutations {
		mutants, noticed := 0, 0
		for i := 0; i < 300 && (mutants < run.comparedMutants || run.everyKind && noticed == 0); i++ {
			x := examples.Example(1000*k + i)
			topo := compiled(t, x.program, x.program.print(0, false))
			w := expand(x.program)
			for _, s := range inLayouts(t, "drawn", topo, w)[:1] {
				places := m.places(s.objects)
				if len(places) == 0 {
					continue
				}
				places[rand.New(rand.NewPCG(uint64(i), 2)).IntN(len(places))]()
				mutants++
				cells := newSampler(w, uint64(i))
				if compare(w, []*cluster{{s.objects.policies, s.objects.as}}, cells.sample(), cells.somePorts(14)) != "" {
					noticed++
				}
			}
		}
		if run.everyKind && noticed == 0 {
			t.Errorf("%s: none of %d noticed", m.name, mutants)
		}
		all += mutants
		allNoticed += noticed
	}
	t.Logf("%d of %d noticed", allNoticed, all)
	if allNoticed*100 < all*altogether {
		t.Error("too few")
	}
}
