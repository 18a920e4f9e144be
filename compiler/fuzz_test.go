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
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzCompile holds that no text makes the compiler panic, and that whatever it reports
// can be shown: in one line, at a place that exists.
func FuzzCompile(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(checkCompiles)
}

// corpus is the programs of testdata.
func corpus(t testing.TB) (texts []string) {
	names, err := filepath.Glob("testdata/*/*.zt")
	if err != nil || len(names) == 0 {
		t.Fatal("no programs")
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Split("\n"+string(data), "\n--- ")[1:] {
			_, text, _ = strings.Cut(text, "\n")
			texts = append(texts, text)
		}
	}
	return texts
}

// checkCompiles compiles a text and checks all that comes of it.
func checkCompiles(t *testing.T, text string) {
	file := fstest.MapFS{mainFile: {Data: []byte(text)}}
	trees, diags, err := compiler.Load(file, []compiler.Input{{Path: mainFile, Name: mainFile}}, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	info := &resolve.Info{}
	result, err := compiler.Analyze(trees, compiler.Options{Info: info})
	if err != nil {
		t.Fatal(err)
	}
	more := result.Diagnostics
	topology, ok := result.Topology()
	wrong := more.Errors() > 0 || slices.ContainsFunc(trees, (*ast.File).Partial)
	if ok == wrong || (topology == nil) != wrong {
		t.Errorf("wrong is %v, ok is %v, and topology == nil is %v", wrong, ok, topology == nil)
	}
	checkWhole(t, result.Partial())
	checkInfo(t, info)
	if ok {
		_, lowered := networkpolicy.Lower(topology, target.ByTier)
		more = append(more, lowered...)
	}
	for _, d := range append(diags, more...) {
		checkShowable(t, d)
	}
}

// checkWhole holds that what could be resolved has no holes.
func checkWhole(t *testing.T, top *topology.Topology) {
	t.Helper()
	for _, e := range top.Edges {
		if e.From == nil || e.To == nil || e.Ports.IsEmpty() {
			t.Errorf("an edge has a hole: %+v", e)
		}
	}
	for _, d := range top.Denies {
		for _, p := range slices.Concat(d.From, d.To) {
			if p.Endpoint == nil {
				t.Errorf("a deny has a hole: %+v", d)
			}
		}
	}
}

// checkInfo holds that names and what they mean are places of the text.
func checkInfo(t *testing.T, info *resolve.Info) {
	t.Helper()
	for _, names := range []map[source.Span][]topology.Object{info.Definitions, info.Uses} {
		for at, objects := range names {
			if at.File == nil || at.Text() == "" || len(objects) == 0 {
				t.Errorf("%v is no name", at)
			}
			for _, o := range objects {
				if o.Declared().IsZero() {
					t.Errorf("%q means what is nowhere", at.Text())
				}
			}
		}
	}
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
