package compiler_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/networkpolicy"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzCompile holds that no text makes the compiler panic, and that whatever it reports
// can be shown: in one line, at a place that exists.
func FuzzCompile(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*.zt")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, text := range strings.Split("\n"+string(data), "\n--- ")[1:] {
			_, text, _ = strings.Cut(text, "\n")
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := fstest.MapFS{mainFile: {Data: []byte(text)}}
		trees, diags, err := compiler.Load(file, []compiler.Input{{Path: mainFile, Name: mainFile}}, func(path string) string { return path })
		if err != nil {
			t.Fatal(err)
		}
		topology, more, err := compiler.Compile(trees, compiler.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wrong := more.Errors() > 0 || slices.ContainsFunc(trees, (*ast.File).Partial)
		if (topology == nil) != wrong {
			t.Errorf("wrong is %v, and topology == nil is %v", wrong, topology == nil)
		}
		if topology != nil {
			_, lowered := networkpolicy.Lower(topology, networkpolicy.ByTier)
			more = append(more, lowered...)
		}
		for _, d := range append(diags, more...) {
			checkShowable(t, d)
		}
	})
}

func checkShowable(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	text := func(what, s string) {
		if strings.ContainsAny(s, "\n\r") || !utf8.ValidString(s) {
			t.Errorf("%s: the %s is not a line of text: %q", d.Code, what, s)
		}
	}
	span := func(s source.Span) {
		if s.File == nil || s.Start < 0 || s.End < s.Start || s.End > len(s.File.Text) {
			t.Errorf("%s: no such place: %v", d.Code, s)
		}
	}
	if d.Message == "" {
		t.Errorf("%s without a message", d.Code)
	}
	text("message", d.Message)
	text("help", d.Help)
	span(d.Span)
	for _, r := range d.Related {
		text("related message", r.Message)
		span(r.Span)
	}
}
