package compiler_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// program is a program of a test: its files, of which the first is the one
// that is compiled and imports the others, and the options of the build.
type program struct {
	files   []programFile
	options compiler.Options
}

type programFile struct{ name, text string }

// mainFile is what the first file is called.
const mainFile = "main.zt"

// oneFile is the program that most tests are of.
func oneFile(text string) program {
	return program{files: []programFile{{mainFile, text}}}
}

// diagnose goes the whole way that a build goes and returns what it reports:
// what the files say, what they mean, and what the target can express.
func (p program) diagnose(t *testing.T) diag.List {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range p.files {
		files[f.name] = &fstest.MapFile{Data: []byte(f.text)}
	}
	input := []compiler.Input{{Path: p.files[0].name, Name: p.files[0].name}}
	trees, diags, err := compiler.Load(files, input, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	topology, more, err := compiler.Compile(trees, p.options)
	if err != nil {
		t.Fatal(err)
	}
	diags = append(diags, more...)
	if diags.Errors() == 0 {
		_, more = networkpolicy.Lower(topology, networkpolicy.ByTier)
		diags = append(diags, more...)
	}
	diags.Sort()
	return diags
}

// render writes diagnostics out in the notation of the tests, for failures.
func render(diags diag.List) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.Span.File.Name + ":" + place(d.Span) + ": " + string(d.Code) + " " + d.Message + "\n")
		for _, r := range d.Related {
			b.WriteString("    also " + r.Span.File.Name + ":" + place(r.Span) + " " + r.Message + "\n")
		}
		if d.Help != "" {
			b.WriteString("    help: " + d.Help + "\n")
		}
	}
	return b.String()
}
