package resolve

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
	"github.com/zt-lang/zt/grammar/spell"
)

func addresses(name string, blocks []topology.Block) *topology.Endpoint {
	return &topology.Endpoint{Kind: topology.Addresses, Name: name, Blocks: blocks, Addrs: topology.AddrsOf(blocks)}
}

// literal returns the one endpoint of a block that edges write, or nil if the block is wrong.
func (r *resolver) literal(e ast.Endpoint) *topology.Endpoint {
	if e.Except != nil && !strings.ContainsAny(e.Name.Text, ".:") {
		r.report(diag.New(diag.BadCIDR, e.Name.At, "only an address block can have exceptions, not %q", e.Name.Text).
			WithHelp("write CIDR except CIDR, or name the endpoints that you mean"))
		return nil
	}
	b, ok := r.block(ast.Address{Range: e.Range, CIDR: &e.Name, Except: e.Except})
	if !ok {
		return nil
	}
	name := b.String()
	if r.literals[name] == nil {
		r.literals[name] = addresses(name, []topology.Block{b})
		r.literals[name].MayBePods = r.literals[name].Addrs.Overlaps(r.pods)
	}
	return r.literals[name]
}

// endpoint resolves a party. It is nil where that is not possible, which has
// been reported, or where it belongs to an environment that is not being built, which is no error.
func (r *resolver) endpoint(e ast.Endpoint, c context) *topology.Endpoint {
	switch e.Kind {
	case ast.Bare:
		return r.bareEndpoint(e, c)
	case ast.CIDR:
		return r.literal(e)
	case ast.EveryPod:
		if n := r.namespaceOf(e, c); n != nil {
			return n.Endpoint
		}
		return nil
	case ast.Qualified:
		if n := r.namespaceOf(e, c); n != nil {
			return r.inNamespace(e, n)
		}
		return nil
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}

func (r *resolver) namespaceOf(e ast.Endpoint, c context) *namespace {
	name := r.word(*e.Namespace, c)
	if n := r.namespaces[name]; n != nil {
		r.options.Info.use(e.Namespace.At, n.Namespace)
		return n
	}
	if strings.Contains(name, "$") {
		r.stray(diag.BadName, *e.Namespace, namespaceName)
		return nil
	}
	if r.elsewhere[name+"/*"] || r.missing(name) || r.missing(e.Namespace.Text) {
		return nil
	}
	d := diag.New(diag.UndefinedNamespace, e.Namespace.At, "undefined namespace %q", name)
	if _, err := strconv.Atoi(e.Name.Text); err == nil {
		d = d.WithFix(e.At, name+" :"+e.Name.Text, "ports come after a colon: `%s :%s`", name, e.Name.Text)
	} else if r.environments[name] != nil {
		d = d.WithHelp("it is an environment: write %s for all of its pods, or NAMESPACE/%s", name, e.Name.Text)
	} else if keyword := grammar.Keyword(name); keyword == "namespace" {
		d = d.WithFix(e.At, e.Name.Text+"/*", "for every pod of a namespace, write %s/*", e.Name.Text)
	} else if keyword != "" {
		d = d.WithHelp("declare its pods with `tier %s { ... }`, and write %s", e.Name.Text, e.Name.Text)
	} else if near := r.nearest(name, r.namespaceNames()); near != "" {
		d = d.WithHelp("did you mean %q?", near)
		if _, ok := r.namespaces[near].scope.names[e.Name.Text]; ok || e.Kind == ast.EveryPod {
			d = d.WithFix(e.Namespace.At, near, "write %q", near)
		}
	} else {
		d = d.WithHelp("declare it: `namespace %s { ... }`; with `isolates nothing` if it is not yours", name)
	}
	r.report(d)
	return nil
}

func (r *resolver) namespaceNames() []string { return slices.Sorted(maps.Keys(r.namespaces)) }

func (r *resolver) inNamespace(e ast.Endpoint, n *namespace) *topology.Endpoint {
	name := e.Name.Text
	if d, ok := n.scope.names[name]; ok {
		return r.declared(e.Name.At, d)
	}
	if r.elsewhere[n.Name+"/"+name] || r.missing(name) {
		return nil
	}
	if strings.Contains(name, "$") {
		r.stray(diag.UndefinedName, e.Name, "tier's name")
		return nil
	}
	d := diag.New(diag.UndefinedName, e.Name.At, "namespace %s has no tier or external %q", n.Name, name).
		WithRelated(n.Span, "namespace %s is declared here", n.Name)
	if slices.Contains([]string{"all", "any", "every", "pods"}, name) {
		d = d.WithFix(e.At, n.Name+"/*", "for every pod of a namespace, write %s/*", n.Name)
	} else if near := r.nearest(name, slices.Sorted(maps.Keys(n.scope.names))); near != "" {
		d = d.WithFix(e.Name.At, near, "did you mean %s/%s?", n.Name, near)
	} else {
		d = d.WithHelp("declare `tier %s { ... }` there, or write %s/* for all of its pods", name, n.Name)
	}
	r.report(d)
	return nil
}

// declared returns the endpoint of a declaration that a name at a place means, or nil if the
// declaration is in error.
func (r *resolver) declared(at source.Span, o topology.Object) *topology.Endpoint {
	r.options.Info.use(at, o)
	if r.broken[o] {
		return nil
	}
	switch o := o.(type) {
	case *topology.Tier:
		return o.Endpoint
	case *topology.External:
		return o.Endpoint
	case *topology.Environment:
		return o.Endpoint
	}
	panic(fmt.Sprintf("unknown declaration %T", o))
}

func (r *resolver) bareEndpoint(e ast.Endpoint, c context) *topology.Endpoint {
	name := e.Name.Text
	if builtin, ok := r.builtin[name]; ok {
		return builtin
	}
	switch {
	case name == "nodes":
		r.report(diag.New(diag.UndefinedName, e.At, "the addresses of the nodes are not declared").
			WithHelp("declare them: `network { nodes CIDR }`"))
		return nil
	case name == "apiserver" && (r.apiServer.stated || r.missing(name)):
		return nil // what is wrong with its statement has been reported
	case name == "apiserver":
		r.report(diag.New(diag.UndefinedName, e.At, "the addresses of the API server are not stated").
			WithHelp("write `network { apiserver CIDR :PORT }` with what this shows: %s", "kubectl get endpointslices -n default kubernetes"))
		return nil
	case name == stampWord && c.environment == nil:
		r.word(e.Name, c) // reports it
		return nil
	case name == stampWord:
		return r.declared(e.Name.At, c.environment.Environment)
	case strings.Contains(name, "$"):
		r.stray(diag.UndefinedName, e.Name, "tier's name")
		return nil
	}
	switch found, several := r.lookup(c, name); {
	case several != nil:
		r.report(ambiguous(e, several))
	case found != nil:
		return r.declared(e.Name.At, found)
	case !r.elsewhere[name] && !(c.namespace == nil && r.elsewhere["*/"+name]) && !r.missing(name):
		r.report(r.undefined(e, c))
	}
	return nil
}

// ambiguous reports what a name could mean, and how to choose one.
func ambiguous(e ast.Endpoint, found []topology.Object) diag.Diagnostic {
	name := e.Name.Text
	d := diag.New(diag.Ambiguous, e.At, "%q is ambiguous", name)
	var paths []string
	var nameless string // what has no name but the one that could be several things
	for _, f := range found {
		kind, path := describe(f)
		d = d.WithRelated(f.Declared(), "it could be the %s %s", kind, path)
		if strings.Contains(path, "/") {
			paths = append(paths, path)
		} else {
			nameless = kind
		}
	}
	slices.Sort(paths)
	help := "write one of: " + strings.Join(slices.Compact(paths), ", ")
	switch {
	case len(paths) == 0:
		help = "use it in the block of its environment, or rename one of them"
	case nameless != "":
		help += "; to use the " + nameless + ", rename one of them"
	}
	return d.WithHelp("%s", help)
}

// undefined reports a bare name that nothing declares, with the likely intent.
func (r *resolver) undefined(e ast.Endpoint, c context) diag.Diagnostic {
	name := e.Name.Text
	if c.namespace != nil {
		d := diag.New(diag.UndefinedName, e.At, "undefined name %q in namespace %s", name, c.namespace.Name)
		others := slices.DeleteFunc(slices.Clone(r.program.tiers[name]), func(t *topology.Tier) bool { return t.Namespace == nil })
		if len(others) > 0 {
			d = d.WithRelated(others[0].Span, "namespace %s has a tier of that name", others[0].Namespace.Name).
				WithHelp("to use it, write %s", others[0])
			if len(others) == 1 {
				d = d.WithFix(e.At, others[0].String(), "write %s", others[0])
			}
			return d
		}
		return r.suggest(d, e, c)
	}
	d := diag.New(diag.UndefinedName, e.At, "undefined name %q", name)
	for _, ns := range r.namespaceNames() {
		if other, ok := r.namespaces[ns].scope.names[name].(*topology.External); ok {
			return d.WithRelated(other.Span, "namespace %s has an external of that name", ns).
				WithFix(e.At, ns+"/"+name, "to use it, write %s/%s", ns, name)
		}
	}
	for _, env := range slices.Sorted(maps.Keys(r.environments)) {
		if other, ok := r.environments[env].scope.names[name].(*topology.External); ok {
			return d.WithRelated(other.Span, "environment %s has an external of that name", env).
				WithHelp("it is visible only in that environment's block; declare it at the top level")
		}
	}
	return r.suggest(d, e, c)
}

func (r *resolver) suggest(d diag.Diagnostic, e ast.Endpoint, c context) diag.Diagnostic {
	name := e.Name.Text
	if n := r.namespaces[name]; n != nil {
		after := e.At.File.Text[e.At.End:]
		if tier := leadingName.FindString(after); tier != "" && n.scope.names[tier[1:]] != nil {
			at := e.At
			at.End += len(tier)
			whole := name + "/" + tier[1:]
			return d.WithFix(at, whole, "to use the tier of namespace %s, write %s", name, whole)
		}
		return d.WithFix(e.At, name+"/*", "for every pod of namespace %s, write %s/*", name, name)
	}
	if r.guesses >= maxGuesses {
		return d
	}
	candidates := []string{"internet", "cluster", "all"}
	for _, name := range []string{"nodes", "apiserver"} {
		if r.builtin[name] != nil {
			candidates = append(candidates, name)
		}
	}
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
		d = d.WithHelp("did you mean %q?", near)
		if _, several := r.lookup(c, near); several == nil {
			d = d.WithFix(e.At, near, "write %q", near)
		}
		return d
	}
	if write, help := grammar.InsteadOfEndpoint(name); help != "" {
		if write != "" {
			d = d.WithFix(e.At, write, "write %s", write)
		}
		return d.WithHelp("%s", help)
	}
	if slices.Contains([]string{"dev", "test", "stage", "staging", "prod", "production"}, name) {
		return d.WithHelp("declare it, for example `environment %s by env`, or `tier %s { ... }`", name, name)
	}
	if len(validation.IsDNS1123Label(name)) == 0 {
		return d.WithHelp("declare it, for example `tier %s { app=%s }`", name, name)
	}
	first, rest, dotted := strings.Cut(name, ".")
	second, domain, _ := strings.Cut(rest, ".")
	for _, path := range [][2]string{{first, second}, {second, first}} { // as people write it, and as a Service's DNS name has it
		if n := r.namespaces[path[0]]; n != nil && n.scope.names[path[1]] != nil {
			whole := path[0] + "/" + path[1]
			return d.WithFix(e.At, whole, "to use the tier of namespace %s, write %s", path[0], whole)
		}
	}
	if n := r.namespaces[first]; n != nil && dotted && domain == "" {
		if near := r.nearest(second, slices.Sorted(maps.Keys(n.scope.names))); near != "" {
			return d.WithFix(e.At, first+"/"+near, "did you mean %s/%s?", first, near)
		}
		return d.WithHelp("declare `tier %s { ... }` in namespace %s, or write %s/*", second, first, first)
	}
	known := dotted && domain == "" && (r.namespaces[second] != nil || len(r.program.tiers[first]) > 0)
	if known || domain == "svc" || strings.HasPrefix(domain, "svc.") {
		return d.WithHelp("a policy selects pods: declare `tier %s { ... }` in namespace %s", first, second)
	}
	name = strings.TrimPrefix(name, "*.")
	if dotted && len(validation.IsDNS1123Subdomain(name)) == 0 {
		return d.WithHelp("declare its addresses: `external NAME { CIDR }`; policies cannot match DNS names")
	}
	return d.WithHelp("use up to 63 of a-z, 0-9 and '-', with a letter or digit at each end")
}

// leadingName matches a colon and a name, where a slash was meant.
var leadingName = regexp.MustCompile(`^:[a-z0-9][-a-z0-9]*`)

// maxGuesses is how many undefined names get a suggestion. Each suggestion reads every name, and a
// program with more undefined names has another problem.
const maxGuesses = 100

// nearest returns the candidate that is probably intended, or "".
func (r *resolver) nearest(name string, candidates []string) string {
	if r.guesses++; r.guesses > maxGuesses {
		return ""
	}
	for _, c := range candidates {
		if c != name && strings.EqualFold(c, name) {
			return c
		}
	}
	return spell.Nearest(name, candidates)
}
