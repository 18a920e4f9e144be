package main

import (
	"bytes"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

// The command reference is made from the commands' definitions.
func TestManual(t *testing.T) {
	want := cli.Manual(commands())
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("README.md"); err != nil || string(got) != want {
		t.Errorf("cmd/zt/README.md is stale (%v): run go test ./cmd/zt -run TestManual -update", err)
	}
}

// Each command has a manual page with its flags and examples, which groff accepts.
func TestManPages(t *testing.T) {
	pages := cli.ManPages(commands())
	for _, c := range commands() {
		text, ok := pages["zt-"+c.Name+".1"]
		if ok == c.Hidden {
			t.Errorf("zt-%s.1: %v", c.Name, ok)
		}
		if ok && strings.Contains(pages["zt.1"], "\n"+c.Name+"\n") != true {
			t.Errorf("zt.1 does not list %s", c.Name)
		}
		for _, f := range c.Flags {
			if name := strings.ReplaceAll("--"+f.Names()[0], "-", `\-`); ok && !strings.Contains(text, name) {
				t.Errorf("zt-%s.1 has no %s", c.Name, name)
			}
		}
	}
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("no groff")
	}
	for name, text := range pages {
		c := exec.Command("groff", "-man", "-ww", "-Tutf8", "-P-cbou")
		c.Stdin = strings.NewReader(text)
		var shown, stderr bytes.Buffer
		c.Stdout, c.Stderr = &shown, &stderr
		if err := c.Run(); err != nil || stderr.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, &stderr)
		}
		for line := range strings.Lines(exampleLines(name)) {
			if !strings.Contains(shown.String(), strings.TrimRight(line, "\n")) {
				t.Errorf("%s does not show %q", name, line)
			}
		}
	}
}

// The Homebrew package installs every manual page.
func TestCask(t *testing.T) {
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Casks []struct{ Manpages []string } `yaml:"homebrew_casks"`
	}
	if err := yaml.Unmarshal(text, &release); err != nil {
		t.Fatal(err)
	}
	var want []string
	for name := range cli.ManPages(commands()) {
		want = append(want, "man/"+name)
	}
	slices.Sort(want)
	if got := release.Casks[0].Manpages; !slices.Equal(got, want) {
		t.Errorf(".goreleaser.yaml has the manpages\n%v\nand zt has\n%v", got, want)
	}
}

// exampleLines returns the examples of the command that a page is about.
func exampleLines(page string) string {
	for _, c := range commands() {
		if page == "zt-"+c.Name+".1" {
			examples, _, _ := strings.Cut(c.Description, "\n\n")
			return examples
		}
	}
	return ""
}

// Go records the version and the commit. A module that was installed has no commit.
func TestOrigin(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}
	var out strings.Builder
	originOf(info).write(&out, "text")
	if !strings.HasPrefix(out.String(), "zt v1.2.3\ngo ") {
		t.Error(out.String())
	}
	info.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"}}
	out.Reset()
	originOf(info).write(&out, "text")
	if !strings.Contains(out.String(), "\ncommit   abc, with changes\ndate     2026-01-02T03:04:05Z\n") {
		t.Error(out.String())
	}
	out.Reset()
	originOf(info).write(&out, "json")
	if !strings.HasPrefix(out.String(), "{\n  \"version\": \"v1.2.3\",\n  \"commit\": \"abc\",\n  \"date\": \"2026-01-02T03:04:05Z\",\n  \"modified\": true,\n") {
		t.Error(out.String())
	}
}
