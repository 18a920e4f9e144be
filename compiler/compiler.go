// Package compiler turns .zt files into a topology: it loads them with what
// they import, resolves names and values, and checks the whole.
package compiler

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/check"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// Options are the choices of a build.
type Options struct {
	// DefaultNamespace is the namespace of tiers outside every namespace; "default" if empty.
	DefaultNamespace string
	// Environment, if not empty, is the only environment that is built.
	Environment string
	// Stage leaves out the directions that a rollout does not isolate yet. The whole program is
	// checked all the same.
	Stage topology.Stage
	// Native is set if no target writes NetworkPolicies. What the network plugin makes of these is not
	// checked then.
	Native bool
	// Guarded is set if some target writes guardrails, which deny whether or not pods are isolated.
	Guarded bool
	// Info, if not nil, is filled with what each name means, in a program with errors too.
	Info *resolve.Info
}

// Result is what is known of a program, whether it has errors or not.
type Result struct {
	// Diagnostics are the problems that resolving and checking found, in order.
	Diagnostics diag.List

	topology *topology.Topology
	complete bool
}

// Topology returns the program's topology, and whether the program is free of errors. If it is not,
// the topology is nil: half of a program must not be emitted.
func (r *Result) Topology() (*topology.Topology, bool) {
	if !r.complete {
		return nil, false
	}
	return r.topology, true
}

// Partial returns what could be resolved of a program, errors or not. It is for editors, which show
// what is known while a program is being written; never emit it.
func (r *Result) Partial() *topology.Topology { return r.topology }

// Analyze resolves and checks the files of a program. Its error is of options that do not fit the
// program: an environment that it does not declare, or a bad name for a namespace.
func Analyze(files []*ast.File, options Options) (*Result, error) {
	t, diags, err := resolve.Resolve(files, resolve.Options{
		DefaultNamespace: cmp.Or(options.DefaultNamespace, "default"),
		Environment:      options.Environment,
		Info:             options.Info,
	})
	if err != nil {
		return nil, err
	}
	broken := slices.ContainsFunc(files, (*ast.File).Partial)
	missing := check.Missing{
		Statements:   broken || diags.Errors() > 0,
		Environments: options.Environment != "",
	}
	diags = append(diags, check.Check(t, missing, options.Guarded)...)
	if t.Network.Native = options.Native; !options.Native {
		diags = append(diags, check.Plugin(t, missing)...)
	}
	diags.Sort()
	diags = onceForAllStamps(files, diags)
	diags.Limit(MaxReported)
	t.Limit(options.Stage) // the program was checked as a whole
	return &Result{diags, t, !broken && diags.Errors() == 0}, nil
}

// Compile is Analyze for callers that emit: the topology is nil if the program has errors, those of
// the files' syntax included.
func Compile(files []*ast.File, options Options) (*topology.Topology, diag.List, error) {
	result, err := Analyze(files, options)
	if err != nil {
		return nil, nil, err
	}
	t, _ := result.Topology()
	return t, result.Diagnostics, nil
}
