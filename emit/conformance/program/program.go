// Package program builds the programs that the tests try: the examples, and random ones.
package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// root is the repository, from the folder of each package that imports this one.
const root = "../../.."

// Program is a built program.
type Program struct {
	Name     string
	Text     string   // of BuildText
	Args     []string // the arguments with which zt builds the same
	Layout   target.Layout
	Targets  []string // the targets; nil for the default one
	Topology *topology.Topology
	Meaning  *relation.Relation // what the topology permits
	Stream   []byte             // its objects as YAML, in the order in which to apply them

	guarded []target.Connections // what guardrails must deny
}

// Example returns the path of an example.
func Example(name string) string { return filepath.Join(root, "examples", name) }

// Random returns the path of a random program. There are 200.
func Random(number int) string {
	return filepath.Join(root, "emit/proof/model/testdata/programs", fmt.Sprintf("%03d.zt", number))
}

// Examples builds every example: all of it in both layouts, and each of its environments alone.
func Examples() ([]*Program, error) {
	all, refused, err := ExamplesFor()
	for name, diags := range refused {
		if name != "host-names" { // which no NetworkPolicy has
			err = errors.Join(err, failed(name, diags))
		}
	}
	return all, err
}

// ExamplesFor is Examples for targets. The examples that a target refuses are left out, each with the reason.
func ExamplesFor(targets ...string) (all []*Program, refused map[string]diag.List, err error) {
	files, err := filepath.Glob(Example("*/*.zt"))
	if err != nil {
		return nil, nil, err
	}
	refused = map[string]diag.List{}
	var errs []error
	add := func(folder, environment string, layout target.Layout) *Program {
		p, diags, err := BuildFor(folder, environment, layout, targets...)
		switch {
		case err != nil:
			errs = append(errs, err)
		case p == nil:
			refused[filepath.Base(folder)] = diags
		default:
			all = append(all, p)
		}
		return p
	}
	for i, f := range files {
		folder := filepath.Dir(f)
		if i > 0 && folder == filepath.Dir(files[i-1]) {
			continue
		}
		if whole := add(folder, "", target.ByTier); whole != nil {
			add(folder, "", target.ByEdge)
			for _, e := range whole.Topology.Environments {
				add(folder, e.Name, target.ByTier)
			}
		}
	}
	return all, refused, errors.Join(errs...)
}

// Build builds a file, or the files of a folder. Warnings are ignored.
func Build(path, environment string, layout target.Layout) (*Program, error) {
	p, diags, err := BuildFor(path, environment, layout)
	if err != nil {
		return nil, err
	}
	return p, failed(path, diags)
}

// failed returns the first error among diagnostics.
func failed(name string, diags diag.List) error {
	for _, d := range diags {
		if d.Severity == diag.Error {
			return fmt.Errorf("%s: %s: %s", name, d.Code, d.Message)
		}
	}
	return nil
}

// BuildFor is Build for targets other than the default one. If a target refuses the program, which may say
// more than the target has, there is no program, and the reason is in the diagnostics.
func BuildFor(path, environment string, layout target.Layout, targets ...string) (*Program, diag.List, error) {
	p := &Program{Name: strings.TrimSuffix(filepath.Base(path), ".zt"), Args: []string{path}, Layout: layout, Targets: targets}
	if environment != "" {
		p.Name += "-" + environment
		p.Args = append(p.Args, "--environment", environment)
	}
	if layout == target.ByEdge {
		p.Name += "-by-edge"
	}
	files, err := filepath.Glob(filepath.Join(path, "*.zt"))
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		files = []string{path}
	}
	var inputs []compiler.Input
	for _, f := range files {
		inputs = append(inputs, compiler.Input{Path: filepath.Base(f), Name: f})
	}
	return p.build(os.DirFS(filepath.Dir(files[0])), inputs, emit.Options{
		Options: compiler.Options{Environment: environment}, Layout: layout, Targets: targets,
	})
}

// BuildText is BuildFor for the text of a program.
func BuildText(name, text string, layout target.Layout, targets ...string) (*Program, diag.List, error) {
	p := &Program{Name: name, Text: text, Layout: layout, Targets: targets}
	files := fstest.MapFS{"p.zt": {Data: []byte(text)}}
	return p.build(files, []compiler.Input{{Path: "p.zt", Name: name}}, emit.Options{Layout: layout, Targets: targets})
}

// build sets what is built; without it if there are errors.
func (p *Program) build(files fs.FS, inputs []compiler.Input, options emit.Options) (*Program, diag.List, error) {
	built, diags, err := emit.Build(files, inputs, options)
	if err != nil || diags.Errors() > 0 {
		return nil, diags, err
	}
	for _, f := range built.Files {
		p.Stream = append(p.Stream, f.Data...)
	}
	p.Topology, p.Meaning = built.Topology, semantics.Relation(built.Topology)
	for _, name := range options.Targets {
		of, err := emit.Target(name)
		if err != nil {
			return nil, diags, err
		}
		if guard, ok := of.(target.Guard); ok {
			p.guarded = proof.Denied(built.Topology, guard)
		}
	}
	return p, diags, nil
}

// Enforced returns what policies permit in a cluster with the program's namespaces.
func (p *Program) Enforced(policies []*networkingv1.NetworkPolicy) (*relation.Relation, error) {
	return evaluate.Relation(policyset.FromObjects(policies), p.Meaning.Facts)
}

// Check returns an error with examples if policies permit something else than the topology.
func (p *Program) Check(policies []*networkingv1.NetworkPolicy) error {
	enforced, err := p.Enforced(policies)
	if err != nil {
		return err
	}
	var found []string
	describe := func(how string) func(relation.Connection) bool {
		return func(c relation.Connection) bool {
			found = append(found, how+" "+c.String())
			return len(found) < 10
		}
	}
	if !relation.Diff(enforced, p.Meaning, describe("permitted by the policies alone:")) ||
		!relation.Diff(p.Meaning, enforced, describe("permitted by the topology alone:")) {
		found = append(found, "not all can be compared")
	}
	if len(found) > 0 {
		return fmt.Errorf("the policies differ from the topology:\n%s", strings.Join(found, "\n"))
	}
	return nil
}
