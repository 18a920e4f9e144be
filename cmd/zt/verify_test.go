package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/source"
)

// What zt emitted, in any layout, needs no other reading than the proof's; any other text does.
func TestIsProven(t *testing.T) {
	fsys := fstest.MapFS{"a.zt": {Data: []byte("tier web, api by app\nweb -> api :80, 81\nweb -> 10.0.0.0/8 :443\nnamespace other { tier z { app=z } }\n")}}
	top, _, err := compiler.Program(fsys, []compiler.Input{{Path: "a.zt", Name: "a.zt"}}, nil, compiler.Options{})
	if err != nil || top == nil {
		t.Fatal(err)
	}
	isProven := func(files []*source.File) bool {
		proven, err := isProven(top, emit.Options{}, files)
		if err != nil {
			t.Fatal(err)
		}
		return proven
	}
	for _, layout := range target.Layouts {
		for _, format := range []manifest.Format{manifest.FormatYAML, manifest.FormatJSON} {
			options := emit.Options{Layout: target.Layout(layout), Format: format}
			_, stream, err := emittedFiles(top, options)
			if err != nil {
				t.Fatal(err)
			}
			text := string(stream[0].Data)
			for given, want := range map[string]bool{
				text: true, text + "\n": false, text[:len(text)-1]: false, strings.Replace(text, "81", "82", 1): false, "": false,
			} {
				if got := isProven([]*source.File{source.NewFile("f", given)}); got != want {
					t.Errorf("%s: %v for\n%s", layout, got, given)
				}
			}
			options.PerNamespace = true
			_, emitted, err := emittedFiles(top, options)
			if err != nil {
				t.Fatal(err)
			}
			files := sources(emitted)
			if len(files) != 2 || !isProven(files) || isProven([]*source.File{files[0], files[0]}) || isProven(append(files, files[0])) || isProven(files[:1]) {
				t.Errorf("%s, %v: %d files", layout, format, len(files))
			}
			files = sources(manifest.WithKustomization(emitted))
			if !isProven(files) || isProven(files[1:]) {
				t.Errorf("%s, %v: with a kustomization", layout, format)
			}
			files[2] = source.NewFile(files[2].Name, files[2].Text+"---\n"+files[0].Text)
			if isProven(files) {
				t.Errorf("%s, %v: with a kustomization that holds policies", layout, format)
			}
		}
	}
}

func sources(files []manifest.File) (out []*source.File) {
	for _, f := range files {
		out = append(out, source.NewFile(f.Name, string(f.Data)))
	}
	return out
}
