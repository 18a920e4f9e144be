package resolve

import (
	"cmp"
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

// declareEnvironments declares every environment, before what stands in their
// blocks: whether namespaces carry a label depends on all statements of one.
func (r *resolver) declareEnvironments(statements []ast.Statement) {
	for _, s := range statements {
		env, ok := s.(*ast.Environment)
		if !ok {
			continue
		}
		for i, name := range env.Names {
			if !r.take(&r.taken.environments, 1, maxEnvironments, "names of environments", name.At) {
				return
			}
			r.checkName("an environment", name, name.Text)
			if slices.ContainsFunc(env.Names[:i], func(w ast.Word) bool { return w.Text == name.Text }) {
				r.report(diag.New(diag.Duplicate, name.At, "environment %q is named twice", name.Text).WithHelp("remove one of the two"))
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
		r.environments[name.Text] = e
		if r.built(e) {
			r.bind(r.program, name.Text, declaration{environment: e})
		} else {
			r.elsewhere.environments[name.Text] = true
		}
	}
	e.defined = e.defined || s.Body != nil || s.By != nil
	if s.By == nil || !r.checkKey(*s.By) {
		return
	}
	r.checkValue(name, name.Text)
	switch {
	case e.Key == "":
		e.Key, e.keyAt = s.By.Text, s.By.At
	case e.Key != s.By.Text:
		r.report(diag.New(diag.Duplicate, s.By.At, "environment %s is by %s here and by %s elsewhere", e.Name, s.By.Text, e.Key).
			WithRelated(e.keyAt, "by %s is said here", e.Key).
			WithHelp("an environment has one key; reopen it without `by`, or give this one another name"))
	}
}

// declareStamps declares what stands in an environment's block, once for each of
// its names. Of environments that are not being built only the names are kept.
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
			r.elsewhere.namespaces[name] = true
			if s.Body != nil {
				r.declareElsewhere(s.Body.Statements, c, name)
			}
		case *ast.Tier:
			for _, n := range s.Names {
				r.elsewhere.namespaces[ns] = true
				r.elsewhere.tiers[ns+"/"+n.Text] = true
				r.elsewhere.bare[n.Text] = true
			}
		}
	}
}

// settleEnvironments refuses environments that nothing defines.
func (r *resolver) settleEnvironments() {
	for _, e := range r.environments {
		if !e.defined {
			r.report(diag.New(diag.EmptyEnvironment, e.Span, "environment %s has neither a key nor a block, so nothing is in it", e.Name).
				WithHelp("write `environment %s by KEY` for the namespaces labelled KEY=%s, or give it a block with its namespaces", e.Name, e.Name))
		}
	}
}

// settleMembers finds the declared namespaces of each environment, once
// their labels are known.
func (r *resolver) settleMembers() {
	type label struct{ key, value string }
	labelled := map[label]*environment{}
	for _, e := range r.environments {
		if e.Key != "" {
			labelled[label{e.Key, e.Name}] = e
		}
	}
	for _, n := range r.namespaces {
		var in []*environment
		for key, value := range n.Labels {
			if e := labelled[label{key, value}]; e != nil {
				in = append(in, e)
			}
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
	for _, e := range r.environments {
		slices.SortFunc(e.Namespaces, func(a, b *topology.Namespace) int { return cmp.Compare(a.Name, b.Name) })
	}
}
