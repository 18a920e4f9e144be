package crosscheck_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/crosscheck"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var fence = regexp.MustCompile("(?ms)^```(zt|yaml)\n(.*?)^```$")

// Every page of what manifests show has an example, a program and manifests, that is reported
// with its code and no other, and a fixed one with which nothing is wrong.
func TestPages(t *testing.T) {
	for _, e := range diag.Registry() {
		page, _ := diag.Page(string(e.Code))
		if !strings.HasPrefix(string(e.Code), "ZT6") || strings.Contains(page, "```json") || e.Code >= diag.PolicySelectsNothing && e.Code <= diag.CiliumWithoutEffect {
			continue // packages flows and policycheck try these
		}
		t.Run(string(e.Code), func(t *testing.T) {
			_, rest, _ := strings.Cut(page, "\n## Example\n")
			example, fixed, ok := strings.Cut(rest, "\n## How to fix it\n")
			if !ok {
				t.Fatal("the page lacks the section Example or How to fix it")
			}
			list := ofSection(t, example)
			if !slices.Equal(codes(list), []diag.Code{e.Code}) {
				t.Errorf("the example is reported with %v", list)
			}
			for _, d := range list {
				fixes(t, d, example, fixed)
			}
			if list := ofSection(t, fixed); len(list) > 0 {
				t.Errorf("the fixed one is reported: %v", list)
			}
		})
	}
}

// ofSection reports what is wrong with the program and the manifests of a section.
func ofSection(t *testing.T, section string) diag.List {
	t.Helper()
	texts := map[string]string{}
	for _, m := range fence.FindAllStringSubmatch(section, -1) {
		texts[m[1]] += m[2]
	}
	if texts["zt"] == "" || texts["yaml"] == "" {
		t.Fatal("a section without a program, or without manifests")
	}
	return holdAll(t, texts["zt"], texts["yaml"])
}

// fixes fails unless each fix of a diagnostic resolves it, and opens just what the fixed program does.
func fixes(t *testing.T, d diag.Diagnostic, example, fixed string) {
	t.Helper()
	for _, f := range d.Fixes {
		text, want := "", ""
		for _, m := range fence.FindAllStringSubmatch(example, -1) {
			if m[1] == "zt" {
				text = m[2]
			}
		}
		for _, m := range fence.FindAllStringSubmatch(fixed, -1) {
			if m[1] == "zt" {
				want = m[2]
			}
		}
		for _, edit := range slices.Backward(f.Edits) {
			text = text[:edit.Span.Start] + edit.Replacement + text[edit.Span.End:]
		}
		if list := ofSection(t, strings.Replace(fixed, want, text, 1)); len(list) > 0 {
			t.Errorf("after the fix %q: %v\n%s", f.Message, list, text)
		}
		after, right := compile(t, text), compile(t, want)
		facts := semantics.Facts(right)
		a, _ := semantics.Trace(after, facts)
		b, _ := semantics.Trace(right, facts)
		relation.Diff(a, b, func(c relation.Connection) bool {
			t.Errorf("the fix %q and the fixed program differ: %v", f.Message, c)
			return false
		})
	}
}

// unused are notes about what nothing needs, which have tests of their own.
var unused = []diag.Code{diag.PortNotOpened, diag.PortNotDeclared, diag.NamespaceNotIsolated}

// hold is holdAll without the notes about what nothing needs.
func hold(t *testing.T, program string, manifests ...string) diag.List {
	t.Helper()
	return slices.DeleteFunc(holdAll(t, program, manifests...), func(d diag.Diagnostic) bool { return slices.Contains(unused, d.Code) })
}

// holdAll reports what is wrong with manifests, or else what they show of a program, which must be
// right but for warnings.
func holdAll(t *testing.T, program string, manifests ...string) diag.List {
	t.Helper()
	top := compile(t, program)
	var files []*source.File
	for _, m := range manifests {
		files = append(files, source.NewFile("manifests.yaml", m))
	}
	inv, diags := inventory.ReadEvidence(files, "")
	if diags.Errors() > 0 {
		return diags
	}
	return crosscheck.Check(top, inv)
}

func compile(t testing.TB, program string) *topology.Topology {
	t.Helper()
	file, diags := grammar.Parse(source.NewFile("shop.zt", program))
	top, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if top == nil || err != nil || diags.Errors() > 0 {
		t.Fatalf("%v %v %v", err, diags, more)
	}
	return top
}

func codes(list diag.List) []diag.Code {
	var out []diag.Code
	for _, d := range list {
		out = append(out, d.Code)
	}
	return out
}
