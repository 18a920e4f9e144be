package command

import (
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// Build builds the inputs of a command line, as the flags of BuildFlags say.
func Build(c *cli.Context, format manifest.Format, perNamespace bool) (emit.Result, diag.List, error) {
	in, err := load.Inputs(c.Args().Slice(), c.App.Reader)
	if err != nil {
		return emit.Result{}, nil, err
	}
	options, err := EmitOptions(c, format, perNamespace)
	if err != nil {
		return emit.Result{}, nil, err
	}
	files := load.Record()
	defer tellUnread(c, c.Args().Slice(), files)
	return emit.Build(files, in, options)
}

// maxEach is how many environments Each builds: each costs as much as a program of its own.
const maxEach = 100

// BuildEach is Build, but builds each environment by itself if several have the same namespaces; see
// Each.
func BuildEach(c *cli.Context) (result emit.Result, diags diag.List, each []string, err error) {
	in, err := load.Inputs(c.Args().Slice(), c.App.Reader)
	if err != nil {
		return result, nil, nil, err
	}
	options, err := EmitOptions(c, manifest.FormatYAML, false)
	if err != nil {
		return result, nil, nil, err
	}
	files := load.Record()
	defer tellUnread(c, c.Args().Slice(), files)
	return Each(files, in, options)
}

// Each builds a program. If several environments have the same namespaces, it is a program for one
// cluster each: Each builds them one by one, and returns their names. The result is that of the last.
func Each(files fs.FS, in []compiler.Input, options emit.Options) (result emit.Result, diags diag.List, each []string, err error) {
	result, diags, err = emit.Build(files, in, options)
	clash := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.StampedTwice })
	if err != nil || !clash || options.Environment != "" {
		return result, diags, nil, err
	}
	trees, _, err := compiler.Load(files, in, options.DisplayName)
	if err != nil {
		return result, nil, nil, err
	}
	if each = compiler.Environments(trees); len(each) > maxEach {
		return result, diags, nil, nil
	}
	diags = nil
	seen := map[string]bool{} // what all environments have in common is reported once
	for _, name := range each {
		options.Environment = name
		var more diag.List
		if result, more, err = emit.Build(files, in, options); err != nil {
			return result, nil, nil, err
		}
		for _, d := range more {
			key := fmt.Sprint(d.Code, d.Span.Start, d.Span.End, d.Message)
			if d.Span.File != nil {
				key += d.Span.File.Name
			}
			if !seen[key] {
				seen[key] = true
				diags = append(diags, d)
			}
		}
	}
	diags.Sort()
	return result, diags, each, nil
}

// SetTargets sets what the flags of TargetFlags say.
func SetTargets(c *cli.Context, options *emit.Options) (err error) {
	options.Targets = cli.ChoicesOf(c, "target")
	if c.IsSet("priority") {
		if options.Priorities, err = target.ParsePriorities(c.String("priority")); err != nil {
			return cli.Usagef("--priority: %v", err)
		}
	}
	if err := emit.CheckTargets(*options); err != nil {
		return cli.Usagef("--target: %v", err)
	}
	return nil
}

// EmitOptions returns what the flags of BuildFlags say.
func EmitOptions(c *cli.Context, format manifest.Format, perNamespace bool) (emit.Options, error) {
	o := emit.Options{
		Options:      options(c),
		Layout:       target.Layout(c.String("layout")),
		Format:       format,
		PerNamespace: perNamespace,
		Strict:       c.Bool("strict"),
		DisplayName:  load.DisplayName,
	}
	return o, SetTargets(c, &o)
}

// Topology compiles inputs. It reports errors, and returns ErrFindings for them. Warnings are
// for `zt check` to report.
func Topology(c *cli.Context, args []string) (*topology.Topology, error) {
	t, diags, err := Program(c, args)
	if err == nil && diags.Errors() > 0 {
		err = cli.Findings(c, diags)
	}
	return t, err
}

func options(c *cli.Context) compiler.Options {
	return compiler.Options{
		DefaultNamespace: c.String("namespace"),
		Environment:      c.String("environment"),
		Stage:            Stages[c.String("stage")],
		Native:           emit.Native(emit.Options{Targets: cli.ChoicesOf(c, "target")}),
	}
}

// Summary describes a successful build: "3 tiers, 2 edges, 4 policies, proven".
func Summary(r emit.Result) string {
	tiers, edges := len(r.Topology.Tiers), 0
	for _, n := range r.Topology.Namespaces {
		for _, t := range n.Tiers {
			if !t.Prelude {
				tiers++
			}
		}
	}
	for _, e := range r.Topology.Edges {
		if !e.Implicit {
			edges++
		}
	}
	return fmt.Sprintf("%s, %s, %s, proven",
		Counted(tiers, "tier", "tiers"), Counted(edges, "edge", "edges"), Counted(r.Objects, "policy", "policies"))
}

// WriteStream writes files one after the other.
func WriteStream(w io.Writer, files []manifest.File) error {
	for _, f := range files {
		if _, err := w.Write(f.Data); err != nil {
			return err
		}
	}
	return nil
}

// Counted returns a number with the word for what is counted.
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
