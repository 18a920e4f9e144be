package inprocess

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// admitCilium admits the policies of Cilium in a stream of documents, and counts them.
func admitCilium(t *testing.T, name, stream string) (policies int) {
	t.Helper()
	for document := range strings.SplitSeq(stream, "---\n") {
		if !strings.Contains(document, "cilium.io/v2") {
			continue
		}
		if err := admitCustom(t, document); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, document)
		}
		policies++
	}
	return policies
}

// A server with Cilium's definitions stores all of what zt emits for random programs as policies of Cilium.
// Those that the target refuses are left out.
func TestCiliumPoliciesOfRandomProgramsAreAccepted(t *testing.T) {
	built, policies := 0, 0
	for number := range randomPrograms {
		layout := []target.Layout{target.ByTier, target.ByEdge}[number%2]
		p, diags, err := program.BuildFor(program.Random(number), "", layout, "cilium")
		if err != nil {
			t.Fatal(err)
		}
		if diags.Errors() > 0 {
			continue
		}
		built++
		policies += admitCilium(t, p.Name, string(p.Stream))
	}
	t.Logf("%d policies of %d programs accepted", policies, built)
	if built < randomPrograms/4 || policies < built {
		t.Error("too few programs or policies")
	}
}

// So it does with guardrails: those of random programs with random denials.
func TestCiliumGuardrailsOfRandomProgramsAreAccepted(t *testing.T) {
	const programs = 24
	built, policies, guards := 0, 0, 0
	for number := 0; number < randomPrograms && built < programs; number++ {
		p, err := program.Denying(number, 8, "cilium", "ciliumclusterwide")
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			continue
		}
		built++
		policies += admitCilium(t, p.Name, string(p.Stream))
		guards += strings.Count(string(p.Stream), "kind: CiliumClusterwideNetworkPolicy\n")
	}
	t.Logf("%d policies of %d programs accepted, of them %d clusterwide", policies, built, guards)
	if built < programs || guards < programs {
		t.Error("too few programs or guardrails")
	}
}

// So it does for the examples.
func TestCiliumPoliciesOfExamplesAreAccepted(t *testing.T) {
	files, err := filepath.Glob(program.Example("*/*.zt"))
	if err != nil {
		t.Fatal(err)
	}
	folders, policies := map[string]bool{}, 0
	for _, f := range files {
		folder := filepath.Dir(f)
		if folders[folder] {
			continue
		}
		folders[folder] = true
		for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
			p, diags, err := program.BuildFor(folder, "", layout, "cilium")
			if err != nil {
				t.Fatal(err)
			}
			if diags.Errors() > 0 {
				for _, d := range diags {
					if d.Severity == diag.Error {
						t.Logf("%s is left out: %s: %s", folder, d.Code, d.Message)
					}
				}
				continue
			}
			policies += admitCilium(t, p.Name, string(p.Stream))
		}
	}
	t.Logf("%d policies of %d examples accepted", policies, len(folders))
	if policies < 2*len(folders) {
		t.Error("too few policies")
	}
}

// And the manifests in the examples' folders.
func TestGoldenCiliumPoliciesAreAccepted(t *testing.T) {
	files, err := filepath.Glob(program.Example("*/*/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	policies := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		policies += admitCilium(t, f, string(data))
	}
	t.Logf("%d policies accepted", policies)
	if policies == 0 {
		t.Error("no policies")
	}
}

// The sets of both kinds with which zt's reading is compared with Cilium's are ones that a cluster can have.
func TestDrawnCiliumPoliciesAreAccepted(t *testing.T) {
	policies := 0
	for number := range 100 {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(uint64(number), 5))}
		s := &judge.Set{Namespaces: d.Plain(false).Namespaces}
		d.AddCilium(s, number%2 == 0)
		policies += admitCilium(t, fmt.Sprint("set ", number), s.Manifests())
	}
	t.Logf("%d policies accepted", policies)
	if policies < 100 {
		t.Error("too few policies")
	}
}
