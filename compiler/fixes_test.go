package compiler_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// TestFixes applies each fix of each wrong program and of each page's example: its diagnostic is
// gone, and a program with no other error has none.
func TestFixes(t *testing.T) {
	programs := readPrograms(t, "wrong")
	for _, e := range diag.Registry() {
		if page, _ := diag.Page(string(e.Code)); !strings.HasPrefix(string(e.Code), "ZT6") && strings.Contains(page, "```zt") {
			programs = append(programs, testProgram{title: "page of " + string(e.Code), program: section(t, page, "Example")})
		}
	}
	fixed := map[diag.Code]int{}
	for _, p := range programs {
		t.Run(p.title, func(t *testing.T) {
			before := p.diagnose(t)
			for _, d := range before {
				for _, f := range d.Fixes {
					fixed[d.Code]++
					after := apply(t, p.program, f).diagnose(t)
					if count(after, d.Code) >= count(before, d.Code) {
						t.Errorf("%q does not fix %s at %s:\n%s", f.Message, d.Code, place(d.Span), render(after))
					}
					// Beside other errors, one may have hidden what an edge breaks.
					if before.Errors() <= 1 && after.Errors() > 0 {
						t.Errorf("%q causes a new error:\n%s", f.Message, render(after))
					}
				}
			}
		})
	}
	for _, code := range []diag.Code{
		diag.UndefinedName, diag.UndefinedNamespace, diag.UndefinedPort, diag.BadCIDR, diag.HostBits,
		diag.PortReversed, diag.UnknownProtocol, diag.Redundant,
	} {
		if fixed[code] == 0 {
			t.Errorf("no wrong program has a fix of %s", code)
		}
	}
}

func count(list diag.List, code diag.Code) int {
	n := 0
	for _, d := range list {
		if d.Code == code {
			n++
		}
	}
	return n
}

// apply returns a program after a fix, whose edits are applied from the last to the first.
func apply(t *testing.T, p program, f diag.Fix) program {
	t.Helper()
	p.files = slices.Clone(p.files)
	for i, e := range slices.Backward(f.Edits) {
		if i > 0 && e.Span.Start < f.Edits[i-1].Span.End {
			t.Fatalf("edits are not in order: %v", f.Edits)
		}
		at := slices.IndexFunc(p.files, func(file programFile) bool { return file.name == e.Span.File.Name })
		text := p.files[at].text
		p.files[at].text = text[:e.Span.Start] + e.Replacement + text[e.Span.End:]
	}
	return p
}
