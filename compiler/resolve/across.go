package resolve

import (
	"cmp"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// declareAcross declares a tier across namespaces: `tier NAME in SET { ... }`. It has no namespace, so
// its name is one of the program's, or of its environment's.
func (r *resolver) declareAcross(s *ast.Tier, c context) {
	name := s.Names[0]
	if c.namespace != nil {
		r.report(diag.New(diag.Misplaced, s.In.At, "a tier across namespaces is not allowed in the block of a namespace").
			WithHelp("write it at the top level, or remove `in %s`", s.In.Text))
		return
	}
	if s.Isolates != nil && s.Isolates.Text != "nothing" {
		r.report(diag.New(diag.Misplaced, s.Isolates.At, "a tier across namespaces isolates nothing").
			WithHelp("remove `isolates`; isolate the pods in their own namespaces"))
	}
	if !r.admit(&r.used.across, 1, maxAcross, "tiers across namespaces", name.At) {
		return
	}
	r.checkName("name for a tier", name, name.Text)
	set, known := r.setOf(*s.In, name, c)
	if known && set != nil && !r.built(set) {
		r.elsewhere[name.Text] = true
		return
	}
	if c.environment != nil && known && set != c.environment {
		r.report(diag.New(diag.Misplaced, s.In.At, "tier %s is not in the environment of this block", name.Text).
			WithHelp("write it at the top level, or write `in %s`", stampWord))
		known = false
	}
	selector, selectorOK := r.tierSelector(s, name, c)
	listens, listensOK := r.listens(s.Listens)
	t := &topology.Tier{Name: name.Text, Selector: selector, Listens: listens, Doc: docs(s), Span: name.At, Dynamic: s.Dynamic}
	if set != nil {
		t.In = set.Environment
	}
	t.Endpoint = &topology.Endpoint{Kind: topology.AcrossPods, Tier: t, Environment: t.In, Name: t.Name, Open: open(listens)}
	r.options.Info.define(name.At, t)
	scope := r.program
	if c.environment != nil {
		scope = c.environment.scope
		r.program.tiers[t.Name] = append(r.program.tiers[t.Name], t)
	}
	if !r.bind(scope, t.Name, t) {
		return
	}
	for _, other := range r.across {
		if other.Name == t.Name && other.In == t.In {
			r.report(diag.New(diag.Duplicate, name.At, "tier %s in %s is already declared", t.Name, t.Set()).
				WithRelated(other.Span, "it is declared here").
				WithHelp("rename one of them"))
		}
	}
	if !known || !selectorOK || !listensOK {
		r.broken[t] = true
	}
	r.across = append(r.across, t)
}

// setOf returns the environment of a tier's namespaces, nil for the whole cluster; it is false if there
// is no such environment.
func (r *resolver) setOf(in, tier ast.Word, c context) (*environment, bool) {
	if in.Text == "cluster" {
		return nil, true
	}
	if in.Text == stampWord && c.environment != nil {
		r.options.Info.use(in.At, c.environment.Environment)
		return c.environment, true
	}
	name := r.word(in, c)
	if e := r.environments[name]; e != nil {
		r.options.Info.use(in.At, e.Environment)
		return e, true
	}
	if name == stampWord || r.missing(name) { // the first has been reported
		return nil, false
	}
	d := diag.New(diag.UndefinedName, in.At, "undefined environment %q", name)
	if near := r.nearest(name, slices.Sorted(maps.Keys(r.environments))); near != "" {
		r.report(d.WithFix(in.At, near, "did you mean %q?", near))
	} else if name == "all" || name == "any" {
		r.report(d.WithFix(in.At, "cluster", "for every namespace, write `tier %s in cluster { ... }`", tier.Text))
	} else {
		r.report(d.WithHelp("for a namespace, write `namespace %s { tier %s ... }`", name, tier.Text))
	}
	return nil, false
}

// acrossTiers returns the tiers across namespaces, in order.
func (r *resolver) acrossTiers() []*topology.Tier {
	slices.SortFunc(r.across, func(a, b *topology.Tier) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Set(), b.Set()))
	})
	return r.across
}
