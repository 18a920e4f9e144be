// Package compiler turns .zt files into a topology: it loads them with what
// they import, resolves names and values, and checks the whole.
package compiler

import (
	"slices"

	"github.com/zt-lang/zt/compiler/check"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// Options are what a build may choose.
type Options struct {
	// DefaultNamespace is where tiers outside every namespace go; "default" if empty.
	DefaultNamespace string
	// Environment, if not empty, is the only environment that is built.
	Environment string
	// Stage leaves out the directions that a rollout has not come to. The program is
	// checked as a whole all the same.
	Stage topology.Stage
}

// Compile resolves and checks the files of a program. Where there are errors, those of the
// files' own syntax included, the topology is nil. The error is of options that do not fit the program: an
// environment that it does not have, or a namespace that cannot be.
func Compile(files []*ast.File, options Options) (*topology.Topology, diag.List, error) {
	if options.DefaultNamespace == "" {
		options.DefaultNamespace = "default"
	}
	whole := options
	whole.Stage = topology.StageAll
	t, diags, err := resolve.Resolve(files, resolve.Options(whole))
	if err != nil {
		return nil, nil, err
	}
	missing := check.Missing{Statements: diags.Errors() > 0, Environments: options.Environment != ""}
	for _, f := range files {
		missing.Statements = missing.Statements || f.Partial()
	}
	diags = append(diags, check.Check(t, missing)...)
	diags.Sort()
	diags = onceForAllStamps(files, diags)
	diags.Limit(MaxReported)
	if diags.Errors() > 0 || slices.ContainsFunc(files, (*ast.File).Partial) {
		return nil, diags, nil // of files with mistakes, half a program is no program
	}
	if options.Stage != topology.StageAll {
		t, _, err = resolve.Resolve(files, resolve.Options(options))
	}
	return t, diags, err
}
