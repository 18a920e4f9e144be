package compiler_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// TestPages compiles the programs of every code's page: the example must be
// reported with that code and no other, the fixed one not at all.
//
// The ```zt fences of a section are one program. The first is the file that is
// compiled, main.zt; those that say ```zt file=NAME are files that it imports. A fence that says target=NAME is also
// compiled to that target.
func TestPages(t *testing.T) {
	for _, e := range diag.Registry() {
		t.Run(string(e.Code), func(t *testing.T) {
			page, ok := diag.Page(string(e.Code))
			if !ok {
				t.Fatal("there is no page")
			}
			if first, _, _ := strings.Cut(page, "\n"); first != "# "+string(e.Code)+": "+e.Title {
				t.Errorf("the page's title is %q", first)
			}
			if strings.HasPrefix(string(e.Code), "ZT9") || e.Code == diag.TooMuch { // a program for that is long
				// A bug of zt: no program is known to bring it about.
				if strings.Contains(page, "```zt") {
					t.Error("the page of a bug has a program")
				}
				return
			}
			if strings.HasPrefix(string(e.Code), "ZT6") || strings.HasPrefix(string(e.Code), "ZT8") {
				return // it takes manifests; packages crosscheck, flows, policycheck and policies try them
			}
			wrong, right := section(t, page, "Example"), section(t, page, "How to fix it")
			wrong.options.Native = e.Code == diag.CiliumUnsupported
			right.options.Native = wrong.options.Native
			example := wrong.diagnose(t)
			if got := codes(example); !slices.Equal(got, []string{string(e.Code)}) {
				t.Errorf("the example is reported with %v:\n%s", got, render(example))
			}
			if diags := right.diagnose(t); len(diags) > 0 {
				t.Errorf("the fixed program is reported:\n%s", render(diags))
			}
		})
	}
}

var fence = regexp.MustCompile("(?ms)^```zt(?: file=(\\S+))?(?: target=(\\S+))?(?: priority=(\\S+))?\n(.*?)^```$")

// section reads the program in a section of a page.
func section(t *testing.T, page, title string) program {
	t.Helper()
	_, text, found := strings.Cut(page, "\n## "+title+"\n")
	if !found {
		t.Fatalf("the page has no section %q", title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var p program
	for i, m := range fence.FindAllStringSubmatch(text, -1) {
		name := m[1]
		if name == "" {
			name = mainFile
		}
		if (i == 0) != (name == mainFile) {
			t.Fatalf("section %q: only the first program is without a file's name", title)
		}
		if i == 0 {
			p.target, p.priorities = m[2], m[3]
		}
		p.files = append(p.files, programFile{name, m[4]})
	}
	if len(p.files) == 0 {
		t.Fatalf("section %q has no program", title)
	}
	return p
}

func TestEveryPageHasACode(t *testing.T) {
	pages, err := os.ReadDir("../grammar/diag/pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		name := p.Name()
		code := strings.TrimSuffix(name, ".md")
		if !slices.ContainsFunc(diag.Registry(), func(e diag.Entry) bool { return string(e.Code) == code }) {
			t.Errorf("%s is the page of no code", name)
		}
	}
}
