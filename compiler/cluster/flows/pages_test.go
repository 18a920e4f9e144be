package flows_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var fence = regexp.MustCompile("(?ms)^```(zt|json)\n(.*?)^```$")

// Every page of what observed connections show has an example, a program and flows, that is
// reported with its code and no other, and a fixed one with which nothing is wrong.
func TestPages(t *testing.T) {
	for _, e := range diag.Registry() {
		page, _ := diag.Page(string(e.Code))
		if !strings.HasPrefix(string(e.Code), "ZT6") || !strings.Contains(page, "```json") {
			continue
		}
		t.Run(string(e.Code), func(t *testing.T) {
			_, rest, _ := strings.Cut(page, "\n## Example\n")
			example, fixed, ok := strings.Cut(rest, "\n## How to fix it\n")
			if !ok {
				t.Fatal("the page lacks the section Example or How to fix it")
			}
			if got := ofSection(t, example); !slices.Equal(got, []diag.Code{e.Code}) {
				t.Errorf("the example is reported with %v", got)
			}
			if got := ofSection(t, fixed); len(got) > 0 {
				t.Errorf("the fixed one is reported with %v", got)
			}
		})
	}
}

// ofSection returns the codes of what is wrong with the program and the flows of a section.
func ofSection(t *testing.T, section string) []diag.Code {
	t.Helper()
	texts := map[string]string{}
	for _, m := range fence.FindAllStringSubmatch(section, -1) {
		texts[m[1]] += m[2]
	}
	if texts["zt"] == "" || texts["json"] == "" {
		t.Fatal("a section without a program, or without flows")
	}
	log, found, err := flows.Read("flows.json", strings.NewReader(texts["json"]))
	if err != nil {
		t.Fatal(err)
	}
	if log != nil {
		found = flows.Check(compile(t, texts["zt"]), log, "flows.json", nil)
	}
	var out []diag.Code
	for _, d := range found {
		out = append(out, d.Code)
	}
	return out
}

func compile(t *testing.T, program string) *topology.Topology {
	t.Helper()
	file, diags := grammar.Parse(source.NewFile("shop.zt", program))
	top, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if top == nil || err != nil || diags.Errors() > 0 {
		t.Fatalf("%v %v %v", err, diags, more)
	}
	return top
}

// check reports what flows show of a program, as text.
func check(t *testing.T, program, records string, inv *inventory.Inventory) []string {
	t.Helper()
	log, wrong, err := flows.Read("flows.json", strings.NewReader(records))
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	var out []string
	for _, d := range flows.Check(compile(t, program), log, "flows.json", inv) {
		out = append(out, d.Message+" | "+d.Help)
	}
	return out
}
