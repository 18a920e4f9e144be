// Package examples holds programs to read and to start from, with the
// manifests that they compile to.
package examples

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

var update = flag.Bool("update", false, "write the manifests instead of comparing them")

// build is a way to build a program, and where its manifests stand.
type build struct {
	program     string
	into        string // below the program's folder
	target      string // several are separated by commas; networkpolicy if empty
	layout      target.Layout
	environment string
}

var builds = []build{
	{program: "three-tier", into: "manifests"},
	{program: "three-tier", into: "manifests-by-edge", layout: target.ByEdge},
	{program: "namespace-isolation", into: "manifests"},
	{program: "environments", into: "manifests"},
	{program: "environments", into: "manifests-dev", environment: "dev"},
	{program: "environments", into: "manifests-test", environment: "test"},
	{program: "environments", into: "manifests-prod", environment: "prod"},
	{program: "online-boutique", into: "manifests"},
	{program: "platform", into: "manifests"},
	{program: "some-pods", into: "manifests"},
	{program: "tenants", into: "manifests"},
	{program: "isolate-dev-from-prod", into: "manifests"},
	{program: "guardrails", into: "manifests", target: "networkpolicy,clusternetworkpolicy"},
	{program: "kustomize/base", into: "../manifests"},
	{program: "three-tier", into: "cilium", target: "cilium"},
	{program: "three-tier", into: "cilium-by-edge", target: "cilium", layout: target.ByEdge},
	{program: "namespace-isolation", into: "cilium", target: "cilium"},
	{program: "environments", into: "cilium", target: "cilium"},
	{program: "online-boutique", into: "cilium", target: "cilium"},
	{program: "platform", into: "cilium", target: "cilium"},
	{program: "some-pods", into: "cilium", target: "cilium"},
	{program: "tenants", into: "cilium", target: "cilium"},
	{program: "isolate-dev-from-prod", into: "cilium", target: "cilium"},
	{program: "host-names", into: "cilium", target: "cilium"},
	{program: "kustomize/base", into: "../cilium", target: "cilium"},
	{program: "guardrails", into: "cilium", target: "cilium,ciliumclusterwide"},
	{program: "host-names", into: "manifests", target: "networkpolicy,clusternetworkpolicy"},
}

// compile compiles the files of a folder, as the command does, and wants
// nothing to be said of them.
func compile(t *testing.T, folder, environment string) *topology.Topology {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.zt"))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []compiler.Input
	for _, name := range names {
		inputs = append(inputs, compiler.Input{Path: filepath.ToSlash(name), Name: name})
	}
	files, diags, err := compiler.Load(os.DirFS("."), inputs, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	top, more, err := compiler.Compile(files, compiler.Options{Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(diags, more...) {
		t.Errorf("%s:%d: %s: %s", d.Span.File.Name, d.Span.Begin().Line, d.Code, d.Message)
	}
	if top == nil {
		t.FailNow()
	}
	return top
}

func TestManifests(t *testing.T) {
	for _, b := range builds {
		t.Run(b.program+"/"+b.into, func(t *testing.T) {
			top := compile(t, b.program, b.environment)
			emitted, diags, err := emit.Lower(top, emit.Options{Targets: strings.Split(cmp.Or(b.target, "networkpolicy"), ","), Layout: b.layout, PerNamespace: true})
			if err != nil || len(diags) > 0 {
				t.Fatal(diags, err)
			}
			if diags := emitted.Prove(); len(diags) > 0 {
				t.Error(diags)
			}
			files := emitted.Files()
			slices.SortFunc(files, func(a, b manifest.File) int { return strings.Compare(a.Name, b.Name) })
			compare(t, filepath.Join(b.program, b.into), files)
		})
	}
}

// compare holds files against those of a folder, all of them.
func compare(t *testing.T, folder string, files []manifest.File) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, f := range files {
		path := filepath.Join(folder, f.Name)
		names = append(names, path)
		if *update {
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v (go test ./examples -update writes it)", err)
		} else if diff := gocmp.Diff(string(want), string(f.Data)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
	there, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(names, there); diff != "" {
		t.Errorf("files of %s: -want +got\n%s", folder, diff)
	}
}

// TestTutorial holds what the smallest program gives to the names that the
// tutorial of network policies made known.
func TestTutorial(t *testing.T) {
	top := compile(t, "three-tier", "")
	for _, test := range []struct {
		layout target.Layout
		want   []string
	}{
		{target.ByTier, []string{"allow-backend", "allow-database", "allow-frontend", "deny-all"}},
		{target.ByEdge, []string{
			"allow-backend-to-database", "allow-backend-to-database-egress",
			"allow-backend-to-kube-system-kube-dns-egress",
			"allow-frontend-to-backend", "allow-frontend-to-backend-egress",
			"allow-frontend-to-kube-system-kube-dns-egress",
			"deny-all",
		}},
	} {
		policies, _ := networkpolicy.Lower(top, test.layout)
		var got []string
		for _, p := range policies.Objects() {
			if p.Namespace != "default" {
				t.Errorf("%s is in namespace %s", p.Name, p.Namespace)
			}
			got = append(got, p.Name)
		}
		if diff := gocmp.Diff(test.want, got); diff != "" {
			t.Errorf("objects: -want +got\n%s", diff)
		}
	}
}

// TestExamplesAreFormatted holds every program here to the canonical form, and to being compiled.
func TestExamplesAreFormatted(t *testing.T) {
	var programs []string
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".zt" {
			programs = append(programs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range programs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		formatted, diags, err := format.Source(source.NewFile(path, string(text)))
		if err != nil || len(diags) > 0 {
			t.Errorf("%s: %v %v", path, err, diags)
		} else if diff := gocmp.Diff(string(formatted), string(text)); diff != "" {
			t.Errorf("%s is not formatted: -want +got\n%s", path, diff)
		}
		if !slices.ContainsFunc(builds, func(b build) bool { return strings.HasPrefix(filepath.ToSlash(path), b.program+"/") }) {
			t.Errorf("%s is in no build", path)
		}
	}
}
