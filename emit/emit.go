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
	"github.com/zt-lang/zt/emit/proof"
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
	Format  manifest.Format
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
	// Files are the manifests: a file for each namespace, or a stream for each target.
	Files []manifest.File
	// Objects is the number of objects in the files.
	Objects int
}

// Build reads inputs from a file system, compiles them and returns manifests that are proven to
// permit exactly what the program says. What is wrong with the program is in the diagnostics. The
// error reports an input that cannot be read, or options that do not fit the program.
func Build(fsys fs.FS, inputs []compiler.Input, options Options) (Result, diag.List, error) {
	chosen, err := choose(options.Targets)
	if err != nil {
		return Result{}, nil, err
	}
	if options.Layout != "" && !slices.Contains(target.Layouts, string(options.Layout)) {
		return Result{}, nil, fmt.Errorf("unknown layout %q", options.Layout)
	}
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
	for _, one := range chosen {
		more, err := result.add(one, options)
		if err != nil {
			return Result{}, nil, err
		}
		diags = append(diags, more...)
	}
	diags.Sort()
	if diags.Errors() > 0 {
		result.Files, result.Objects = nil, 0
	}
	return result, diags, nil
}

// add adds the files of one target, and proves them: the very bytes that are returned.
func (r *Result) add(to target.Target, options Options) (diag.List, error) {
	objects, diags := to.Lower(r.Topology, target.Options{Layout: options.Layout})
	if diags.Errors() > 0 {
		return diags, nil
	}
	r.Objects += objects.Len() // the proof needs memory: the objects are of no use from here on
	var files []manifest.File
	if options.PerNamespace {
		files = objects.Files(options.Format)
	} else if data := objects.Stream(options.Format); len(data) > 0 {
		files = []manifest.File{{Data: data}}
	}
	diags = append(diags, proof.Check(r.Topology, to, files, options.Format)...)
	for _, f := range files {
		if f.Name != "" && slices.ContainsFunc(r.Files, func(other manifest.File) bool { return other.Name == f.Name }) {
			return nil, fmt.Errorf("several targets write %s; build them one by one, each to a folder of its own", f.Name)
		}
	}
	if !options.PerNamespace && options.Format == manifest.FormatYAML && len(r.Files) > 0 && len(files) > 0 {
		r.Files = append(r.Files, manifest.File{Data: []byte(manifest.Separator)})
	}
	r.Files = append(r.Files, files...)
	return diags, nil
}
