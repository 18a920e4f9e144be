package resolve

import (
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// tierSelector returns the selector of one of a tier statement's names, and
// whether it is right.
func (r *resolver) tierSelector(s *ast.Tier, name ast.Word, c context) (selector relation.Selector, valid bool) {
	var all []relation.KeyValues
	valid = true
	if s.By != nil {
		valid = r.checkKey(*s.By) && r.checkValue(name, name.Text)
		all = append(all, relation.KeyValues{Key: s.By.Text, Values: relation.In(name.Text)})
	}
	at := name.At
	if s.Selector != nil {
		at = s.Selector.At
		for _, q := range s.Selector.Requirements {
			values, ok := r.requirement(q, c)
			valid = valid && ok
			all = append(all, relation.KeyValues{Key: q.Key.Text, Values: values})
		}
	}
	selector = relation.Select(all...)
	if !valid {
		return selector, false
	}
	for _, k := range selector.Keys() {
		if k.Values.IsEmpty() {
			r.report(diag.New(diag.Unsatisfiable, at, "no pod can be in tier %s: its requirements on %s contradict each other", name.Text, k.Key).
				WithHelp("all requirements of a selector must hold at once; for one value or another write `%s in (a, b)`", k.Key))
			return selector, false
		}
	}
	return selector, true
}

func (r *resolver) requirement(q ast.Requirement, c context) (relation.Values, bool) {
	ok := r.checkKey(q.Key)
	var values []string
	for _, w := range q.Values {
		value := r.word(w, c)
		if strings.Contains(value, stampWord) {
			ok = false // reported already
		} else {
			ok = r.checkValue(w, value) && ok
		}
		values = append(values, value)
	}
	switch q.Op {
	case ast.Equals, ast.In:
		return relation.In(values...), ok
	case ast.NotEquals, ast.NotIn:
		return relation.NotIn(values...), ok
	case ast.Exists:
		return relation.Exists(), ok
	default:
		return relation.NotExists(), ok
	}
}
