package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zt-lang/zt"

// levels are zt's packages from the bottom up. Each imports from its own level and those below,
// never from above. "x/..." is x and all packages below it; the first matching pattern counts.
var levels = [][]string{
	{"grammar/source", "grammar/spell", "grammar/safe"},
	{"grammar/diag/..."},
	{"grammar/ast"},
	{"grammar"},
	{"grammar/format"},
	{"compiler/relation", "compiler/topology", "compiler/cluster/policyset"},
	{"compiler/cluster/clusterpolicy/...", "compiler/cluster/ciliumpolicy"},
	{"compiler/resolve", "compiler/check", "compiler/semantics"},
	{"compiler"},
	{"compiler/cluster/inventory", "compiler/cluster/evaluate", "compiler/cluster/wiring", "compiler/cluster/crosscheck", "compiler/cluster/policycheck"},
	{"compiler/query"},
	{"compiler/cluster/flows", "compiler/cluster/denied"},
	{"emit/manifest"},
	{"emit/target"},
	{"emit/target/...", "emit/proof/...", "emit/internal/..."},
	{"emit", "emit/program/...", "emit/picture"},
	{"cmd/zt/internal/replace"},
	{"cmd/zt/internal/cli", "cmd/zt/internal/load"},
	{"cmd/zt/internal/command", "cmd/zt/internal/kustomize"},
	{"cmd/zt/internal/lsp/protocol"},
	{"cmd/zt/internal/lsp"},
	{"cmd/zt", "examples/..."},
}

// alone lists every package of zt that a package may import, directly or not: the two meanings
// that the proof compares must not share a mistake.
var alone = map[string][]string{
	"compiler/relation":          {},
	"compiler/topology":          {"compiler/relation", "grammar/source"},
	"compiler/semantics":         {"compiler/relation", "compiler/topology", "grammar/source"},
	"compiler/cluster/policyset": {"compiler/relation"},
	"compiler/cluster/evaluate":  {"compiler/relation", "compiler/cluster/policyset", "compiler/cluster/clusterpolicy", "compiler/cluster/ciliumpolicy"},
}

// apart lists what packages must not import, directly or not.
var apart = []struct{ packages, from string }{
	{"grammar/...", "k8s.io/..."}, // the language knows no Kubernetes, and neither does the model
	{"grammar/...", "sigs.k8s.io/..."},
	{"compiler/topology", "k8s.io/..."},
	{"compiler/semantics", "k8s.io/..."},
	{"compiler/relation", "k8s.io/..."},
	{"cmd/...", "k8s.io/client-go/..."}, // zt never contacts a cluster
}

// confined lists which packages may import what touches the world, or what a package of ours
// should keep replaceable.
var confined = []struct{ path, to string }{
	{"os/...", "cmd/zt/..."},
	{"io/ioutil", "cmd/zt/..."},
	{"syscall", "cmd/zt/..."},
	{"path/filepath", "cmd/zt/..."},
	{"github.com/urfave/cli/...", "cmd/zt/internal/cli"},
	{"golang.org/x/term", "cmd/zt/internal/cli"},
	{"net", "nowhere"},
	{"net/http/...", "nowhere"},
	{"github.com/alecthomas/participle/...", "grammar"},
	{"github.com/sourcegraph/jsonrpc2", "cmd/zt/internal/lsp"},
}

type listedPackage struct {
	ImportPath    string
	Imports, Deps []string
}

// Imports run down, in one direction, and only the command touches files,
// the terminal and the environment.
func TestArchitecture(t *testing.T) {
	packages := listPackages(t)
	for _, p := range packages {
		name, _ := ours(p.ImportPath)
		level := levelOf(name)
		if level < 0 {
			t.Errorf("%s has no level; give it one above", name)
		}
		for _, i := range p.Imports {
			if imported, ok := ours(i); ok && levelOf(imported) > level {
				t.Errorf("%s imports %s, which is above it", name, imported)
			}
			for _, rule := range confined {
				if matches(rule.path, i) && !matches(rule.to, name) {
					t.Errorf("%s imports %s, which is for %s", name, i, rule.to)
				}
			}
		}
		for _, d := range p.Deps {
			if reached, ok := ours(d); ok && alone[name] != nil && !slices.Contains(alone[name], reached) {
				t.Errorf("%s reaches %s", name, reached)
			}
			for _, rule := range apart {
				if matches(rule.packages, name) && matches(rule.from, d) {
					t.Errorf("%s reaches %s", name, d)
				}
			}
		}
	}
}

// A rule about a package that does not exist would check nothing.
func TestArchitectureNamesWhatThereIs(t *testing.T) {
	var patterns []string
	for _, l := range levels {
		patterns = append(patterns, l...)
	}
	for name := range alone {
		patterns = append(patterns, name)
	}
	for _, rule := range apart {
		patterns = append(patterns, rule.packages)
	}
	packages := listPackages(t)
	for _, pattern := range patterns {
		if !slices.ContainsFunc(packages, func(p listedPackage) bool {
			name, _ := ours(p.ImportPath)
			return matches(pattern, name)
		}) {
			t.Errorf("there is no %s", pattern)
		}
	}
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	c := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"/...")
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// ours returns the path of a package inside the module.
func ours(path string) (string, bool) { return strings.CutPrefix(path, module+"/") }

func levelOf(name string) int {
	return slices.IndexFunc(levels, func(level []string) bool {
		return slices.ContainsFunc(level, func(pattern string) bool { return matches(pattern, name) })
	})
}

// matches reports whether a pattern matches a package: its path, or a path above it and "/...".
func matches(pattern, path string) bool {
	above, all := strings.CutSuffix(pattern, "/...")
	return path == above || all && strings.HasPrefix(path, above+"/")
}
