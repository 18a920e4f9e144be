package compiler

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Inspection is what is known of a program, whether it has errors or not. It is for editors.
type Inspection struct {
	// Files are the inputs and what they import.
	Files []*ast.File
	// Diagnostics are those of Program.
	Diagnostics diag.List
	// Partial is what could be resolved, and nil if that is nothing. Never emit it.
	Partial *topology.Topology
	// Complete is set if the program has no errors.
	Complete bool
}

// Inspect loads and compiles the inputs of a program as Program does, and returns what is known of
// it. Options.Info has the names.
func Inspect(fsys fs.FS, inputs []Input, name func(path string) string, options Options) (*Inspection, error) {
	if name == nil {
		name = func(path string) string { return path }
	}
	inputs = slices.Clone(inputs)
	for i, in := range inputs {
		if in.Name == "" {
			inputs[i].Name = name(in.Path)
		}
	}
	files, diags, err := Load(fsys, inputs, name)
	if err != nil {
		return nil, err
	}
	p := &Inspection{Files: files, Diagnostics: diags}
	if d, empty := emptyProgram(files); empty && len(files) > 0 && diags.Errors() == 0 {
		p.Diagnostics.Add(d)
		return p, nil
	}
	result, err := Analyze(files, options)
	if err != nil && diags.Errors() > 0 {
		return p, nil // the options may name something that could not be read
	}
	if err != nil {
		return nil, err
	}
	p.Diagnostics = append(p.Diagnostics, result.Diagnostics...)
	p.Diagnostics.Sort()
	p.Diagnostics = onceForFiles(p.Diagnostics)
	p.Partial, p.Complete = result.topology, result.complete && p.Diagnostics.Errors() == 0
	return p, nil
}

// Program loads the inputs of a program from a file system and compiles them, as Load and Compile
// do. An input without a Name is called by its path, and so are imported files if name is nil.
func Program(fsys fs.FS, inputs []Input, name func(path string) string, options Options) (*topology.Topology, diag.List, error) {
	p, err := Inspect(fsys, inputs, name, options)
	if err != nil {
		return nil, nil, err
	}
	if !p.Complete {
		return nil, p.Diagnostics, nil
	}
	return p.Partial, p.Diagnostics, nil
}

// Environments lists the names of the environments that files declare.
func Environments(files []*ast.File) []string {
	var names []string
	for _, f := range files {
		for _, s := range f.Statements {
			if e, ok := s.(*ast.Environment); ok {
				for _, n := range e.Names {
					names = append(names, n.Text)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// emptyProgram reports files without any statement. A failed command before a pipe leaves such an
// input, which must not mean "no policies".
func emptyProgram(files []*ast.File) (diag.Diagnostic, bool) {
	var names []string
	for _, f := range files {
		if slices.ContainsFunc(f.Statements, func(s ast.Statement) bool { _, is := s.(*ast.Import); return !is }) {
			return diag.Diagnostic{}, false
		}
		names = append(names, shown(f.Source.Name))
	}
	in := ""
	if len(names) > 1 {
		in = " in " + strings.Join(names, ", ")
	}
	return diag.New(diag.EmptyProgram, source.Span{File: files[0].Source}, "there are no statements%s", in).
		WithHelp("check the command that produces this input, or declare a tier"), true
}

// onceForFiles keeps one report for two files that declare many names both. They are probably two
// programs, and whoever gave them does not know that the files of a folder are one.
func onceForFiles(diags diag.List) diag.List {
	type pair struct{ a, b *source.File }
	pairOf := func(d diag.Diagnostic) (pair, bool) {
		if d.Code != diag.Duplicate || len(d.Related) == 0 || d.Span.File == d.Related[0].Span.File {
			return pair{}, false
		}
		return pair{d.Span.File, d.Related[0].Span.File}, true
	}
	count := map[pair]int{}
	for _, d := range diags {
		if p, ok := pairOf(d); ok {
			count[p]++
		}
	}
	var out diag.List
	for _, d := range diags {
		p, ok := pairOf(d)
		switch more := count[p] - 1; {
		case !ok || more == 0:
			out = append(out, d)
		case more > 0:
			if more == 1 {
				d.Message += ", as is 1 more name of this file"
			} else {
				d.Message += fmt.Sprintf(", as are %d more names of this file", more)
			}
			d = d.WithHelp("files given together are one program: give unrelated ones one by one")
			out = append(out, d)
			count[p] = 0 // reported
		}
	}
	return out
}
