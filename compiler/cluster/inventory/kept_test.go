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
