package emit

import (
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
	// hostsBeside is set if another part permits the connections to DNS names.
	hostsBeside bool
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
		objects, more := to.Lower(t, target.Options{Layout: options.Layout, Priorities: options.Priorities, HostsBeside: hostsBeside(chosen, to)})
		if diags = append(diags, more...); more.Errors() > 0 {
			continue
		}
		p := part{target: to, objects: objects.Len(), hostsBeside: hostsBeside(chosen, to)} // the proof needs memory: the objects are of no use from here on
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
		switch {
		case !ok && p.hostsBeside:
			diags = append(diags, proof.CheckUnnamed(e.topology, p.target, p.files, e.format)...)
			continue
		case !ok:
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

// Files returns the manifests of all targets: a file for each namespace and each kind of objects that are in
// no namespace, or one stream. What several targets write to one file is in their order.
func (e *Emitted) Files() []manifest.File {
	var out []manifest.File
	at := map[string]int{}
	for _, p := range e.parts {
		for _, f := range p.files {
			if i, ok := at[f.Name]; ok {
				out[i].Data = manifest.Join(out[i].Data, f.Data, e.format)
				continue
			}
			at[f.Name] = len(out)
			out = append(out, f)
		}
	}
	return out
}
