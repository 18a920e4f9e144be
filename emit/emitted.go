package emit

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Emitted is what targets make of a program. Nothing is proven before Prove.
type Emitted struct {
	topology *topology.Topology
	format   manifest.Format
	parts    []part
}

// part is what one target makes.
type part struct {
	target  target.Target
	files   []manifest.File
	objects int
}

// Lower returns what the targets of options make of a program. The diagnostics report what they cannot
// express. The error reports options that do not fit.
func Lower(t *topology.Topology, options Options) (*Emitted, diag.List, error) {
	chosen, err := choose(options)
	if err != nil {
		return nil, nil, err
	}
	emitted, diags := lower(t, chosen, options)
	return emitted, diags, nil
}

func lower(t *topology.Topology, chosen []target.Target, options Options) (*Emitted, diag.List) {
	e := &Emitted{topology: t, format: options.Format}
	var diags diag.List
	for _, to := range chosen {
		objects, more := to.Lower(t, target.Options{Layout: options.Layout, Priorities: options.Priorities})
		if diags = append(diags, more...); more.Errors() > 0 {
			continue
		}
		p := part{target: to, objects: objects.Len()} // the proof needs memory: the objects are of no use from here on
		if options.PerNamespace {
			p.files = objects.Files(options.Format)
		} else if data := objects.Stream(options.Format); len(data) > 0 {
			p.files = []manifest.File{{Data: data}}
		}
		e.parts = append(e.parts, p)
	}
	if options.Strict {
		diags.Strict()
	}
	return e, diags
}

// Prove reports how what was made differs from the program. It proves the very bytes that Files returns.
func (e *Emitted) Prove() diag.List {
	var diags diag.List
	for _, p := range e.parts {
		guard, ok := p.target.(target.Guard)
		if !ok {
			diags = append(diags, proof.Check(e.topology, p.target, p.files, e.format)...)
			continue
		}
		of := e.parts[slices.IndexFunc(e.parts, func(o part) bool { return o.target.Name() == guard.Beside() })]
		diags = append(diags, proof.CheckGuards(e.topology, of.target, of.files, guard, p.files, e.format)...)
	}
	return diags
}

// Objects returns how many objects there are.
func (e *Emitted) Objects() (n int) {
	for _, p := range e.parts {
		n += p.objects
	}
	return n
}

// Files returns the manifests of all targets: a file for each namespace, or a stream for each target.
func (e *Emitted) Files() ([]manifest.File, error) {
	var out []manifest.File
	for _, p := range e.parts {
		for _, f := range p.files {
			if f.Name != "" && slices.ContainsFunc(out, func(other manifest.File) bool { return other.Name == f.Name }) {
				return nil, fmt.Errorf("several targets write %s; build them one by one, each to a folder of its own", f.Name)
			}
		}
		if len(out) > 0 && len(p.files) > 0 && out[0].Name == "" && e.format == manifest.FormatYAML {
			out = append(out, manifest.File{Data: []byte(manifest.Separator)})
		}
		out = append(out, p.files...)
	}
	return out, nil
}
