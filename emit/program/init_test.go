package program

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

var update = flag.Bool("update", false, "write the programs in testdata")

// initOf returns the first program from a text.
func initOf(t *testing.T, text string) string {
	t.Helper()
	inv, diags := inventory.ReadEvidence([]*source.File{source.NewFile("manifests.yaml", text)}, "")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	program, err := Init(inv, "default", "manifests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(program)
}

// clean fails unless a program compiles without warnings, is proven, and is formatted.
func clean(t *testing.T, program string) {
	t.Helper()
	_, diags, err := emit.Build(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &program}}, emit.Options{})
	if err != nil || len(diags) > 0 {
		t.Errorf("%v %v", err, diags)
	}
	formatted, _, err := format.Source(source.NewFile("p.zt", program))
	if diff := cmp.Diff(string(formatted), program); err != nil || diff != "" {
		t.Errorf("not formatted: %v %s", err, diff)
	}
}

// TestInit compares the programs of testdata with what is written from the manifests beside them.
func TestInit(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			program := initOf(t, string(text))
			clean(t, program)
			golden := strings.TrimSuffix(file, ".yaml") + ".zt"
			if *update {
				if err := os.WriteFile(golden, []byte(program), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), program); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A secret in a URL does not get into the program.
func TestInitKeepsSecrets(t *testing.T) {
	text, err := os.ReadFile("testdata/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if program := initOf(t, string(text)); !strings.Contains(string(text), "user:secret@api") || strings.Contains(program, "secret") {
		t.Errorf("the password is in\n%s", program)
	}
}

func TestMerged(t *testing.T) {
	var blocks []netip.Prefix
	for _, text := range []string{"10.0.3.0/24", "10.0.0.0/24", "10.0.2.0/24", "10.0.1.0/24", "10.0.1.0/25", "10.0.5.0/24", "fd00::/64"} {
		blocks = append(blocks, netip.MustParsePrefix(text))
	}
	if got := fmt.Sprint(merged(blocks)); got != "[10.0.0.0/22 10.0.5.0/24 fd00::/64]" {
		t.Error(got)
	}
}
