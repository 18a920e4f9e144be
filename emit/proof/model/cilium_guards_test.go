package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/grammar/diag"
)

// withDenials are random programs with denials, and with DNS names.
var withDenials = rapid.Custom(func(t *rapid.T) example {
	x := draw(t, true)
	withHosts(t, x.program)
	x.text = x.program.print(x.spelling, true)
	return x
})

// withGuardrails compiles a program for Cilium with guardrails. It is nil if policies of Cilium cannot express the
// program, if it permits what it denies, or if it has no guardrails.
func withGuardrails(t *testing.T, x example, layout target.Layout) *ciliumBuild {
	t.Helper()
	w := expand(x.program)
	if len(w.denies) == 0 || slices.ContainsFunc(w.denies, func(d denial) bool { return d.oneself }) {
		return nil
	}
	top, _, err := compile(x.program, x.text)
	if err != nil {
		t.Fatal(err)
	}
	if top == nil {
		return nil
	}
	policies, unsupported := cilium.Target{}.Lower(top, target.Options{Layout: layout})
	guards, diags := cilium.Guardrails{}.Lower(top, target.Options{})
	if diags.Errors() > 0 || slices.ContainsFunc(unsupported, func(d diag.Diagnostic) bool {
		return d.Code != diag.CiliumUnsupported && d.Code != diag.MayCoverNodes && d.Code != diag.CiliumDropsSCTP
	}) {
		t.Fatalf("%s%s\n%s", messages(diags), messages(unsupported), x.text)
	}
	if unsupported.Errors() > 0 || guards.Len() == 0 {
		return nil
	}
	b := &ciliumBuild{world: w, top: top, guarded: true, text: x.text}
	b.objects = slices.Concat(asWritten(t, policies), asWritten(t, guards))
	b.sample(x)
	return b
}

// guardedPrograms returns random programs with guardrails, in both layouts in turns.
func guardedPrograms(t *testing.T, from, most int) (out []*ciliumBuild) {
	for i := 0; i < 100*most && len(out) < most; i++ {
		if b := withGuardrails(t, withDenials.Example(from+i), layouts[i%len(layouts)]); b != nil {
			out = append(out, b)
		}
	}
	return out
}

// TestCiliumGuardrails compiles random programs to both kinds, and compares what they permit together, and what the
// guardrails deny by themselves, with the language's definition. The proof accepts them.
func TestCiliumGuardrails(t *testing.T) {
	t.Parallel()
	list := guardedPrograms(t, 30_000, run.ciliumPrograms/3)
	for _, b := range list {
		all, guards, err := b.clusters(b.objects)
		if err != nil {
			t.Fatal(err)
		}
		if found := b.differ(all, guards); len(found) > 0 {
			t.Fatalf("%v\n%s\n%s", found, b.text, asYAML(b.objects))
		}
		if d, err := b.compare(b.objects); err != nil || d.More != nil || d.Less != nil || d.Left != nil {
			t.Fatalf("the proof says %v, more %v, less %v, left %v\n%s\n%s", err, d.More, d.Less, d.Left, b.text, asYAML(b.objects))
		}
	}
	if len(list) < run.ciliumPrograms/3 {
		t.Errorf("only %d programs", len(list))
	}
}

// TestCiliumMutantsOfEachKind changes emitted objects of both kinds in every kind of way. The proof must report each
// change that the simple evaluator finds, and what it reports must be so. What it does not report changes nothing on
// any cell.
func TestCiliumMutantsOfEachKind(t *testing.T) {
	t.Parallel()
	builds := guardedPrograms(t, 40_000, run.ciliumPrograms/3)
	for i := 0; len(builds) < run.ciliumPrograms; i++ {
		x := withNames.Example(50_000 + i)
		if len(builds) < 2*run.ciliumPrograms/3 && !connectsToHosts(x.program) {
			continue
		}
		if b := forCilium(t, x, layouts[i%len(layouts)]); b != nil {
			builds = append(builds, b)
		}
	}
	var lock sync.Mutex
	all := map[string]int{}
	t.Run("kinds", func(t *testing.T) {
		for k, m := range ciliumMutations {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(k), 5))
				counts := map[string]int{}
				applied := 0
				for _, i := range r.Perm(len(builds)) {
					b := builds[i]
					mutant := (&ciliumObjects{b.objects}).clone()
					places := m.places(mutant)
					enough := applied >= run.ciliumMutants && (counts["the same"] < applied || !run.everyKind)
					if len(places) == 0 || enough {
						continue
					}
					places[r.IntN(len(places))]()
					applied++
					counts[b.judge(t, mutant.list)]++
				}
				t.Logf("%d applied: %v", applied, counts)
				if run.everyKind && counts["the same"] == applied {
					t.Error("it is idle")
				}
				lock.Lock()
				defer lock.Unlock()
				for what, n := range counts {
					all[what] += n
					all["applied"] += n
				}
			})
		}
	})
	t.Log(fmt.Sprintf("%d kinds over %d programs:", len(ciliumMutations), len(builds)), all)
	if run.everyKind && all["changed"]+all["changed and refused"] < all["changed elsewhere"] {
		t.Error("the simple evaluator finds too few changes for its word to count")
	}
}
