package grammar

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzParse holds the parser to what is true of any text.
func FuzzParse(f *testing.F) {
	for _, p := range programs {
		f.Add(p.text)
	}
	for _, m := range mistakes {
		f.Add(m.text)
	}
	f.Add("a $(\x00 $(})")
	f.Fuzz(func(t *testing.T, text string) {
		tree, diags := Parse(source.NewFile("test.zt", text))
		for _, problem := range misfits(tree) {
			t.Error(problem)
		}
		for _, d := range diags {
			if s := d.Span; s.File != tree.Source || s.Start < 0 || s.End < s.Start || s.End > len(text) {
				t.Errorf("%s is at %d to %d of %d", d.Code, s.Start, s.End, len(text))
			}
			if d.Message == "" || strings.ContainsAny(d.Message+d.Help, "\n\x00") {
				t.Errorf("%s says %q, %q", d.Code, d.Message, d.Help)
			}
		}
		isSyntax := func(d diag.Diagnostic) bool { return strings.HasPrefix(string(d.Code), "ZT1") }
		if tree.Broken != slices.ContainsFunc(diags, isSyntax) {
			t.Errorf("broken is %v", tree.Broken)
		}
		if tree.Broken {
			return
		}
		if left := unread(tree); left != "" {
			t.Errorf("not read, and not told, is %q", left)
		}
		for _, s := range tree.Statements {
			alone, _ := Parse(source.NewFile("test.zt", withDocs(s)))
			if len(alone.Statements) != 1 || ast.Dump(alone.Statements[0]) != ast.Dump(s) {
				t.Errorf("%q reads as %s alone, and as %s", s.Span().Text(), ast.Dump(alone.Statements...), ast.Dump(s))
			}
		}
		checkHidesNothing(t, tree)
	})
}

// checkHidesNothing puts lines in error around right text, which must read as before.
func checkHidesNothing(t *testing.T, tree *ast.File) {
	text := strings.TrimPrefix(tree.Source.Text, "\ufeff")
	around, diags := Parse(source.NewFile("test.zt", "?\n"+text+"\na -> -> {\n"))
	if got, want := ast.Dump(around.Statements...), ast.Dump(tree.Statements...); got != want {
		t.Errorf("with errors around it, %q reads as %s, and not as %s", text, got, want)
	}
	syntax := slices.DeleteFunc(slices.Clone(diags), func(d diag.Diagnostic) bool { return d.Code == diag.BadName })
	if len(syntax) != 2 {
		t.Errorf("around %q, two errors are reported as %v", text, syntax)
	}
}
