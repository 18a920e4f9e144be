package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// hook is what pre-commit knows of a hook, with its defaults.
type hook struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Entry         string   `json:"entry"`
	Language      string   `json:"language"`
	Files         string   `json:"files"`
	Args          []string `json:"args"`
	PassFilenames *bool    `json:"pass_filenames"`
	RequireSerial bool     `json:"require_serial"`
}

func hooks(t *testing.T) map[string]hook {
	t.Helper()
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []hook
	if err := yaml.UnmarshalStrict(text, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string]hook{}
	for _, h := range list {
		out[h.ID] = h
	}
	return out
}

// install builds what a hook of the language golang has in its PATH: all
// commands of the repository, by one go install.
func install(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	c := exec.Command("go", "install", "./...")
	c.Dir = "../.."
	c.Env = append(os.Environ(), "GOBIN="+bin)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go install: %v\n%s", err, out)
	}
	return bin
}

// run runs a hook in a repository as pre-commit does: its entry, the
// arguments of the configuration or its own, and of the changed files those that it is for. It
// reports whether the hook fails, which it does as well by changing a file.
func (h hook) run(t *testing.T, bin, repository string, args []string, changed ...string) (failed bool, output string) {
	t.Helper()
	command := append(strings.Fields(h.Entry), h.Args...)
	if args != nil {
		command = append(strings.Fields(h.Entry), args...)
	}
	pattern := regexp.MustCompile(h.Files)
	changed = slices.DeleteFunc(slices.Clone(changed), func(f string) bool { return !pattern.MatchString(f) })
	if len(changed) == 0 {
		return false, "(no files to check)"
	}
	if h.PassFilenames == nil || *h.PassFilenames {
		command = append(command, changed...)
	}
	before := contents(t, repository)
	c := exec.Command(filepath.Join(bin, command[0]), command[1:]...)
	c.Dir = repository
	c.Env = append(os.Environ(), "PRE_COMMIT=1", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return err != nil || before != contents(t, repository), string(out)
}

// contents returns all files of a repository as one text.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		b.WriteString(path + "\n" + string(text) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The hooks for pre-commit build, run and fail as pre-commit would have them.
func TestPreCommit(t *testing.T) {
	all := hooks(t)
	for id, h := range all {
		if h.Name == "" || h.Description == "" || h.Language != "golang" || !strings.HasPrefix(h.Entry, "zt ") {
			t.Errorf("%s: %+v", id, h)
		}
	}
	if testing.Short() {
		t.Skip("installs the command")
	}
	bin := install(t)
	const tidy, untidy = "tier a, b by role\n\na -> b :80/tcp\n", "tier a,b by role\n\n\na->b :80/tcp\n"
	tests := []struct {
		name, hook string
		files      map[string]string
		args       []string
		changed    []string
		fails      bool
		says       string
	}{
		{"tidy", "zt-fmt", map[string]string{"a.zt": tidy}, nil, []string{"a.zt"}, false, ""},
		{"untidy", "zt-fmt", map[string]string{"a.zt": untidy}, nil, []string{"a.zt"}, true, ""},
		{"two of them", "zt-fmt", map[string]string{"a.zt": tidy, "x/b c.zt": untidy}, nil, []string{"a.zt", "x/b c.zt"}, true, ""},
		{"other files", "zt-fmt", map[string]string{"a.zt": untidy, "b.yaml": "a: b"}, nil, []string{"b.yaml"}, false, ""},
		{"tidy, checked", "zt-fmt-check", map[string]string{"a.zt": tidy}, nil, []string{"a.zt"}, false, ""},
		{"untidy, checked", "zt-fmt-check", map[string]string{"a.zt": untidy}, nil, []string{"a.zt"}, true, "a.zt"},
		{"right", "zt-check", map[string]string{"a.zt": tidy}, nil, []string{"a.zt"}, false, ""},
		{"wrong", "zt-check", map[string]string{"a.zt": "tier a { app=a }\na -> c\n"}, nil, []string{"a.zt"}, true, "a.zt:2:6: error: "},
		{"in a folder", "zt-check", map[string]string{"deploy/a.zt": "tier a { app=a }\na -> c\n"}, []string{"deploy"}, []string{"deploy/a.zt"}, true, "deploy/a.zt:2:6: error: "},
		{"one of two files", "zt-check", map[string]string{"a.zt": "tier a { app=a }\n", "b.zt": "tier b { app=b }\na -> b :80\n"}, nil, []string{"b.zt"}, false, ""},
		{"broken by another", "zt-check", map[string]string{"a.zt": "tier c { app=a }\n", "b.zt": "tier b { app=b }\na -> b :80\n"}, nil, []string{"a.zt"}, true, "b.zt:2:1: error: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			repository := t.TempDir()
			for name, text := range tt.files {
				path := filepath.Join(repository, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			failed, output := all[tt.hook].run(t, bin, repository, tt.args, tt.changed...)
			if failed != tt.fails || !strings.Contains(output, tt.says) {
				t.Errorf("fails: %t, want %t\n%s", failed, tt.fails, output)
			}
		})
	}
}
