// Package resolve gives names and values their meaning: syntax trees become a topology.
//
// It goes over the program three times. The first pass declares: environments, then namespaces,
// tiers, externals and network facts, each environment's block once for each of its names. The
// second settles what the blocks of a namespace say together: directions, labels, membership of
// environments. The third resolves edges, denies and dns statements against all that. The prelude
// is declared last, so that the declarations of the program itself replace it.
package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
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
	// Info, if not nil, is filled with what each name means.
	Info *Info
}

// Resolve returns the topology of a program. With errors in the diagnostics the topology holds what
// could be understood. The error is of options that do not fit the program.
func Resolve(files []*ast.File, options Options) (*topology.Topology, diag.List, error) {
	if problems := validation.IsDNS1123Label(options.DefaultNamespace); len(problems) > 0 {
		return nil, nil, fmt.Errorf("%q is not a valid name for a namespace: use a-z, 0-9 and '-'", options.DefaultNamespace)
	}
	r := &resolver{
		options:      options,
		files:        files,
		environments: map[string]*environment{},
		namespaces:   map[string]*namespace{},
		program:      newScope(),
		elsewhere:    map[string]bool{},
		broken:       map[topology.Object]bool{},
		literals:     map[string]*topology.Endpoint{},
		builtin: map[string]*topology.Endpoint{
			"cluster": {Kind: topology.ClusterPods, Name: "cluster"},
			"all":     {Kind: topology.Everything, Name: "all"},
		},
		checked: map[checked]bool{},
		byPort:  map[*topology.Endpoint]map[string][]*topology.Tier{},
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

	r.connectAll()
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
	across       []*topology.Tier // the tiers across namespaces
	externals    []*topology.External
	network      topology.Network
	apiServer    apiServer
	program      *scope
	broken       map[topology.Object]bool      // tiers and externals with an invalid value; edges that name them are left out
	pods         relation.Addrs                // the declared addresses of pods
	literals     map[string]*topology.Endpoint // by name
	builtin      map[string]*topology.Endpoint // cluster, all, internet; nodes and apiserver if the program states them
	// elsewhere is the names of what belongs to environments that are not being built, so that edges
	// to it can be left out instead of refused: env, ns/*, ns/tier, */tier for each ns/tier, and :port.
	elsewhere map[string]bool

	blocks []block // all that were declared, for the edges and denies in them
	dns    []*ast.DNS
	edges  []*topology.Edge
	denies []*topology.Denial

	resolvers []*topology.Endpoint
	guesses   int // how many names have been guessed
	used      usage
	checked   map[checked]bool                                   // the texts that keep a rule of Kubernetes
	byPort    map[*topology.Endpoint]map[string][]*topology.Tier // the tiers of sets of namespaces
}

// context is the blocks around a statement.
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
	if len(names) == 0 {
		return fmt.Errorf("the program has no environment %q, and no other", chosen)
	}
	return fmt.Errorf("the program has no environment %q; it has %s", chosen, strings.Join(names[:min(len(names), 5)], ", "))
}

func (r *resolver) topology() *topology.Topology {
	t := &topology.Topology{
		Tiers:     r.acrossTiers(),
		Externals: r.externals,
		Network:   r.network,
		Edges:     r.edges,
		Denies:    r.denies,
		Resolvers: r.resolvers,
	}
	if r.used.exceeded {
		t.Edges, t.Denies = nil, nil // there is nothing to learn from a part of them
	}
	for _, name := range r.namespaceNames() {
		n := r.namespaces[name]
		slices.SortFunc(n.Tiers, func(a, b *topology.Tier) int { return cmp.Compare(a.Name, b.Name) })
		n.Settle()
		t.Namespaces = append(t.Namespaces, n.Namespace)
	}
	for _, name := range slices.Sorted(maps.Keys(r.environments)) {
		if e := r.environments[name]; r.built(e) {
			t.Environments = append(t.Environments, e.Environment)
		}
	}
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
