// Package examples lists the programs in the examples folder of zt, each with
// the ways in which it is to be built.
package examples

import (
	"os"
	"path/filepath"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

// Example is a program and a way to build it.
type Example struct {
	Folder      string // of the program; what it is called, too
	Layout      networkpolicy.Layout
	Environment string // the only one to be built, or ""
}

// String names the example in tests.
func (e Example) String() string {
	s := filepath.Base(e.Folder)
	if e.Environment != "" {
		s += "-" + e.Environment
	}
	if e.Layout == networkpolicy.ByEdge {
		s += "-by-edge"
	}
	return s
}

// All returns every program in a folder, in both layouts, and what has
// environments also for each of them alone.
func All(folder string) ([]Example, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.zt"))
	if err != nil {
		return nil, err
	}
	var all []Example
	seen := map[string]bool{}
	for _, f := range files {
		dir := filepath.Dir(f)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		whole := Example{Folder: dir}
		p, err := whole.Compile()
		if err != nil {
			return nil, err
		}
		all = append(all, whole, Example{Folder: dir, Layout: networkpolicy.ByEdge})
		for _, e := range p.Topology.Environments {
			all = append(all, Example{Folder: dir, Environment: e.Name})
		}
	}
	return all, nil
}

// Compile compiles the example, as `zt build` does its folder.
func (e Example) Compile() (*program.Program, error) {
	files, err := filepath.Glob(filepath.Join(e.Folder, "*.zt"))
	if err != nil {
		return nil, err
	}
	var inputs []compiler.Input
	for _, f := range files {
		inputs = append(inputs, compiler.Input{Path: filepath.Base(f), Name: f})
	}
	return program.Compile(os.DirFS(e.Folder), inputs, e.Environment, e.Layout)
}
