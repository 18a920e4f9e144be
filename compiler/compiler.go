// Package compiler turns .zt files into a topology.
package compiler

import (
	"io/fs"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// Input is one file to compile.
type Input struct {
	// Path is where the file is in the file system given to Load, in the
	// form that fs.ValidPath demands; imports are relative to its folder.
	Path string
	// Name is what diagnostics call it.
	Name string
	// Text is the file's content where it is not to be read from Path: standard input.
	Text *string
}

// Options are what a build may choose.
type Options struct {
	// DefaultNamespace is where tiers outside every namespace go; "default" if empty.
	DefaultNamespace string
	// Environment, if not empty, builds that environment only.
	Environment string
}

// Load parses the inputs and, once each, the files that they import. Name
// turns the path of an imported file into what diagnostics call it. The error is
// of the first input that cannot be read; an import that cannot be is a diagnostic.
func Load(fsys fs.FS, inputs []Input, name func(path string) string) ([]*ast.File, diag.List, error) {
	panic("not yet")
}

// Compile resolves and checks the files. The topology is nil where there are errors.
func Compile(files []*ast.File, options Options) (*topology.Topology, diag.List) {
	panic("not yet")
}
