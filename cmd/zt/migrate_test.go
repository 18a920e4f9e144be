package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// step matches a command in the page about migration, in a list or not, and its output.
var step = regexp.MustCompile("(?ms)^ *```console\n *\\$ (.*?)\n(.*?)^ *```$")

// TestMigrate runs the commands of the page about migration one after the other, in a copy of its folder,
// and compares their output.
func TestMigrate(t *testing.T) {
	const folder = "../../examples/migrate"
	page, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	steps := step.FindAllStringSubmatch(string(page), -1)
	if len(steps) != strings.Count(string(page), "```console") || len(steps) < 14 {
		t.Fatalf("found %d commands", len(steps))
	}
	for _, m := range steps {
		c := exec.Command("sh", "-c", m[1])
		c.Dir = dir
		var report strings.Builder
		c.Stderr = &report
		out, err := c.Output()
		var exit *exec.ExitError
		if len(out) == 0 && err != nil { // the output is the errors
			out = []byte(report.String())
		}
		// What a command of zt prints is what is wrong, or different.
		if isWrong := m[2] != "" && strings.HasPrefix(m[1], "zt "); errors.As(err, &exit) != isWrong || isWrong && exit.ExitCode() != 1 {
			t.Fatalf("%s: %v\n%s", m[1], err, report.String())
		}
		if string(out) != m[2] {
			t.Fatalf("%s: the output is\n%s\nand the page shows\n%s", m[1], out, m[2])
		}
	}
}
