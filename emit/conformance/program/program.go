// Package program compiles topologies in process, to what the tests need of
// them: the topology, and the objects as zt writes them.
package program

import (
	"fmt"
	"io/fs"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/enforce"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/networkpolicy"
	"github.com/zt-lang/zt/grammar/diag"
)

// Program is a compiled topology.
type Program struct {
	Topology *topology.Topology
	Meaning  *relation.Relation // what the topology permits
	Stream   []byte             // its objects as one stream of YAML, in the order in which they are to be applied
}

// Compile compiles the inputs. Warnings are let pass; the error lists what is wrong.
func Compile(fsys fs.FS, inputs []compiler.Input, environment string, layout networkpolicy.Layout) (*Program, error) {
	files, diags, err := compiler.Load(fsys, inputs, func(path string) string { return path })
	if err != nil {
		return nil, err
	}
	t, more, err := compiler.Compile(files, compiler.Options{Environment: environment})
	if err != nil {
		return nil, err
	}
	diags = append(diags, more...)
	var policies []*networkingv1.NetworkPolicy
	if t != nil {
		policies, more = networkpolicy.Lower(t, layout)
		diags = append(diags, more...)
	}
	if diags.Errors() > 0 {
		return nil, failure(diags)
	}
	stream, err := manifest.YAML(policies)
	if err != nil {
		return nil, err
	}
	return &Program{t, meaning.Relation(t), stream}, nil
}

// Source compiles the text of one file.
func Source(text string, layout networkpolicy.Layout) (*Program, error) {
	return Compile(nil, []compiler.Input{{Path: "topology.zt", Name: "topology.zt", Text: &text}}, "", layout)
}

func failure(diags diag.List) error {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", d.Span.File.Name, d.Span.Begin().Line, d.Code, d.Message)
	}
	return fmt.Errorf("does not compile:\n%s", &b)
}

// Enforced returns what policies permit in a cluster with the program's namespaces.
func (p *Program) Enforced(policies []*networkingv1.NetworkPolicy) (*relation.Relation, error) {
	return enforce.Relation(policies, p.Meaning.Facts)
}

// Differences describes, with witnesses, what policies permit and the topology
// does not, and the reverse. There are none if and only if the policies say exactly what
// the topology says.
func (p *Program) Differences(policies []*networkingv1.NetworkPolicy) ([]string, error) {
	enforced, err := p.Enforced(policies)
	if err != nil {
		return nil, err
	}
	var out []string
	describe := func(what string) func(relation.Connection) bool {
		return func(c relation.Connection) bool {
			out = append(out, what+" "+c.String())
			return len(out) < 10
		}
	}
	relation.Diff(enforced, p.Meaning, describe("permits, and should not,"))
	relation.Diff(p.Meaning, enforced, describe("does not permit, and should,"))
	return out, nil
}
