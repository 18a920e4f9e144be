package resolve

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// stampWord stands in an environment's block for the environment's name.
const stampWord = "$environment"

// word returns a word's text at a place, with $environment filled in.
func (r *resolver) word(w ast.Word, c context) string {
	if !strings.Contains(w.Text, stampWord) {
		return w.Text
	}
	if c.environment == nil {
		r.report(diag.New(diag.EnvironmentOutside, w.At, "%s stands outside every environment", stampWord).
			WithHelp("it means the environment that a block is stamped for; write it inside `environment NAME { ... }`"))
		return w.Text
	}
	return strings.ReplaceAll(w.Text, stampWord, c.environment.Name)
}

// declare takes in everything that declares, and puts off what refers.
func (r *resolver) declare(statements []ast.Statement, c context) {
	for _, s := range statements {
		if r.taken.tooMuch {
			return
		}
		switch s := s.(type) {
		case *ast.Environment:
			r.declareStamps(s)
		case *ast.Namespace:
			r.declareNamespace(s, c)
		case *ast.Labels:
			r.declareLabels(s, c)
		case *ast.Tier:
			r.declareTier(s, c)
		case *ast.External:
			r.declareExternal(s, c)
		case *ast.Network:
			r.declareNetwork(s)
		case *ast.DNS:
			r.dns = append(r.dns, dnsStatement{s, r.prelude})
		case *ast.Edge:
			r.postpone(func() { r.resolveEdge(s, c) }, s.At)
		case *ast.Deny:
			r.postpone(func() { r.resolveDeny(s, c) }, s.At)
		case *ast.Isolate:
			r.postpone(func() { r.resolveIsolate(s, c) }, s.At)
		case *ast.Import: // the loader has followed it
		}
	}
}

// postpone puts off a statement until everything is declared.
func (r *resolver) postpone(do func(), at source.Span) {
	if len(r.later) < maxEdges+maxDenied {
		r.later = append(r.later, do)
		return
	}
	r.take(&r.taken.edges, maxEdges+1, maxEdges, "edges", at)
}

// bind declares a name in a scope, or reports that it is taken.
func (r *resolver) bind(s *scope, name string, d declaration) bool {
	old, taken := s.names[name]
	if !taken {
		s.names[name] = d
		return true
	}
	if r.prelude {
		return false // the program's own declaration replaces the prelude's
	}
	_, at := d.what()
	kind, before := old.what()
	r.report(diag.New(diag.Duplicate, at, "%q is already declared", name).
		WithRelated(before, "the %s %q is declared here", kind, name).
		WithHelp("give one of them another name"))
	return false
}

// checkName reports a name that is no DNS-1123 label.
func (r *resolver) checkName(kind string, w ast.Word, name string) {
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 && !strings.Contains(name, "$") {
		d := diag.New(diag.BadName, w.At, "%q cannot be the name of %s", name, kind)
		help := "a name is at most 63 lower case letters, digits and '-', and begins and ends with a letter or digit"
		if fixed := strings.ToLower(strings.ReplaceAll(name, "_", "-")); fixed != name && len(validation.IsDNS1123Label(fixed)) == 0 {
			help += `; write "` + fixed + `"`
		}
		r.report(d.WithHelp("%s", help))
	}
}

func (r *resolver) declareTier(s *ast.Tier, c context) {
	ns := c.namespace
	if ns == nil {
		// A tier outside every namespace is in the default one, and so
		// makes it one of the environment that the tier stands in.
		if ns = r.open(r.options.DefaultNamespace, s.Names[0], c); ns == nil {
			return
		}
	}
	for _, name := range s.Names {
		if !r.take(&r.taken.declared, 1, maxDeclared, "namespaces, tiers and externals", name.At) {
			return
		}
		r.checkName("a tier", name, name.Text)
		selector, selectorOK := r.tierSelector(s, name, c)
		listens, listensOK := r.listens(s.Listens)
		t := &topology.Tier{
			Namespace: ns.Namespace,
			Name:      name.Text,
			Selector:  selector,
			Listens:   listens,
			Doc:       docs(s),
			Span:      name.At,
			Prelude:   r.prelude,
		}
		t.Endpoint = &topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: t.Namespace, Name: t.String(), Open: open(listens)}
		if !r.bind(ns.scope, t.Name, declaration{tier: t}) {
			continue
		}
		if !selectorOK || !listensOK {
			r.endpoints.broken[t] = true
		}
		ns.Tiers = append(ns.Tiers, t)
		r.program.tiers[t.Name] = append(r.program.tiers[t.Name], t)
		if c.environment != nil {
			c.environment.scope.tiers[t.Name] = append(c.environment.scope.tiers[t.Name], t)
		}
	}
}

func (r *resolver) declareExternal(s *ast.External, c context) {
	if !r.take(&r.taken.declared, 1+len(s.Addresses), maxDeclared, "namespaces, tiers and externals", s.Name.At) {
		return
	}
	r.checkName("an external", s.Name, s.Name.Text)
	listens, valid := r.listens(s.Listens)
	x := &topology.External{
		Name:    s.Name.Text,
		Listens: listens,
		Doc:     docs(s),
		Span:    s.Name.At,
	}
	for _, l := range x.Listens {
		if named := l.Ports.NamedPorts(); len(named) > 0 {
			valid = false
			r.report(diag.New(diag.NamedPortOfAddress, l.Span, "an address has no containers, so nothing says what number %q is", named[0].Name).
				WithHelp("write %s=NUMBER/%s", named[0].Name, named[0].Protocol))
		}
	}
	var blocks []topology.Block
	for _, a := range s.Addresses {
		if a.Host != nil {
			valid = r.checkHost(*a.Host) && valid
			x.Hosts = append(x.Hosts, topology.Host{Name: a.Host.Text, Span: a.Host.At})
			continue
		}
		b, ok := r.block(a)
		valid = valid && ok
		if ok {
			blocks = append(blocks, b)
		}
	}
	scope, name := r.program, x.Name
	switch {
	case c.namespace != nil:
		scope, name = c.namespace.scope, c.namespace.Name+"/"+x.Name
	case c.environment != nil:
		scope = c.environment.scope
	}
	x.Endpoint = addresses(name, blocks)
	x.Endpoint.External, x.Endpoint.Open = x, open(listens)
	if r.bind(scope, x.Name, declaration{external: x}) {
		r.externals = append(r.externals, x)
		if !valid {
			r.endpoints.broken[x] = true
		}
	}
}
