// Package emit compiles programs to manifests. Build is the front door for Go programs:
// one call reads, compiles, lowers, writes and proves.
//
// To ask what a program permits instead, use package compiler/query.
package emit

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Options choose what a build makes. The zero value makes NetworkPolicies for the whole program,
// laid out by tier, as one stream of YAML.
type Options struct {
	compiler.Options
	// Targets are names from Targets; the default target if empty.
	Targets []string
	Layout  target.Layout
	// Priorities are those of guardrails; the default ones if empty.
	Priorities target.Priorities
	Format     manifest.Format
	// PerNamespace makes a file for each namespace instead of one stream.
	PerNamespace bool
	// Strict makes every warning an error.
	Strict bool
	// DisplayName returns the name of an imported file in diagnostics. If nil, that is its path.
	DisplayName func(path string) string
}

// Result is what a build made. If the diagnostics contain errors, it has no files.
type Result struct {
	// Topology is the compiled program; nil if the program itself has errors.
	Topology *topology.Topology
	// Files are the manifests: a file for each namespace and each kind of objects in no namespace, or one stream.
	Files []manifest.File
	// Objects is the number of objects in the files.
	Objects int
}

// Build reads inputs from a file system, compiles them and returns manifests that are proven to
// permit exactly what the program says. What is wrong with the program is in the diagnostics. The
// error reports an input that cannot be read, or options that do not fit the program.
func Build(fsys fs.FS, inputs []compiler.Input, options Options) (Result, diag.List, error) {
	chosen, err := choose(options)
	if err != nil {
		return Result{}, nil, err
	}
	if options.Layout != "" && !slices.Contains(target.Layouts, string(options.Layout)) {
		return Result{}, nil, fmt.Errorf("unknown layout %q", options.Layout)
	}
	options.Native = native(chosen)
	options.Guarded = HasGuards(options)
	t, diags, err := compiler.Program(fsys, inputs, options.DisplayName, options.Options)
	if err != nil {
		return Result{}, nil, err
	}
	result := Result{Topology: t}
	if options.Strict {
		diags.Strict()
	}
	if diags.Errors() > 0 {
		return result, diags, nil
	}
	emitted, more := lower(t, chosen, options)
	diags = append(diags, more...)
	if more.Errors() == 0 {
		diags = append(diags, emitted.Prove()...)
		result.Files, result.Objects = emitted.Files(), emitted.Objects()
	}
	diags.Sort()
	if diags.Errors() > 0 {
		result.Files, result.Objects = nil, 0
	}
	return result, diags, nil
}
