package compiler

import (
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// onceForAllStamps drops what is said again of the next stamp of a block: the same
// problem at the same places, which differs in the names of what was stamped only.
func onceForAllStamps(files []*ast.File, diags diag.List) diag.List {
	var stamped []source.Span
	for _, f := range files {
		for _, s := range f.Statements {
			if env, ok := s.(*ast.Environment); ok && env.Body != nil && len(env.Names) > 1 {
				stamped = append(stamped, env.Body.At)
			}
		}
	}
	if len(stamped) == 0 {
		return diags
	}
	var out diag.List
	for i, d := range diags {
		// What is at one place stands together, since the list is sorted.
		again := false
		for j := i - 1; j >= 0 && diags[j].Span == d.Span && !again; j-- {
			again = diags[j].Code == d.Code && slices.EqualFunc(diags[j].Related, d.Related, samePlace)
		}
		if !again || !slices.ContainsFunc(stamped, within(d.Span)) {
			out = append(out, d)
		}
	}
	return out
}

func samePlace(a, b diag.Related) bool { return a.Span == b.Span }

func within(s source.Span) func(block source.Span) bool {
	return func(block source.Span) bool {
		return block.File == s.File && block.Start <= s.Start && s.End <= block.End
	}
}
