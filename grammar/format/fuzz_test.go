package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzFormat checks any text: a file without syntax errors has a canonical form, with the same tree
// and comments, and the canonical form does not change when it is formatted.
func FuzzFormat(f *testing.F) {
	for _, tt := range tables {
		f.Add(tt.in)
		f.Add(tt.out)
	}
	for _, pattern := range []string{"../../examples/*/*.zt", "../../compiler/testdata/*/*.zt"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal("no seeds", err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		before, _ := grammar.Parse(source.NewFile("fuzz.zt", text))
		out, diagnostics, err := format.Source(source.NewFile("fuzz.zt", text))
		if err != nil {
			t.Fatalf("%v\n%q", err, text)
		}
		if before.Broken {
			if out != nil || diagnostics.Errors() == 0 {
				t.Errorf("a file with syntax errors is formatted, with %d errors", diagnostics.Errors())
			}
			return
		}
		after, _ := grammar.Parse(source.NewFile("fuzz.zt", string(out)))
		if after.Broken {
			t.Fatalf("the canonical form has syntax errors:\n%s", out)
		}
		if diff := cmp.Diff(ast.Dump(before.Statements...), ast.Dump(after.Statements...)); diff != "" {
			t.Errorf("the tree changed (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(comments(before), comments(after)); diff != "" {
			t.Errorf("the comments changed (-before +after):\n%s", diff)
		}
		if twice := mustFormat(t, string(out)); twice != string(out) {
			t.Errorf("formatted twice (-once +twice):\n%s", cmp.Diff(string(out), twice))
		}
	})
}

// comments returns the text of each comment of a file.
func comments(f *ast.File) []string {
	var out []string
	for _, c := range f.Comments {
		out = append(out, c.Text())
	}
	return out
}
