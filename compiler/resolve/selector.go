package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// tierSelector returns the selector of one of a tier statement's names, and whether it is right.
func (r *resolver) tierSelector(s *ast.Tier, name ast.Word, c context) (selector relation.Selector, valid bool) {
	var buffer [8]relation.Requirement // on the stack: most selectors have few
	all := buffer[:0]
	valid = true
	if s.By != nil {
		valid = r.checkKey(*s.By) // the name was checked, and every name is a value
		all = append(all, relation.Requirement{Key: s.By.Text, Values: relation.In(name.Text)})
	}
	at := name.At
	if s.Selector != nil {
		var ok bool
		at = s.Selector.At
		all, ok = r.requirements(all, s.Selector, "pod", c)
		valid = valid && ok
	}
	selector = relation.Select(all...)
	return selector, valid && r.checkSatisfiable(selector, at, "pod can match tier "+name.Text)
}

// requirements appends what is between the braces of a selector of pods or namespaces. It also reports
// whether all of it is right.
func (r *resolver) requirements(all []relation.Requirement, s *ast.Selector, object string, c context) ([]relation.Requirement, bool) {
	valid := true
	for i, q := range s.Requirements {
		r.checkMisread(q, s.Requirements[i+1:], object)
		if object == "pod" {
			r.checkNamespaceKey(q)
		}
		values, ok := r.requirement(q, c)
		valid = valid && ok
		all = append(all, relation.Requirement{Key: q.Key.Text, Values: values})
	}
	return all, valid
}

// checkSatisfiable reports a selector that nothing can match.
func (r *resolver) checkSatisfiable(s relation.Selector, at source.Span, what string) bool {
	for _, k := range s.Keys() {
		if k.Values.IsEmpty() {
			r.report(diag.New(diag.Unsatisfiable, at, "no %s: its requirements on %s contradict each other", what, k.Key).
				WithHelp("all requirements must hold; for alternatives, write `%s in (a, b)`", k.Key))
			return false
		}
	}
	return true
}

// checkMisread warns of `app = a, b` and `app != a, b`, which read as if both were values.
func (r *resolver) checkMisread(first ast.Requirement, after []ast.Requirement, object string) {
	if first.At.File == nil {
		return
	}
	instead := ""
	switch first.Op {
	case ast.Equals:
		instead = "for either value, write `%s in (%s)`; else put `%s` first"
	case ast.NotEquals:
		instead = "for other values, write `%s notin (%s)`; else put `%s` first"
	default:
		return
	}
	values := []string{first.Values[0].Text}
	at := first.At
	for _, q := range after {
		if q.Op != ast.Exists || q.Key.Text == first.Key.Text || strings.Contains(q.Key.Text, "/") || strings.Contains(at.File.Text[at.End:q.At.Start], "\n") {
			break
		}
		values, at = append(values, q.Key.Text), at.To(q.At)
	}
	if len(values) > 1 {
		r.report(diag.New(diag.MisreadRequirement, at, "`%s` means that the %s must have the label %[1]s", values[1], object).
			WithHelp(instead, first.Key.Text, strings.Join(values, ", "), values[1]))
	}
}

// checkNamespaceKey warns of a requirement on the labels of pods that reads as one on their namespace.
func (r *resolver) checkNamespaceKey(q ast.Requirement) {
	if q.At.File == nil || q.Op != ast.Equals || !slices.Contains([]string{"namespace", "ns", relation.NameLabel}, q.Key.Text) {
		return
	}
	r.report(diag.New(diag.MisreadRequirement, q.At, "`%s` means a label of the pods, not their namespace", q.At.Text()).
		WithHelp("write the tier in `namespace %s { ... }`; for such a label, `%s in (%[1]s)`", q.Values[0].Text, q.Key.Text))
}

func (r *resolver) requirement(q ast.Requirement, c context) (relation.Values, bool) {
	ok := r.checkKey(q.Key)
	var buffer [8]string
	values := buffer[:0]
	for _, w := range q.Values {
		value := r.word(w, c)
		ok = r.checkValue(w, value) && ok
		values = append(values, value)
	}
	switch q.Op {
	case ast.Equals, ast.In:
		return relation.In(values...), ok
	case ast.NotEquals, ast.NotIn:
		return relation.NotIn(values...), ok
	case ast.Exists:
		return relation.Exists(), ok
	case ast.NotExists:
		return relation.NotExists(), ok
	}
	panic(fmt.Sprintf("unknown operator %d", q.Op))
}
