package policies_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit"
)

// importedAgain imports what a program builds, with the facts that the first manifests have.
func importedAgain(t *testing.T, program, facts string) string {
	t.Helper()
	options := emit.Options{Targets: []string{"networkpolicy", "clusternetworkpolicy"}}
	result, diags, err := emit.Build(fstest.MapFS{"main.zt": &fstest.MapFile{Data: []byte(program)}}, []compiler.Input{{Path: "main.zt"}}, options)
	if err != nil || diags.Errors() > 0 {
		t.Fatal(err, diags)
	}
	again, diags := imported(t, string(result.Files[0].Data)+"---\n"+factsOf(facts))
	if len(diags) > 0 {
		t.Fatal("what it builds cannot be imported:", diags)
	}
	return again
}

// ClusterNetworkPolicies and AdminNetworkPolicies become the program beside them or the errors. What the program
// builds becomes a program that stays the same.
func TestGuardrailPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/guardrails/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no manifests", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, diags := imported(t, string(text))
			for _, d := range diags {
				got += fmt.Sprintf("%d: error: ", d.Span.Begin().Line) + d.Message + "\nhelp: " + d.Help + "\n"
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".zt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diags.Errors() > 0 {
				return
			}
			again := importedAgain(t, got, string(text))
			if diff := cmp.Diff(withoutComments(again), withoutComments(importedAgain(t, again, string(text)))); diff != "" {
				t.Errorf("what it builds is imported as another program: -first +second\n%s", diff)
			}
		})
	}
}
