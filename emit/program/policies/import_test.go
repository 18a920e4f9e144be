package policies_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var update = flag.Bool("update", false, "write the programs of testdata again")

// Each set of manifests becomes the program beside it. What it builds becomes the same program again.
func TestPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
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
				got += "error: " + d.Message + "\n"
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
			built, warnings := build(t, got)
			for _, d := range warnings {
				if !slices.Contains(inPolicies, d.Code) {
					t.Errorf("the program is reported: %s: %s", d.Code, d.Message)
				}
			}
			again, diags := imported(t, built+"---\n"+namespacesOf(string(text)))
			if len(diags) > 0 {
				t.Fatal("what it builds cannot be imported:", diags)
			}
			if diff := cmp.Diff(withoutComments(got), withoutComments(again)); diff != "" {
				t.Errorf("what it builds is imported as another program: -first +second\n%s", diff)
			}
		})
	}
}

// inPolicies are warnings about what the policies themselves permit.
var inPolicies = []diag.Code{diag.MayCoverPods, diag.KubeSystemGoverned, diag.OneSided, diag.ServiceResolver}

// imported returns the program of manifests.
func imported(t *testing.T, manifests string) (string, diag.List) {
	t.Helper()
	inv, diags := inventory.Read([]*source.File{source.NewFile("policies.yaml", manifests)}, "")
	if diags.Errors() > 0 {
		t.Fatal(diags)
	}
	files, diags, err := policies.Import(inv, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return "", diags
	}
	return string(files[0].Text), diags
}

// build returns the manifests of a program, and what is reported of it.
func build(t *testing.T, program string) (string, diag.List) {
	t.Helper()
	input := compiler.Input{Path: "program.zt", Text: &program}
	result, diags, err := emit.Build(fstest.MapFS{}, []compiler.Input{input}, emit.Options{})
	if err != nil || diags.Errors() > 0 {
		t.Fatal(err, diags)
	}
	var out strings.Builder
	for _, f := range result.Files {
		out.Write(f.Data)
	}
	return out.String(), diags
}

// namespacesOf returns the Namespaces of manifests.
func namespacesOf(manifests string) string {
	var out []string
	for _, document := range strings.Split(manifests, "---\n") {
		if strings.Contains(document, "kind: Namespace\n") {
			out = append(out, document)
		}
	}
	return strings.Join(out, "---\n")
}

var comment = regexp.MustCompile(`(?m)(^|  +)#.*$`)

func withoutComments(program string) string {
	var out []string
	for line := range strings.Lines(comment.ReplaceAllString(program, "")) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(out, "\n")
}

var fence = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Every page of an import shows manifests that are reported with its code, and some that are not.
func TestPages(t *testing.T) {
	count := 0
	for _, e := range diag.Registry() {
		if !strings.HasPrefix(string(e.Code), "ZT8") {
			continue
		}
		count++
		page, _ := diag.Page(string(e.Code))
		found := fence.FindAllStringSubmatch(page, -1)
		if len(found) != 2 {
			t.Fatalf("%s has %d manifests", e.Code, len(found))
		}
		if _, diags := imported(t, found[0][1]); len(diags) != 1 || diags[0].Code != e.Code {
			t.Errorf("%s: the example is reported with %v", e.Code, diags)
		}
		if _, diags := imported(t, found[1][1]); len(diags) > 0 {
			t.Errorf("%s: the fixed one is reported with %v", e.Code, diags)
		}
	}
	if count == 0 {
		t.Error("there are no pages")
	}
}

// BenchmarkImport imports 10,000 policies of 100 namespaces.
func BenchmarkImport(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: app-%[1]d, namespace: team-%[2]d}
spec:
  podSelector: {matchLabels: {app: app-%[1]d}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: app-%[3]d}}}, {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team-%[4]d}}}]
    ports: [{port: %[5]d}]
  egress:
  - to: [{podSelector: {matchLabels: {app: app-%[6]d}}}, {ipBlock: {cidr: 10.0.0.0/8}}]
`, i/100, i%100, i/100*7%100, (i+1)%100, 8000+i%9, i/100*3%100)
	}
	for b.Loop() {
		inv, diags := inventory.Read([]*source.File{source.NewFile("policies.yaml", text.String())}, "")
		if diags.Errors() > 0 {
			b.Fatal(diags)
		}
		if _, diags, err := policies.Import(inv, false); err != nil || diags.Errors() > 0 {
			b.Fatal(err, diags)
		}
	}
}
