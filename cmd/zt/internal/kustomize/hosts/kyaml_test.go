package hosts

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/fn/runtime/exec"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// list is a ResourceList with a program and objects.
func list(source, objects string) string {
	indent := func(by, text string) string {
		return strings.ReplaceAll(strings.TrimSuffix(by+strings.ReplaceAll(text, "\n", "\n"+by), by), "\n"+by+"\n", "\n\n")
	}
	text := "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: zt-lang.github.io/v1alpha1\n" +
		"  kind: Topology\n  metadata:\n    name: shop\n  spec:\n    source: |\n" + indent("      ", source) + "items:\n"
	for _, object := range strings.Split(objects, "---\n") {
		text += "- " + strings.TrimPrefix(indent("  ", object), "  ")
	}
	return text
}

// What zt writes is a ResourceList to the library that hosts read it with.
func TestResourceList(t *testing.T) {
	for _, test := range []struct {
		source        string
		code, objects int
		results       []string
	}{
		{program, 0, 5, nil},
		{"tier frontend, backend by app\nfrontend -> backend\n", 0, 5, []string{"warning ZT501 2:13"}},
		{"tier frontend by app\nfrontend -> bakend :80/tcp\nfrontend -> cache :80/tcp\n", 1, 2, []string{"error ZT201 2:13", "error ZT201 3:13"}},
	} {
		r := run(".", list(test.source, workloads), nil, "zt", "kustomize")
		if r.code != test.code {
			t.Errorf("exit code %d\n%s", r.code, r.stderr)
		}
		reader := kio.ByteReader{Reader: strings.NewReader(r.stdout), OmitReaderAnnotations: true}
		nodes, err := reader.Read()
		if err != nil {
			t.Fatal(err)
		}
		if reader.WrappingKind != kio.ResourceListKind || reader.WrappingAPIVersion != kio.ResourceListAPIVersion {
			t.Errorf("it is a %s of %s", reader.WrappingKind, reader.WrappingAPIVersion)
		}
		if len(nodes) != test.objects {
			t.Errorf("%d objects:\n%s", len(nodes), r.stdout)
		}
		var results framework.Results
		if reader.Results != nil {
			if err := yaml.Unmarshal([]byte(reader.Results.MustString()), &results); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, r := range results {
			if r.File == nil || r.File.Path != "<source of Topology shop>" || r.Message == "" {
				t.Errorf("a result is %+v", r)
			}
			got = append(got, string(r.Severity)+" "+r.Tags["code"]+" "+r.Tags["line"]+":"+r.Tags["column"])
		}
		if strings.Join(got, ", ") != strings.Join(test.results, ", ") {
			t.Errorf("results %q, want %q\n%s", got, test.results, r.stdout)
		}
	}
}

// A result about an object names it, and the file of a package that the host has it from; where
// the host does not say, its place in what zt was given.
func TestResultsNameObjects(t *testing.T) {
	const objects = `apiVersion: v1
kind: Pod
metadata:
  name: near
  namespace: default
  annotations: {config.kubernetes.io/path: deploy/near.yaml, config.kubernetes.io/index: '2'}
  labels: {app: frontend}
spec: {hostNetwork: true, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: far, annotations: {internal.config.kubernetes.io/path: deploy/far.yaml}, labels: {app: far}}
spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: lost, labels: {app: lost}}
spec: {containers: [{name: a, image: a}]}
`
	r := run(".", list("tier frontend, gone by app\n", objects), nil, "zt", "kustomize")
	reader := kio.ByteReader{Reader: strings.NewReader(r.stdout)}
	if _, err := reader.Read(); err != nil || reader.Results == nil {
		t.Fatal(err, r.stdout, r.stderr)
	}
	var results framework.Results
	if err := yaml.Unmarshal([]byte(reader.Results.MustString()), &results); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		about := "-"
		if r.ResourceRef != nil {
			about = fmt.Sprintf("%s %s/%s", r.ResourceRef.Kind, r.ResourceRef.Namespace, r.ResourceRef.Name)
		}
		got = append(got, fmt.Sprintf("%s of %s in %s %d %s", r.Tags["code"], about, r.File.Path, r.File.Index, r.Tags["line"]))
	}
	want := []string{
		"ZT603 of - in <source of Topology shop> 0 1",
		"ZT609 of Pod default/near in deploy/near.yaml 2 ",
		"ZT604 of Pod /far in deploy/far.yaml 0 ",
		"ZT604 of Pod /lost in <stdin> 0 24",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A host of the library runs zt, and keeps the results of what failed.
func TestFunctionFilter(t *testing.T) {
	for _, test := range []struct {
		source, result string
		fails          bool
	}{
		{program, "", false},
		{"tier frontend by app\nfrontend -> bakend :80/tcp\n", "ZT201", true},
	} {
		in := kio.ByteReader{Reader: strings.NewReader(list(test.source, workloads))}
		nodes, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		f := exec.Filter{Path: tools + "/zt-kustomize", WorkingDir: dir}
		f.FunctionConfig = in.FunctionConfig
		f.ResultsFile = dir + "/results.yaml"
		out, err := f.Filter(nodes)
		if (err != nil) != test.fails {
			t.Errorf("%q: %v", test.source, err)
		}
		if results, _ := os.ReadFile(f.ResultsFile); test.result != "" && !bytes.Contains(results, []byte(test.result)) {
			t.Errorf("results:\n%s", results)
		}
		policies := 0
		for _, n := range out {
			if n.GetKind() == "NetworkPolicy" {
				policies++
			}
		}
		if !test.fails && policies != 3 {
			t.Errorf("%d policies", policies)
		}
	}
}
