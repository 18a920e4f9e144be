package opinion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/admission"
	"github.com/zt-lang/zt/emit/conformance/examples"
	"github.com/zt-lang/zt/emit/conformance/opinion"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/random"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

// compare has a program's objects judged, as the API server would store them.
func compare(t *testing.T, p *program.Program) opinion.Count {
	t.Helper()
	stored, err := admission.Admit(p.Stream)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scene.New(p.Topology, p.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	count, err := opinion.Compare(p, s, stored)
	if err != nil {
		t.Error(err)
	}
	return count
}

func TestExamples(t *testing.T) {
	all, err := examples.All("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.String(), func(t *testing.T) {
			p, err := e.Compile()
			if err != nil {
				t.Fatal(err)
			}
			if count := compare(t, p); count.Permitted == 0 || count.Permitted == count.Cells {
				t.Errorf("%d of %d cells are permitted: nothing is tried", count.Permitted, count.Cells)
			}
		})
	}
}

func TestRandomTopologies(t *testing.T) {
	const seed, programs = 4, 60
	var sum opinion.Count
	for n := range uint64(programs) {
		text := random.Topology(rand.New(rand.NewPCG(seed, n)))
		p, err := program.Source(text, networkpolicy.Layout(n%2))
		if err != nil {
			t.Fatal(err)
		}
		count := compare(t, p)
		if t.Failed() {
			t.Fatalf("seed %d, program %d:\n%s", seed, n, text)
		}
		sum.Cells += count.Cells
		sum.Permitted += count.Permitted
	}
	t.Logf("seed %d: %d cells of %d topologies judged, %d permitted", seed, sum.Cells, programs, sum.Permitted)
	const least = 600_000 // the README says so
	if sum.Cells < least || sum.Permitted < sum.Cells/50 || sum.Permitted > sum.Cells*49/50 {
		t.Error("that tries too little")
	}
}

// A third opinion that never disagrees would be none: with a policy left out, it does.
func TestDisagreement(t *testing.T) {
	p, err := examples.Example{Folder: "../../../examples/three-tier"}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	stored, err := admission.Admit(p.Stream)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scene.New(p.Topology, p.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	for i, left := range stored {
		without := append(append(stored[:0:0], stored[:i]...), stored[i+1:]...)
		if _, err := opinion.Compare(p, s, without); err == nil {
			t.Errorf("nobody misses %s", left.Name)
		}
	}
}
