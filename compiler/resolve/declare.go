package resolve

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// stampWord is replaced by the environment's name in an environment's block.
const stampWord = "$environment"

// word returns a word's text at a place, with $environment filled in.
func (r *resolver) word(w ast.Word, c context) string {
	if !strings.Contains(w.Text, stampWord) {
		return w.Text
	}
	if c.environment == nil {
		r.report(diag.New(diag.EnvironmentOutside, w.At, "%s is used outside an environment block", stampWord).
			WithHelp("use it in `environment NAME { ... }`, where it is replaced by the name"))
		return w.Text
	}
	r.options.Info.useStamps(w, c.environment.Environment)
	return strings.ReplaceAll(w.Text, stampWord, c.environment.Name)
}

// block is statements and where they are.
type block struct {
	statements []ast.Statement
	context
}

// declare declares names, and keeps the block for the statements that use them.
func (r *resolver) declare(statements []ast.Statement, c context) {
	r.blocks = append(r.blocks, block{statements, c})
	for _, s := range statements {
		if !r.admit(&r.used.statements, 1, maxStatements, "statements, counted for each environment", s.Span()) {
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
			r.dns = append(r.dns, s)
		case *ast.Edge, *ast.Deny, *ast.Isolate: // resolved later
		case *ast.Import: // the loader has followed it
		default:
			panic(fmt.Sprintf("unknown statement %T", s))
		}
	}
}

// connectAll resolves the statements that use names, once everything is declared.
func (r *resolver) connectAll() {
	for _, b := range r.blocks {
		for _, s := range b.statements {
			if r.used.exceeded {
				return
			}
			switch s := s.(type) {
			case *ast.Edge:
				r.resolveEdge(s, b.context)
			case *ast.Deny:
				r.resolveDeny(s, b.context)
			case *ast.Isolate:
				r.resolveIsolate(s, b.context)
			}
		}
	}
}

// bind declares a name in a scope, or reports that it is declared already.
func (r *resolver) bind(s *scope, name string, o topology.Object) bool {
	old, taken := s.names[name]
	if !taken {
		s.names[name] = o
		return true
	}
	if r.prelude {
		return false // the program's own declaration replaces the prelude's
	}
	kind, _ := describe(old)
	help := "rename one of them"
	if old.Declared().File != o.Declared().File {
		help = "rename one of them; for two programs, run zt for each file alone"
	}
	r.report(diag.New(diag.Duplicate, o.Declared(), "%q is already declared", name).
		WithRelated(old.Declared(), "the %s %q is declared here", kind, name).
		WithHelp("%s", help))
	return false
}

// checked is a text and the code of the rule that it keeps. Rules are regular expressions, and
// programs repeat their names.
type checked struct {
	code diag.Code
	text string
}

// valid reports a text that breaks a rule of Kubernetes.
func (r *resolver) valid(rule func(string) []string, code diag.Code, w ast.Word, text, kind, help string) bool {
	if r.checked[checked{code, text}] {
		return true
	}
	switch {
	case len(rule(text)) == 0:
	case strings.Contains(text, "$"):
		r.stray(code, w, kind)
		return false
	default:
		r.report(diag.New(code, w.At, "%q is not a valid %s", text, kind).WithHelp("%s", help))
		return false
	}
	r.checked[checked{code, text}] = true
	return true
}

// The kinds of texts that can have $environment in them.
const (
	namespaceName = "name for a namespace"
	labelValue    = "label value"
)

// variable matches a '$' and the name of a variable, as shells and templates write it.
var variable = regexp.MustCompile(`\$[{(]?([A-Za-z_.]*)[})]?`)

// onlyVariable is the help for all variables that can't be meant for $environment.
const onlyVariable = "the only variable is $environment; write the value itself"

// stray reports a '$' that is no part of $environment, or that is where no environment is filled in.
func (r *resolver) stray(code diag.Code, w ast.Word, kind string) {
	d := diag.New(code, w.At, "unexpected '$' in %q", w.Text)
	meant, other := variable.ReplaceAllLiteralString(w.Text, stampWord), false
	for _, m := range variable.FindAllStringSubmatch(w.Text, -1) {
		name := strings.ToLower(m[1][strings.LastIndexByte(m[1], '.')+1:])
		other = other || !strings.HasPrefix(name, "env") && name != "stage" && name != "" && spell.Nearest(name, []string{"environment"}) == ""
	}
	switch {
	case other:
		r.report(d.WithHelp(onlyVariable))
	case kind != namespaceName && kind != labelValue && (meant != stampWord || w.Text == stampWord):
		r.report(d.WithHelp("remove the '$': only namespaces, label values and endpoints have $environment"))
	case strings.Contains(strings.ReplaceAll(w.Text, stampWord, ""), "$"):
		r.report(d.WithHelp("in an environment's block, write %q", meant))
	} // else it is outside every environment, which has been reported
}

// checkName reports a name that is no DNS-1123 label.
func (r *resolver) checkName(kind string, w ast.Word, name string) {
	help := "use up to 63 of a-z, 0-9 and '-', with a letter or digit at each end"
	if fixed := strings.ToLower(strings.ReplaceAll(name, "_", "-")); fixed != name && len(validation.IsDNS1123Label(fixed)) == 0 {
		help = fmt.Sprintf("write %q", fixed)
	}
	keyword := kind[strings.LastIndexByte(kind, ' ')+1:]
	if ns, of, ok := strings.Cut(name, "/"); ok && (keyword == "tier" || keyword == "external") {
		help = fmt.Sprintf("declare it in its namespace: `namespace %s { %s %s { ... } }`", ns, keyword, of)
	}
	r.valid(validation.IsDNS1123Label, diag.BadName, w, name, kind, help)
}

func (r *resolver) declareTier(s *ast.Tier, c context) {
	if s.In != nil {
		r.declareAcross(s, c)
		return
	}
	ns := c.namespace
	if ns == nil {
		// A tier outside every namespace is in the default one, which is then a namespace of the
		// environment around the tier.
		if ns = r.open(r.options.DefaultNamespace, s.Names[0], c); ns == nil {
			return
		}
	}
	for _, name := range s.Names {
		if !r.admit(&r.used.declared, 1, maxDeclared, "namespaces, tiers and externals", name.At) {
			return
		}
		r.checkName("name for a tier", name, name.Text)
		selector, selectorOK := r.tierSelector(s, name, c)
		listens, listensOK := r.listens(s.Listens)
		t := &topology.Tier{
			Namespace: ns.Namespace,
			Name:      name.Text,
			Selector:  selector,
			Ingress:   s.Isolates != nil && s.Isolates.Text == "ingress",
			Egress:    s.Isolates != nil && s.Isolates.Text == "egress",
			Listens:   listens,
			Doc:       docs(s),
			Span:      name.At,
			Prelude:   r.prelude,
			Dynamic:   s.Dynamic,
		}
		if s.Isolates != nil {
			t.IsolatesAt = s.Isolates.At
		}
		t.Endpoint = &topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: t.Namespace, Name: t.String(), Open: open(listens)}
		r.options.Info.define(name.At, t)
		if !r.bind(ns.scope, t.Name, t) {
			continue
		}
		if !selectorOK || !listensOK {
			r.broken[t] = true
		}
		ns.Tiers = append(ns.Tiers, t)
		r.program.tiers[t.Name] = append(r.program.tiers[t.Name], t)
		if c.environment != nil {
			c.environment.scope.tiers[t.Name] = append(c.environment.scope.tiers[t.Name], t)
		}
	}
}

func (r *resolver) declareExternal(s *ast.External, c context) {
	if !r.admit(&r.used.declared, 1+len(s.Addresses), maxDeclared, "namespaces, tiers and externals", s.Name.At) {
		return
	}
	r.checkName("name for an external", s.Name, s.Name.Text)
	listens, valid := r.addressListens(s.Listens)
	x := &topology.External{
		Name:    s.Name.Text,
		Listens: listens,
		Doc:     docs(s),
		Span:    s.Name.At,
	}
	var blocks []topology.Block
	var wider *topology.Block
	for _, a := range s.Addresses {
		if a.Host != nil {
			valid = r.checkHost(*a.Host) && valid
			x.Hosts = append(x.Hosts, topology.Host{Name: a.Host.Text, Span: a.Host.At})
			continue
		}
		b, ok := r.block(a)
		valid = valid && ok
		if ok {
			wider = r.afterExcept(wider, b, a.At)
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
	r.options.Info.define(s.Name.At, x)
	if r.bind(scope, x.Name, x) {
		r.externals = append(r.externals, x)
		if !valid {
			r.broken[x] = true
		}
	}
}
