package query

import (
	"cmp"
	"io/fs"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar/diag"
)

// Ask compiles a program and answers one question about it, such as "web -> api :80". To ask
// several questions, make a Model once. The answer is valid if the diagnostics have no errors and
// the error is nil.
func Ask(fsys fs.FS, inputs []compiler.Input, options compiler.Options, question string) (Answer, diag.List, error) {
	t, diags, err := compiler.Program(fsys, inputs, nil, options)
	if err != nil || t == nil {
		return Answer{}, diags, err
	}
	m := OfTopology(t, FactsOf(t), cmp.Or(options.DefaultNamespace, "default"))
	q, err := m.Query(question)
	if err != nil {
		return Answer{}, diags, err
	}
	return m.Why(q), diags, nil
}
