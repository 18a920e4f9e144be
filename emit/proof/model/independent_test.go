package model

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// callers are the files that may use the compiler: they compile, and compare.
var callers = []string{
	"compile_test.go", "property_test.go", "rollout_test.go", "order_test.go", "mutants_test.go", "proof_mutants_test.go",
	"deny_test.go", "witness_test.go", "cilium_test.go", "cilium_guards_test.go",
	"cilium_judge_test.go", "cilium_import_test.go", "domain_test.go", "guards_import_test.go",
}

// TestIndependent checks that the model and the simple evaluator share no code with the compiler.
func TestIndependent(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range names {
		if slices.Contains(callers, name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "github.com/zt-lang/zt") {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}
