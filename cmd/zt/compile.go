package main

import (
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/networkpolicy"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/grammar/diag"

	networkingv1 "k8s.io/api/networking/v1"
)

var layouts = map[string]networkpolicy.Layout{"tier": networkpolicy.ByTier, "edge": networkpolicy.ByEdge}

var stages = map[string]topology.Stage{"ingress": topology.StageIngress, "egress": topology.StageEgress}

// topologyFlags are the flags of every command that compiles.
func topologyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "namespace", Usage: "the `NAMESPACE` of tiers outside every namespace", Value: "default"},
		&cli.StringFlag{Name: "environment", Usage: "build this `ENVIRONMENT` only, as for a cluster of its own"},
		choice("layout", "`LAYOUT` of the objects", "tier", "edge"),
		choices("target", "`TARGET`s to compile for, separated by commas", "networkpolicy"),
		&cli.BoolFlag{Name: "strict", Usage: "make every warning an error", DisableDefaultText: true},
	}
}

// stageFlag is for commands that make or verify the policies of a rollout.
func stageFlag() cli.Flag {
	return choice("stage", "isolate in the directions of a rollout's `STAGE`", "all", "ingress", "egress")
}

// compiled is what came of a compilation.
type compiled struct {
	topology *topology.Topology // nil where there are errors
	diags    diag.List
}

// ok reports whether nothing stands in the way of a result.
func (c *compiled) ok() bool { return c.topology != nil && c.diags.Errors() == 0 }

// add takes in further diagnostics.
func (c *compiled) add(list diag.List, strict bool) {
	if strict {
		list.Strict()
	}
	c.diags = append(c.diags, list...)
	c.diags.Sort()
}

// compile reads and compiles the inputs of a command line.
func compile(c *cli.Context) (*compiled, error) {
	return compileInputs(c, c.Args().Slice(), nil)
}

// compileInputs reads and compiles inputs, and one more that is no file.
func compileInputs(c *cli.Context, args []string, more *compiler.Input) (*compiled, error) {
	in, err := inputs(args, c.App.Reader)
	if err != nil {
		return nil, err
	}
	if more != nil {
		in = append(in, *more)
	}
	return compileFiles(root, in, displayName, compiler.Options{
		DefaultNamespace: c.String("namespace"),
		Environment:      c.String("environment"),
		Stage:            stages[c.String("stage")],
	}, c.Bool("strict"))
}

// compileFiles compiles inputs of a file system, whose files are shown by the names that
// display gives them.
func compileFiles(from fs.FS, in []compiler.Input, display func(string) string, options compiler.Options, strict bool) (*compiled, error) {
	files, diags, err := compiler.Load(from, in, display)
	if err != nil {
		return nil, err
	}
	t, list, err := compiler.Compile(files, options)
	if err != nil && diags.Errors() > 0 {
		// What the options speak of may stand where nothing could be read.
		return &compiled{diags: diags}, nil
	}
	if err != nil {
		return nil, err
	}
	result := &compiled{topology: t}
	result.add(append(diags, list...), strict)
	return result, nil
}

// lower turns the topology into files of policies, by the function that writes them, and
// proves that those permit what it says: the very bytes, which are not written once more.
func (c *compiled) lower(layout string, format manifest.Format, write func([]*networkingv1.NetworkPolicy, manifest.Format) ([]manifest.File, error)) ([]manifest.File, error) {
	policies, diags := networkpolicy.Lower(c.topology, layouts[layout])
	c.add(diags, false)
	if !c.ok() {
		return nil, nil
	}
	files, err := write(policies, format)
	if err != nil {
		return nil, err
	}
	c.add(proof.Check(c.topology, files, format), false)
	return files, nil
}
