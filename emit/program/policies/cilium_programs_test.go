package policies_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit"
)

// Policies of Cilium, such as its documentation and clusters have, become the program beside them or the errors. What
// the program builds for Cilium becomes the same program again.
func TestCiliumPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/cilium/*.yaml")
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
				got += "error: " + d.Message + "\nhelp: " + d.Help + "\n"
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
			again, diags := imported(t, builtForCilium(t, got)+"---\n"+factsOf(string(text)))
			if len(diags) > 0 {
				t.Fatal("what it builds cannot be imported:", diags)
			}
			if diff := cmp.Diff(withoutComments(got), withoutComments(again)); diff != "" {
				t.Errorf("what it builds is imported as another program: -first +second\n%s", diff)
			}
		})
	}
}

// builtForCilium returns the policies of Cilium that a program builds.
func builtForCilium(t *testing.T, program string) string {
	t.Helper()
	input := compiler.Input{Path: "program.zt", Text: &program}
	result, diags, err := emit.Build(fstest.MapFS{}, []compiler.Input{input}, emit.Options{Targets: []string{"cilium"}})
	if err != nil || diags.Errors() > 0 {
		t.Fatal(err, diags)
	}
	var out strings.Builder
	for _, f := range result.Files {
		out.Write(f.Data)
	}
	return out.String()
}

// factsOf returns the objects of manifests that are no policies.
func factsOf(manifests string) string {
	var out []string
	for _, document := range strings.Split(manifests, "---\n") {
		if !strings.Contains(document, "NetworkPolicy\n") {
			out = append(out, document)
		}
	}
	return strings.Join(out, "---\n")
}
