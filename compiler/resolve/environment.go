package resolve

import (
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// environment is a declared environment: one name of an environment
// statement, or of several that reopen it.
type environment struct {
	*topology.Environment
	scope *scope
	keyAt source.Span
	// defined is set where some statement gives it a key or a block.
	defined bool
}

// built reports whether an environment is part of this build.
func (r *resolver) built(e *environment) bool {
	return r.options.Environment == "" || r.options.Environment == e.Name
}

// declareEnvironments declares every environment before the contents of their blocks: the label
// of its namespaces depends on all statements of an environment.
func (r *resolver) declareEnvironments(statements []ast.Statement) {
	for _, s := range statements {
		env, ok := s.(*ast.Environment)
		if !ok {
			continue
		}
		for i, name := range env.Names {
			if !r.admit(&r.used.environments, 1, maxEnvironments, "environment names", name.At) {
				return
			}
			r.checkName("name for an environment", name, name.Text)
			if slices.ContainsFunc(env.Names[:i], func(w ast.Word) bool { return w.Text == name.Text }) {
				r.report(diag.New(diag.Duplicate, name.At, "environment %q is listed twice", name.Text).WithHelp("remove one of the two"))
				continue
			}
			r.declareEnvironment(env, name)
		}
	}
}

func (r *resolver) declareEnvironment(s *ast.Environment, name ast.Word) {
	e := r.environments[name.Text]
	if e == nil {
		e = &environment{
			Environment: &topology.Environment{Name: name.Text, Span: name.At},
			scope:       newScope(),
		}
		e.Endpoint = &topology.Endpoint{Kind: topology.EnvironmentPods, Environment: e.Environment, Name: e.Name}
		r.environments[name.Text] = e
		if r.built(e) {
			r.bind(r.program, name.Text, e.Environment)
		} else {
			r.elsewhere[name.Text] = true
		}
	}
	r.options.Info.define(name.At, e.Environment)
	e.defined = e.defined || s.Body != nil || s.By != nil
	if s.By == nil || !r.checkKey(*s.By) {
		return
	}
	key, value, at := s.By.Text, e.Name, s.By.At
	if s.Value != nil {
		value, at = r.word(*s.Value, context{environment: e}), at.To(s.Value.At)
		if !r.checkValue(*s.Value, value) {
			return
		}
	}
	switch {
	case e.Key == "":
		e.Key, e.Value, e.keyAt = key, value, at
	case e.Key != key || e.Value != value:
		r.report(diag.New(diag.Duplicate, at, "environment %s is by %s=%s here, but by %s=%s elsewhere", e.Name, key, value, e.Key, e.Value).
			WithRelated(e.keyAt, "the other statement").
			WithHelp("remove `by` here, or rename this environment"))
	}
}

// declareStamps declares the contents of an environment's block once for each of its names. Of
// environments that are not being built it keeps only the names.
func (r *resolver) declareStamps(s *ast.Environment) {
	if s.Body == nil {
		return
	}
	for i, name := range s.Names {
		e := r.environments[name.Text]
		switch {
		case slices.ContainsFunc(s.Names[:i], func(w ast.Word) bool { return w.Text == name.Text }): // reported
		case r.built(e):
			r.declare(s.Body.Statements, context{environment: e})
		default:
			r.declareElsewhere(s.Body.Statements, context{environment: e}, r.options.DefaultNamespace)
		}
	}
}

// declareElsewhere notes the names in a block that is not being built.
func (r *resolver) declareElsewhere(statements []ast.Statement, c context, ns string) {
	for _, s := range statements {
		switch s := s.(type) {
		case *ast.Namespace:
			name := r.word(s.Name, c)
			r.elsewhere[name+"/*"] = true
			if s.Body != nil {
				r.declareElsewhere(s.Body.Statements, c, name)
			}
		case *ast.Tier:
			for _, p := range portsOf(s) {
				r.elsewhere[":"+p] = true
			}
			for _, n := range s.Names {
				r.elsewhere[ns+"/*"], r.elsewhere[ns+"/"+n.Text], r.elsewhere["*/"+n.Text] = true, true, true
			}
		}
	}
}

// portsOf returns the names of the ports on which a tier listens.
func portsOf(s *ast.Tier) (names []string) {
	if s.Listens != nil {
		for _, p := range s.Listens.List {
			if p.Name != nil {
				names = append(names, p.Name.Text)
			}
		}
	}
	return names
}

// settleEnvironments refuses environments that nothing defines.
func (r *resolver) settleEnvironments() {
	for _, e := range r.environments {
		if !e.defined {
			r.report(diag.New(diag.EmptyEnvironment, e.Span, "environment %s is empty: it has neither a key nor a block", e.Name).
				WithHelp("write `environment %s by KEY` for namespaces labelled KEY=%s, or add a block", e.Name, e.Name))
		}
	}
}

// settleMembers finds the declared namespaces of each environment, once their labels are known.
func (r *resolver) settleMembers() {
	type label struct{ key, value string }
	labelled := map[label][]*environment{}
	for _, e := range r.environments {
		if e.Key != "" {
			labelled[label{e.Key, e.Value}] = append(labelled[label{e.Key, e.Value}], e)
		}
	}
	for _, name := range r.namespaceNames() {
		n := r.namespaces[name]
		var in []*environment
		for key, value := range n.Labels {
			in = append(in, labelled[label{key, value}]...)
		}
		for _, e := range n.in {
			if e.Key == "" {
				in = append(in, e)
			}
		}
		for _, e := range in {
			if r.built(e) {
				e.Namespaces = append(e.Namespaces, n.Namespace)
			}
		}
	}
}
