package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// More than anyone can compare is refused where it becomes too much, and not read any further.
func TestTooMuchKept(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	policy := func(name string, peers int) string {
		return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name + "}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n" +
			strings.Repeat("    - podSelector: {}\n", peers) + "---\n"
	}
	for peers, want := range map[int]int{maxKept - 2: 0, maxKept - 1: 1} {
		text := policy("a", peers) + policy("b", 0) + policy("b", 0)
		text = strings.ReplaceAll(text, "  - from:\n---", "  - {}\n---")
		text = strings.TrimSuffix(text, "---\n")
		files := []*source.File{source.NewFile("a.yaml", text), source.NewFile("b.yaml", "[")}
		_, diags := Read(files, "")
		var codes []string
		for _, d := range diags {
			codes = append(codes, fmt.Sprint(d.Code))
		}
		full := len(diags) == 1 && diags[0].Code == diag.TooMuch
		if full != (want == 1) {
			t.Errorf("%d peers: %v", peers, codes)
		}
	}
}

// Too many workloads are an error too: the policies after them are not read.
func TestTooManyWorkloads(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	policy := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n" +
		strings.Repeat("    - podSelector: {}\n", maxKept-1)
	pod := "---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"
	if _, diags := Read([]*source.File{source.NewFile("a.yaml", policy+pod)}, ""); diags.Errors() != 1 {
		t.Error(diags)
	}
}

// All that some command uses counts, not only policies and workloads. Others do not.
func TestTooManyObjects(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	for kind, want := range map[string]int{
		"v1\nkind: Namespace": 1, "v1\nkind: Service": 1, "cilium.io/v3\nkind: CiliumNetworkPolicy": 1, "example.com/v1\nkind: Database": 1,
		"v1\nkind: ConfigMap": 0,
	} {
		var text strings.Builder
		for i := range maxKept + 2 {
			fmt.Fprintf(&text, "apiVersion: %s\nmetadata:\n  name: a%d\n---\n", kind, i)
		}
		if _, diags := Read([]*source.File{source.NewFile("a.yaml", text.String())}, ""); diags.Errors() != want || want == 1 && diags[0].Code != diag.TooMuch {
			t.Errorf("%s: %v", kind, diags)
		}
	}
}

// The library reads slowly: what it would read for long is refused, once, and nothing after it is read.
func TestTooMuchDecoded(t *testing.T) {
	text := "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
	for left, want := range map[int]int{Values(text): 0, Values(text) - 1: 1} {
		file := source.NewFile("a.yaml", text+"---\n"+text)
		r := &reader{file: file, policies: map[string]source.Span{}, decoded: maxDecoded - left - Values(text)}
		r.read(file)
		r.read(file)
		if r.diags.Errors() != 1 || r.diags[0].Code != diag.TooMuch || len(r.inventory.Workloads) != 2-want {
			t.Errorf("%d left: %d workloads, %v", left, len(r.inventory.Workloads), r.diags)
		}
	}
}
