package crosscheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// The facts of public systems, with a right program for each.
func system(t *testing.T, name string) (program, manifests string) {
	t.Helper()
	at := map[string][2]string{"online-boutique": {"../../../examples/online-boutique/online-boutique.zt", "testdata/systems/online-boutique.yaml"}}[name]
	if at[0] == "" {
		at = [2]string{"testdata/systems/" + name + ".zt", "testdata/systems/" + name + ".yaml"}
	}
	var texts [2]string
	for i, file := range at {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts[0], texts[1]
}

// The right program of a public system has no error and no warning.
func TestSystemsWithoutFalseAlarms(t *testing.T) {
	files, err := filepath.Glob("testdata/systems/*.zt")
	if err != nil || len(files) < 11 {
		t.Fatal(files, err)
	}
	for _, name := range append(files, "online-boutique.zt") {
		name = strings.TrimSuffix(filepath.Base(name), ".zt")
		program, manifests := system(t, name)
		for _, d := range hold(t, program, manifests) {
			if d.Severity != diag.Note {
				t.Errorf("%s: %s %s", name, d.Code, d.Message)
			}
		}
	}
}

// Each mistake in the program of a public system is reported, with one diagnostic.
func TestMistakesInSystems(t *testing.T) {
	text, err := os.ReadFile("testdata/systems/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(strings.TrimRight(line, " \n"), " | ", 4)
		old, replacement, ok := strings.Cut(parts[3], " =>")
		if !ok {
			t.Fatal(line)
		}
		program, manifests := system(t, parts[0])
		if replacement = strings.TrimPrefix(replacement, " "); old == "^" {
			replacement += "\n"
		}
		wrong := regexp.MustCompile(old).ReplaceAllString(program, replacement)
		if wrong == program {
			t.Errorf("%s, %s: nothing was replaced", parts[0], parts[1])
		}
		notes := func(d diag.Diagnostic) bool { return d.Severity == diag.Note && string(d.Code) != parts[2] }
		found := codes(slices.DeleteFunc(hold(t, wrong, manifests), notes))
		if !slices.Contains(found, diag.Code(parts[2])) {
			t.Errorf("%s, %s: reported with %v, not %s", parts[0], parts[1], found, parts[2])
		}
		if slices.Sort(found); len(slices.Compact(found)) > 1 {
			t.Errorf("%s, %s: one mistake has several diagnostics: %v", parts[0], parts[1], found)
		}
	}
}
