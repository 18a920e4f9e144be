package examples

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// fence is a program in a document: ```zt, or ```zt wrong CODE for one that
// is there to show a diagnostic.
var fence = regexp.MustCompile("(?ms)^```zt( wrong (ZT\\d+))?\n(.*?)^```$")

// TestDocuments compiles every program of the documents.
func TestDocuments(t *testing.T) {
	for _, path := range []string{"../README.md", "../grammar/README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		programs := fence.FindAllStringSubmatchIndex(string(text), -1)
		if len(programs) == 0 || len(programs) != strings.Count(string(text), "\n```zt") {
			t.Errorf("%s: found %d programs", path, len(programs))
		}
		for _, m := range programs {
			line := 1 + strings.Count(string(text[:m[0]]), "\n")
			want := ""
			if m[4] >= 0 {
				want = string(text[m[4]:m[5]])
			}
			file, diags := grammar.Parse(source.NewFile(path, string(text[m[6]:m[7]])))
			_, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var errors []string
			for _, d := range append(diags, more...) {
				// A program of a few lines may well be warned of.
				if !strings.HasPrefix(string(d.Code), "ZT5") {
					errors = append(errors, string(d.Code))
				}
			}
			if got := strings.Join(errors, " "); got != want {
				t.Errorf("%s:%d: the program gives %q, want %q", path, line, got, want)
			}
		}
	}
}
