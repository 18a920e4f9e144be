package proof

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzCompileAndProve holds that whatever compiles is proven: whole and for one of its environments,
// in both layouts and formats.
func FuzzCompileAndProve(f *testing.F) {
	f.Add(shop)
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
			// The compiler's tests keep many programs in a file.
			for i, program := range strings.Split("\n"+string(text), "\n--- ") {
				if i > 0 {
					_, program, _ = strings.Cut(program, "\n")
				}
				f.Add(program)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, diags := grammar.Parse(source.NewFile("fuzz.zt", text))
		if diags.Errors() > 0 {
			return
		}
		built := func(environment string) *topology.Topology {
			top, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{Environment: environment})
			if err != nil || top == nil && diags.Errors() == 0 {
				t.Fatalf("no topology, and no error: %v", err)
			}
			return top
		}
		top := built("")
		if top == nil {
			return
		}
		prove(t, top)
		if n := len(top.Environments); n > 0 {
			// What is written for one of them may be wrong for it alone, as an edge of all to all is.
			if one := built(top.Environments[len(text)%n].Name); one != nil {
				prove(t, one)
			}
		}
	})
}

func prove(t *testing.T, top *topology.Topology) {
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		policies, diags := networkpolicy.Lower(top, layout)
		if diags.Errors() > 0 {
			return // the target cannot express it
		}
		for _, format := range []manifest.Format{manifest.FormatYAML, manifest.FormatJSON} {
			data := manifest.Marshal(policies, format)
			for _, d := range Check(top, networkpolicy.Target{}, []manifest.File{{Data: data}}, format) {
				t.Errorf("%s: %s\n%s", d.Code, d.Message, data)
			}
		}
	}
}
