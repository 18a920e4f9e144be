package compiler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// onceForAllStamps drops reports that repeat for each environment of a block: the same problem at
// the same places, which differs only in the names of environments.
func onceForAllStamps(files []*ast.File, diags diag.List) diag.List {
	stamped := map[*source.File][]source.Span{}
	for _, f := range files {
		for _, s := range f.Statements {
			if env, ok := s.(*ast.Environment); ok && env.Body != nil && len(env.Names) > 1 {
				stamped[f.Source] = append(stamped[f.Source], env.Body.At)
			}
		}
	}
	if len(stamped) == 0 {
		return diags
	}
	var out diag.List
	seen := map[string]bool{}
	for i, d := range diags {
		if i > 0 && diags[i-1].Span != d.Span {
			clear(seen) // the list is sorted by place
		}
		if !within(d.Span, stamped[d.Span.File]) {
			out = append(out, d)
			continue
		}
		if key := places(d); !seen[key] {
			seen[key] = true
			out = append(out, d)
		}
	}
	return out
}

// places tells problems of one place apart by what they are and what else they point at.
func places(d diag.Diagnostic) string {
	var related []source.Span
	for _, r := range d.Related {
		related = append(related, r.Span)
	}
	return fmt.Sprint(d.Code, related) // a file as its address
}

// within reports whether a span lies in one of a file's blocks, which are in order.
func within(s source.Span, blocks []source.Span) bool {
	i, found := slices.BinarySearchFunc(blocks, s.Start, func(b source.Span, start int) int { return cmp.Compare(b.Start, start) })
	if !found {
		i--
	}
	return i >= 0 && s.End <= blocks[i].End
}
