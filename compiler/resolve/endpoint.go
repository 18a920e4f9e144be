package resolve

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// endpoints keeps one pointer for each thing that an edge can speak of.
type endpoints struct {
	namespaces   map[*topology.Namespace]*topology.Endpoint
	environments map[*topology.Environment]*topology.Endpoint
	blocks       map[netip.Prefix]*topology.Endpoint
	cluster, all *topology.Endpoint
	internet     *topology.Endpoint
	nodes        *topology.Endpoint // nil unless the program declares them
	pods         relation.Addrs     // the addresses that the program says pods have

	// broken is the tiers and externals with a value that is in error:
	// nothing can be said of the edges that name them.
	broken map[any]bool
}

func newEndpoints() *endpoints {
	return &endpoints{
		namespaces:   map[*topology.Namespace]*topology.Endpoint{},
		environments: map[*topology.Environment]*topology.Endpoint{},
		blocks:       map[netip.Prefix]*topology.Endpoint{},
		broken:       map[any]bool{},
		cluster:      &topology.Endpoint{Kind: topology.ClusterPods, Name: "cluster"},
		all:          &topology.Endpoint{Kind: topology.Everything, Name: "all"},
	}
}

// once returns the value for a key, making it the first time.
func once[K comparable](m map[K]*topology.Endpoint, key K, make func() *topology.Endpoint) *topology.Endpoint {
	e, ok := m[key]
	if !ok {
		e = make()
		m[key] = e
	}
	return e
}

func addresses(name string, blocks []topology.Block) *topology.Endpoint {
	e := &topology.Endpoint{Kind: topology.Addresses, Name: name, Blocks: blocks}
	sets := make([]relation.Addrs, len(blocks))
	for i, b := range blocks {
		sets[i] = b.Addrs()
	}
	e.Addrs = relation.UnionAddrs(sets...)
	return e
}

func (s *endpoints) everyPod(n *topology.Namespace) *topology.Endpoint {
	return once(s.namespaces, n, func() *topology.Endpoint {
		return &topology.Endpoint{Kind: topology.NamespacePods, Namespace: n, Name: n.Name + "/*"}
	})
}

func (s *endpoints) environment(e *topology.Environment) *topology.Endpoint {
	return once(s.environments, e, func() *topology.Endpoint {
		return &topology.Endpoint{Kind: topology.EnvironmentPods, Environment: e, Name: e.Name}
	})
}

func (s *endpoints) external(x *topology.External) *topology.Endpoint {
	x.Endpoint.MayBePods = x.Endpoint.Addrs.Overlaps(s.pods)
	return x.Endpoint
}

func (s *endpoints) block(p netip.Prefix, at ast.Endpoint) *topology.Endpoint {
	return once(s.blocks, p, func() *topology.Endpoint {
		e := addresses(p.String(), []topology.Block{{Prefix: p, Span: at.At}})
		e.MayBePods = e.Addrs.Overlaps(s.pods)
		return e
	})
}

// endpoint resolves a party. It is nil where that is not possible, which has
// been reported, or where it belongs to an environment that is not being built, which is no error.
func (r *resolver) endpoint(e ast.Endpoint, c context) *topology.Endpoint {
	switch e.Kind {
	case ast.CIDR:
		if p, ok := r.prefix(e.Name); ok {
			return r.endpoints.block(p, e)
		}
		return nil
	case ast.EveryPod:
		if n := r.namespaceOf(e, c); n != nil {
			return r.endpoints.everyPod(n.Namespace)
		}
		return nil
	case ast.Qualified:
		if n := r.namespaceOf(e, c); n != nil {
			return r.inNamespace(e, n)
		}
		return nil
	}
	return r.bareEndpoint(e, c)
}

func (r *resolver) namespaceOf(e ast.Endpoint, c context) *namespace {
	name := r.word(*e.Namespace, c)
	if n := r.namespaces[name]; n != nil {
		return n
	}
	if r.elsewhere.namespaces[name] || strings.Contains(name, "$") || r.missing(name) || r.missing(e.Namespace.Text) {
		return nil
	}
	d := diag.New(diag.UndefinedNamespace, e.Namespace.At, "the program declares no namespace %q", name)
	if near := r.nearest(name, r.namespaceNames()); near != "" {
		d = d.WithHelp("did you mean %q?", near)
	} else {
		d = d.WithHelp("declare it: `namespace %s { ... }`, with `isolates nothing` if zt is not to govern it", name)
	}
	r.report(d)
	return nil
}

func (r *resolver) namespaceNames() []string { return slices.Sorted(maps.Keys(r.namespaces)) }

func (r *resolver) inNamespace(e ast.Endpoint, n *namespace) *topology.Endpoint {
	name := e.Name.Text
	if d, ok := n.scope.names[name]; ok {
		return r.declared(d)
	}
	if r.elsewhere.tiers[n.Name+"/"+name] || r.missing(name) {
		return nil
	}
	d := diag.New(diag.UndefinedName, e.Name.At, "namespace %s declares no tier %q", n.Name, name).
		WithRelated(n.Span, "namespace %s is declared here", n.Name)
	if near := r.nearest(name, slices.Sorted(maps.Keys(n.scope.names))); near != "" {
		d = d.WithHelp("did you mean %s/%s?", n.Name, near)
	} else {
		d = d.WithHelp("declare it there: `tier %s { ... }`; every pod of the namespace is %s/*", name, n.Name)
	}
	r.report(d)
	return nil
}

// declared returns the endpoint of a declaration, or nil where that is in error.
func (r *resolver) declared(d declaration) *topology.Endpoint {
	switch {
	case len(r.endpoints.broken) > 0 && (r.endpoints.broken[d.tier] || r.endpoints.broken[d.external]):
		return nil
	case d.tier != nil:
		return d.tier.Endpoint
	case d.external != nil:
		return r.endpoints.external(d.external)
	default:
		return r.endpoints.environment(d.environment.Environment)
	}
}

func (r *resolver) bareEndpoint(e ast.Endpoint, c context) *topology.Endpoint {
	name := e.Name.Text
	switch name {
	case "internet":
		return r.endpoints.internet
	case "cluster":
		return r.endpoints.cluster
	case "all":
		return r.endpoints.all
	case "nodes":
		if r.endpoints.nodes == nil {
			r.report(diag.New(diag.UndefinedName, e.At, "the program does not say what addresses the nodes have").
				WithHelp("declare them: `network { nodes CIDR }`"))
		}
		return r.endpoints.nodes
	case stampWord:
		if c.environment == nil {
			r.word(e.Name, c) // reports it
			return nil
		}
		return r.endpoints.environment(c.environment.Environment)
	}
	found := r.lookup(c, name)
	switch len(found) {
	case 0:
		if !r.elsewhere.environments[name] && !(c.namespace == nil && r.elsewhere.bare[name]) && !r.missing(name) {
			r.report(r.undefined(e, c))
		}
		return nil
	case 1:
		return r.declared(found[0])
	}
	r.report(ambiguous(e, found))
	return nil
}

// ambiguous says what a name could mean, and how to say which.
func ambiguous(e ast.Endpoint, found []declaration) diag.Diagnostic {
	name := e.Name.Text
	d := diag.New(diag.Ambiguous, e.At, "%q could be several things", name)
	var paths []string
	var nameless string // what has no name but the one that could be several things
	for _, f := range found {
		kind, at := f.what()
		d = d.WithRelated(at, "the %s %s", kind, f.path())
		if f.tier == nil {
			nameless = kind
		} else {
			paths = append(paths, f.path())
		}
	}
	slices.Sort(paths)
	help := "say which: " + strings.Join(slices.Compact(paths), ", ")
	if nameless != "" {
		help += "; the " + nameless + " has no other name, so to mean it rename one of them"
	}
	return d.WithHelp("%s", help)
}

// undefined says that a bare name means nothing at its place, and what could
// have been meant.
func (r *resolver) undefined(e ast.Endpoint, c context) diag.Diagnostic {
	name := e.Name.Text
	if c.namespace != nil {
		d := diag.New(diag.UndefinedName, e.At, "nothing is called %q in namespace %s: none of its tiers and externals, and no external or environment of the program", name, c.namespace.Name)
		if others := r.program.tiers[name]; len(others) > 0 {
			return d.WithRelated(others[0].Span, "namespace %s has a tier of that name", others[0].Namespace.Name).
				WithHelp("to mean that one, write %s", others[0])
		}
		return r.suggest(d, name, c)
	}
	d := diag.New(diag.UndefinedName, e.At, "nothing is called %q: no tier, external or environment", name)
	for _, ns := range r.namespaceNames() {
		if other := r.namespaces[ns].scope.names[name]; other.external != nil {
			return d.WithRelated(other.external.Span, "namespace %s has an external of that name", ns).
				WithHelp("to mean that one, write %s/%s", ns, name)
		}
	}
	for _, env := range slices.Sorted(maps.Keys(r.environments)) {
		if other := r.environments[env].scope.names[name]; other.external != nil {
			return d.WithRelated(other.external.Span, "environment %s has an external of that name", env).
				WithHelp("that one can be meant only inside `environment %s { ... }`; to mean it here too declare it at the top", env)
		}
	}
	return r.suggest(d, name, c)
}

func (r *resolver) suggest(d diag.Diagnostic, name string, c context) diag.Diagnostic {
	if r.namespaces[name] != nil {
		return d.WithHelp("every pod of namespace %s is %s/*", name, name)
	}
	if r.guesses >= manyGuesses {
		return d
	}
	candidates := []string{"internet", "cluster", "all", "nodes"}
	for _, s := range r.outer(c) {
		candidates = append(candidates, slices.Sorted(maps.Keys(s.names))...)
		if c.namespace == nil {
			candidates = append(candidates, slices.Sorted(maps.Keys(s.tiers))...)
		}
	}
	if c.namespace != nil {
		candidates = append(slices.Sorted(maps.Keys(c.namespace.scope.names)), candidates...)
	}
	if near := r.nearest(name, candidates); near != "" {
		return d.WithHelp("did you mean %q?", near)
	}
	if len(validation.IsDNS1123Label(name)) == 0 {
		return d.WithHelp("declare it, for example `tier %s { app=%s }`", name, name)
	}
	namespace, tier, dotted := strings.Cut(name, ".")
	switch {
	case dotted && r.namespaces[namespace] != nil:
		return d.WithHelp("a tier of namespace %s is written %s/%s", namespace, namespace, strings.ReplaceAll(tier, ".", "-"))
	case dotted && len(validation.IsDNS1123Subdomain(name)) == 0:
		return d.WithHelp("a DNS name is declared: `external NAME { host %s }`, for targets that can express it; else write its addresses", name)
	}
	return d.WithHelp("a name is at most 63 lower case letters, digits and '-', and begins and ends with a letter or digit")
}

// manyGuesses is how often zt guesses what a name was meant to be. A program
// with more undefined names is wrong in a way that guesses don't mend, and each looks at every name there is.
const manyGuesses = 100

// nearest returns the candidate that was probably meant, or "".
func (r *resolver) nearest(name string, candidates []string) string {
	if r.guesses++; r.guesses > manyGuesses {
		return ""
	}
	return spell.Nearest(name, candidates)
}
