package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// documents are the texts for users that contain programs.
var documents = []string{"../README.md", "../grammar/README.md"}

// A program in a document is ```zt, or ```zt wrong CODE for one that is there to show
// diagnostics, of which it then brings about that one and no other.
var program = regexp.MustCompile("(?ms)^```zt(?: wrong (ZT\\d+))?\n(.*?)^```$")

// TestDocuments builds every program of the documents: it gives no diagnostic that the
// document does not name, and is written as zt would format it.
func TestDocuments(t *testing.T) {
	for _, path := range documents {
		text := read(t, path)
		programs := program.FindAllStringSubmatchIndex(text, -1)
		if len(programs) == 0 || len(programs) != strings.Count(text, "\n```zt") {
			t.Errorf("%s: found %d programs", path, len(programs))
		}
		for _, m := range programs {
			line := 1 + strings.Count(text[:m[0]], "\n")
			var want []string
			if m[2] >= 0 {
				want = []string{text[m[2]:m[3]]}
			}
			code := text[m[4]:m[5]]
			if diff := cmp.Diff(want, codes(diagnose(t, code))); diff != "" {
				t.Errorf("%s:%d: diagnostics: -want +got\n%s", path, line, diff)
			}
			formatted, _, err := format.Source(source.NewFile(path, code))
			if err != nil {
				t.Errorf("%s:%d: %v", path, line, err)
			} else if diff := cmp.Diff(string(formatted), code); diff != "" {
				t.Errorf("%s:%d: the program is not formatted: -want +got\n%s", path, line, diff)
			}
		}
	}
}

// diagnose returns what a build of a program, which may import the examples, says of it.
func diagnose(t *testing.T, text string) diag.List {
	t.Helper()
	input := compiler.Input{Path: "program.zt", Name: "program.zt", Text: &text}
	files, diags, err := compiler.Load(os.DirFS("."), []compiler.Input{input}, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	top, more, err := compiler.Compile(files, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	diags = append(diags, more...)
	if top == nil {
		return diags
	}
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		policies, unsupported := networkpolicy.Lower(top, layout)
		data := manifest.Marshal(policies, manifest.FormatYAML)
		diags = append(diags, unsupported...)
		if unsupported.Errors() == 0 {
			diags = append(diags, proof.Check(top, networkpolicy.Target{}, []manifest.File{{Data: data}}, manifest.FormatYAML)...)
		}
	}
	return diags
}

// codes returns the codes of diagnostics, each once.
func codes(list diag.List) []string {
	var out []string
	for _, d := range list {
		out = append(out, string(d.Code))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// manifests in a document are ```yaml.
var manifests = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestShownManifests holds the manifests that the front page shows to those of the
// program that it shows, which is the first example.
func TestShownManifests(t *testing.T) {
	page := read(t, "../README.md")
	if code := program.FindStringSubmatch(page); code == nil || code[2] != read(t, "three-tier/three-tier.zt") {
		t.Error("the first program is not that of three-tier")
	}
	built := strings.Split(read(t, "three-tier/manifests/default.yaml"), "---\n")
	shown := manifests.FindAllStringSubmatch(page, -1)
	if len(shown) == 0 {
		t.Error("found no manifests")
	}
	for _, m := range shown {
		if !slices.Contains(built, m[1]) {
			t.Errorf("zt does not build this:\n%s", m[1])
		}
	}
}

// link matches a link to a file.
var link = regexp.MustCompile(`\]\(([^):#]+)`)

// named matches a file or folder of this repository in a text, in backquotes.
var named = regexp.MustCompile("`((?:cmd|grammar|compiler|emit|examples|\\.ci|\\.github)(?:/[\\w.-]+)*)`")

// developers are the texts for those who change zt.
var developers = []string{"../.github/ARCHITECTURE.md", "../.github/CONTRIBUTING.md", "../.github/SECURITY.md"}

// TestLinks checks that every linked file exists.
func TestLinks(t *testing.T) {
	users := append([]string{"README.md", "import/README.md", "kustomize/README.md", "pipelines/README.md", "../emit/conformance/README.md"}, documents...)
	for _, path := range append(users, developers...) {
		for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
			if m[1] == "https" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestNamedFiles checks that every file that the texts for developers name exists. Without it,
// a package that moves leaves a wrong path.
func TestNamedFiles(t *testing.T) {
	count := 0
	for _, path := range developers {
		for _, m := range named.FindAllStringSubmatch(read(t, path), -1) {
			count++
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if count < 20 {
		t.Errorf("found only %d names of files", count)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
