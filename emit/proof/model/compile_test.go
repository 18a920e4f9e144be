package model

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// compile returns the topology of a program's text, and the diagnostics.
func compile(p *program, text sources) (*topology.Topology, diag.List, error) {
	fsys := fstest.MapFS{}
	for name, content := range text.files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	var inputs []compiler.Input
	for _, name := range text.inputs {
		inputs = append(inputs, compiler.Input{Path: name, Name: name})
	}
	files, diags, err := compiler.Load(fsys, inputs, func(path string) string { return path })
	if err != nil || diags.Errors() > 0 {
		return nil, diags, err
	}
	t, more, err := compiler.Compile(files, compiler.Options{DefaultNamespace: p.defaultSpace, Environment: p.chosen})
	return t, append(diags, more...), err
}

// emit returns the bytes of the manifests.
func emit(t *topology.Topology, layout target.Layout) ([]byte, error) {
	objects, diags := networkpolicy.Lower(t, layout)
	if diags.Errors() > 0 {
		return nil, fmt.Errorf("lowering: %s", messages(diags))
	}
	return manifest.Marshal(objects, manifest.FormatYAML), nil
}

// formatted returns the same program in its canonical form.
func formatted(text sources) (sources, error) {
	out := sources{files: map[string]string{}, inputs: text.inputs}
	for name, content := range text.files {
		canonical, diags, err := format.Source(source.NewFile(name, content))
		if err != nil || diags.Errors() > 0 {
			return out, fmt.Errorf("formatting %s: %v %s", name, err, messages(diags))
		}
		out.files[name] = string(canonical)
	}
	return out, nil
}

func messages(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		at := d.Span.Begin()
		fmt.Fprintf(&b, "\n%s:%d:%d: %s %s", d.Span.File.Name, at.Line, at.Column, d.Code, d.Message)
	}
	return b.String()
}

func hasCode(list diag.List, codes ...diag.Code) bool {
	return slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return slices.Contains(codes, d.Code) })
}
