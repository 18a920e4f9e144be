package resolve

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
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
	// by is set where some statement gives it a selector, at byAt.
	by   bool
	byAt source.Span
	// defined is set where some statement gives it a selector or a block.
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
	e.defined = e.defined || s.Body != nil || s.By != nil || s.Selector != nil
	selector, at, ok := r.environmentSelector(s, e)
	switch {
	case !ok:
	case !e.by:
		e.Selector, e.by, e.byAt = selector, true, at
	case e.Selector.String() != selector.String():
		r.report(diag.New(diag.Duplicate, at, "environment %s is by %s here, but by %s elsewhere", e.Name, selector, e.Selector).
			WithRelated(e.byAt, "the other statement").
			WithHelp("remove `by` here, or rename this environment"))
	}
}

// environmentSelector returns what follows `by` in a statement; it is false if nothing does, or if that
// is wrong.
func (r *resolver) environmentSelector(s *ast.Environment, e *environment) (selector relation.Selector, at source.Span, ok bool) {
	c := context{environment: e}
	switch {
	case s.Selector != nil:
		all, valid := r.requirements(nil, s.Selector, "namespace", c)
		selector = relation.Select(all...)
		// Every namespace has a name.
		named := selector.Intersect(relation.Select(relation.Requirement{Key: topology.NameLabel, Values: relation.Exists()}))
		return selector, s.Selector.At, valid && r.checkSatisfiable(named, s.Selector.At, "namespace can be in environment "+e.Name)
	case s.By == nil || !r.checkKey(*s.By):
		return selector, at, false
	case s.Value == nil:
		return relation.Labelled(s.By.Text, e.Name), s.By.At, true
	}
	value := r.word(*s.Value, c)
	return relation.Labelled(s.By.Text, value), s.By.At.To(s.Value.At), r.checkValue(*s.Value, value)
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
			if s.In != nil {
				r.elsewhere["*/"+s.Names[0].Text] = true
				continue
			}
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
	labelled := map[label][]*environment{} // by one of the values that their selectors require for a key
	var others []*environment
	for _, e := range r.environments {
		if !e.by || !r.built(e) {
			continue
		}
		keys := e.Selector.Keys()
		i := slices.IndexFunc(keys, func(k relation.Requirement) bool { return !k.Values.Others && !k.Values.Absent })
		if i < 0 {
			others = append(others, e)
			if !r.admit(&r.used.matches, len(r.namespaces), maxMatches, "namespaces, counted for each selector of an environment", e.byAt) {
				return
			}
			continue
		}
		for _, value := range keys[i].Values.Names {
			labelled[label{keys[i].Key, value}] = append(labelled[label{keys[i].Key, value}], e)
		}
	}
	for _, name := range r.namespaceNames() {
		n := r.namespaces[name]
		in := slices.Clone(others)
		for key, value := range n.Labels {
			in = append(in, labelled[label{key, value}]...)
		}
		for _, e := range in {
			if e.Selector.Matches(n.Labels) {
				e.Namespaces = append(e.Namespaces, n.Namespace)
			}
		}
		for _, m := range n.in {
			switch {
			case m.by:
				r.checkMember(n, m)
			case r.built(m.environment):
				m.Namespaces = append(m.Namespaces, n.Namespace)
			}
		}
	}
	for _, e := range r.environments {
		if !e.by {
			e.Selector = namesOf(e.Namespaces)
		}
		e.Undeclared = r.undeclared(e.Selector)
	}
}

func namesOf(list []*topology.Namespace) relation.Selector {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.Name
	}
	return relation.Labelled(topology.NameLabel, names...)
}

// undeclared returns what a selector requires of namespaces that are not declared: it says nothing of
// the names of those that are.
func (r *resolver) undeclared(s relation.Selector) relation.Selector {
	keys := slices.Clone(s.Keys())
	for i := range keys {
		if keys[i].Key != topology.NameLabel {
			continue
		}
		names := slices.DeleteFunc(slices.Clone(keys[i].Values.Names), func(name string) bool { return r.namespaces[name] != nil })
		if keys[i].Values.Others {
			keys[i].Values = relation.NotIn(names...)
		} else {
			keys[i].Values = relation.In(names...)
		}
	}
	return relation.Select(keys...)
}

// pinned returns the one value that a label must have, if there is only one. A namespace's name is not
// for a label to state.
func pinned(k relation.Requirement) (value string, ok bool) {
	if v := k.Values; v.Others || v.Absent || len(v.Names) != 1 || k.Key == topology.NameLabel {
		return "", false
	}
	return k.Values.Names[0], true
}

// checkMember reports what a namespace in an environment's block lacks to be in the environment.
func (r *resolver) checkMember(n *namespace, m membership) {
	for _, k := range m.Selector.Keys() {
		if _, given := pinned(k); given { // and if another value is stated, that was reported
			continue
		}
		value, has := n.Labels[k.Key]
		if k.Values.Has(value, has) {
			continue
		}
		d := diag.New(diag.NotInEnvironment, m.at, "namespace %s does not meet %q of environment %s", n.Name, k, m.Name).
			WithRelated(m.byAt, "the environment's namespaces meet this")
		switch {
		case k.Key == topology.NameLabel:
			d = d.WithHelp("declare it outside this block, or change the selector")
		case has:
			d = d.WithRelated(n.labels[k.Key].at, "%s=%s is set here", k.Key, value).
				WithHelp("change this label, or declare the namespace outside this block")
		case k.Values.Others:
			d = d.WithHelp("write `labels %s=VALUE` in the namespace's block", k.Key)
		default:
			d = d.WithHelp("write `labels %s=%s` in the namespace's block", k.Key, k.Values.Names[0])
		}
		r.report(d)
	}
}
