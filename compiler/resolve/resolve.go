// Package resolve gives names and values their meaning: syntax trees become a
// topology.
//
// It goes over the program three times. The first pass declares: environments, then
// namespaces, tiers, externals and network facts, each environment's block
// once for each of its names. The second settles what the blocks of a namespace say together:
// directions, labels, membership of environments. The third resolves edges,
// denies and dns statements against all that. The prelude is declared last, so that
// it yields to whatever the program itself says.
package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// Options are what a build may choose.
type Options struct {
	// DefaultNamespace is where tiers outside every namespace go.
	DefaultNamespace string
	// Environment, if not empty, is the only environment that is built.
	Environment string
	// Stage leaves out the directions that a rollout has not come to.
	Stage topology.Stage
}

// Resolve returns the topology of a program. With errors in the diagnostics
// the topology holds what could be understood. The error is of options that
// do not fit the program.
func Resolve(files []*ast.File, options Options) (*topology.Topology, diag.List, error) {
	if problems := validation.IsDNS1123Label(options.DefaultNamespace); len(problems) > 0 {
		return nil, nil, fmt.Errorf("%q cannot be the name of a namespace: that is lower case letters, digits and '-'", options.DefaultNamespace)
	}
	r := &resolver{
		labelKeys:    newRule(validation.IsQualifiedName),
		labelValues:  newRule(validation.IsValidLabelValue),
		portNames:    newRule(validation.IsValidPortName),
		options:      options,
		files:        files,
		environments: map[string]*environment{},
		namespaces:   map[string]*namespace{},
		program:      newScope(),
		elsewhere:    newElsewhere(),
		endpoints:    newEndpoints(),
	}
	for _, f := range files {
		r.declareEnvironments(f.Statements)
	}
	if err := r.checkChosen(); err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		r.declare(f.Statements, context{})
	}
	r.prelude = true
	r.declare(prelude().Statements, context{})

	r.settleEnvironments()
	r.settleNamespaces()
	r.settleNetwork()

	for _, later := range r.later {
		if r.taken.tooMuch {
			break
		}
		later()
	}
	r.resolveDNS()
	return r.topology(), r.diags, nil
}

type resolver struct {
	options Options
	files   []*ast.File
	diags   diag.List
	prelude bool // what is declared now comes from the prelude

	environments map[string]*environment
	namespaces   map[string]*namespace
	externals    []*topology.External
	network      network
	program      *scope
	elsewhere    *elsewhere
	endpoints    *endpoints

	later  []func() // edges and denies, once everything is declared
	dns    []dnsStatement
	edges  []*topology.Edge
	denies []*topology.Denial

	labelKeys   rule
	labelValues rule
	portNames   rule

	resolvers []*topology.Endpoint
	guesses   int // how many names have been guessed
	taken     taken
}

// context is where a statement stands.
type context struct {
	environment *environment // nil outside every environment
	namespace   *namespace   // nil outside every namespace
}

func (r *resolver) report(d diag.Diagnostic) { r.diags.Add(d) }

// checkChosen refuses a chosen environment that the program does not have.
func (r *resolver) checkChosen() error {
	chosen := r.options.Environment
	if chosen == "" || r.environments[chosen] != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(r.environments))
	if near := spell.Nearest(chosen, names); near != "" {
		return fmt.Errorf("the program has no environment %q; did you mean %q?", chosen, near)
	}
	return fmt.Errorf("the program has no environment %q", chosen)
}

func (r *resolver) topology() *topology.Topology {
	t := &topology.Topology{
		Externals: r.externals,
		Network:   r.network.Network,
		Edges:     r.edges,
		Denies:    r.denies,
		Resolvers: r.resolvers,
	}
	if r.taken.tooMuch {
		t.Edges, t.Denies = nil, nil // there is nothing to learn from a part of them
	}
	for _, n := range r.namespaces {
		slices.SortFunc(n.Tiers, func(a, b *topology.Tier) int { return cmp.Compare(a.Name, b.Name) })
		t.Namespaces = append(t.Namespaces, n.Namespace)
	}
	slices.SortFunc(t.Namespaces, func(a, b *topology.Namespace) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range r.environments {
		if r.built(e) {
			t.Environments = append(t.Environments, e.Environment)
		}
	}
	slices.SortFunc(t.Environments, func(a, b *topology.Environment) int { return cmp.Compare(a.Name, b.Name) })
	return t
}

// docs returns the comment lines above a statement.
func docs(s ast.Statement) []string {
	var lines []string
	for _, c := range s.Docs() {
		lines = append(lines, c.Text())
	}
	return lines
}
