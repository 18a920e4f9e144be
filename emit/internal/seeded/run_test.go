//go:build seeded

package seeded

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// nets are what a mistake can be caught by; the first that does counts.
var nets = []struct {
	name string
	run  []string // how to run tests of emit/internal/semantics; nil for those of the packages around the mistake
	says string   // what the output must have in it to count
}{
	{"the proof", []string{"-test.run=^TestProofAccepts$"}, "the proof says"},
	{"the comparison with the definition", []string{"-test.run=^(TestPrograms|TestSpellings)$", "-rapid.checks=150", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}, ""},
	{"the naive evaluator of mutants", []string{"-test.run=^TestProof(CatchesMutants|TakesRewritings)$"}, ""},
	{"tests of packages", nil, ""},
}

// TestSeededBugs builds the compiler with each mistake in it, without touching its files,
// and wants it caught: by the proof where only one of the two meanings is wrong.
func TestSeededBugs(t *testing.T) {
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	if by := (bug{file: "compiler/none.go"}).catch(t, root); by != "" {
		t.Fatalf("%s fail without a mistake", by)
	}
	var lock sync.Mutex
	caught := map[string]int{}
	t.Run("each", func(t *testing.T) {
		for _, b := range bugs {
			t.Run(b.what, func(t *testing.T) {
				t.Parallel()
				by := b.catch(t, root)
				t.Logf("%s: caught by %s", b.file, by)
				switch {
				case by == "":
					t.Errorf("%s: nothing catches it", b.file)
				case by != nets[0].name && b.provable() && b.unproven == "":
					t.Errorf("%s: it is for the proof to catch", b.file)
				}
				lock.Lock()
				defer lock.Unlock()
				caught[by]++
			})
		}
	})
	summary := fmt.Sprint(len(bugs), " seeded")
	for _, net := range nets {
		summary += fmt.Sprintf(", %d caught by %s", caught[net.name], net.name)
	}
	t.Log(summary)
}

// provable reports whether a mistake is in what the proof compares, on one
// side: resolving gives both the same topology, and sets are those of both.
func (b bug) provable() bool {
	return strings.HasPrefix(b.file, "emit/") || strings.HasPrefix(b.file, "compiler/meaning/")
}

// catch returns the net that catches a mistake, or "". One without a text is none.
func (b bug) catch(t *testing.T, root string) string {
	dir := t.TempDir()
	wrong, overlay, binary := filepath.Join(dir, "wrong.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "semantics.test")
	replace := map[string]string{}
	if b.right != "" {
		text, ok := b.seed()
		if !ok {
			t.Fatalf("%s: %q is not there once", b.file, b.right)
		}
		write(t, wrong, []byte(text))
		replace[filepath.Join(root, filepath.FromSlash(b.file))] = wrong
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, data)
	semantics := filepath.Join(root, "emit", "internal", "semantics")
	if out, err := run(semantics, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, "."); err != nil {
		t.Fatalf("%s: it is no mistake that compiles: %v\n%s", b.file, err, out)
	}
	for _, net := range nets {
		command := append([]string{binary, "-test.timeout=20m"}, net.run...)
		dir := semantics
		if net.run == nil {
			dir = root
			command = []string{"go", "test", "-vet=off", "-overlay", overlay, "./compiler"}
			if own := "./" + path.Dir(b.file); own != command[len(command)-1] {
				command = append(command, own)
			}
		}
		out, err := run(dir, command...)
		if err != nil && strings.Contains(out, net.says) {
			t.Logf("%s:\n%s", net.name, first(out, 6))
			return net.name
		}
	}
	return ""
}

func write(t *testing.T, name string, content []byte) {
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(dir string, command ...string) (string, error) {
	c := exec.Command(command[0], command[1:]...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// first returns the first lines of a text.
func first(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
