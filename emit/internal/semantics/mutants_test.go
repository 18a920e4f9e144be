package semantics

import (
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/emit/networkpolicy"
)

// TestMutants changes the emitted objects and asks for the difference from the language's
// definition, by the comparison that TestPrograms makes: one that notices nothing
// would hold for nothing.
//
// Not every mutant can be noticed: what one object loses another may permit all the
// same. So some of each kind must be, and of all together a good part.
func TestMutants(t *testing.T) {
	t.Parallel()
	const altogether = 40 // percent
	all, allNoticed := 0, 0
	for k, m := range mutations {
		mutants, noticed := 0, 0
		for i := 0; i < 300 && (mutants < comparedMutants || everyKind && noticed == 0); i++ {
			x := examples.Example(1000*k + i)
			topo := compiled(t, x.program, x.program.print(0, false))
			w := expand(x.program)
			for _, s := range inLayouts(t, "drawn", topo, w)[networkpolicy.ByTier:networkpolicy.ByEdge] {
				places := m.places(s.objects)
				if len(places) == 0 {
					continue
				}
				places[rand.New(rand.NewPCG(uint64(i), 2)).IntN(len(places))]()
				mutants++
				cells := newSampler(w, uint64(i))
				if compare(w, []*cluster{{s.objects.policies}}, cells.sample(), cells.somePorts(14)) != "" {
					noticed++
				}
			}
		}
		if everyKind && noticed == 0 {
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
