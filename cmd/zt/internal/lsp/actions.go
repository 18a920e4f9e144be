package lsp

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/grammar/diag"
)

// codeActions offers the fixes of the diagnostics in a range, and all fixes of the document.
func codeActions(s *snapshot, params protocol.CodeActionParams) (any, error) {
	out := []protocol.CodeAction{}
	var all []diag.Fix
	for _, d := range s.quick() {
		if isPrelude(d.Span) || s.uri(d.Span.File.Name) != params.TextDocument.URI || len(d.Fixes) == 0 {
			continue
		}
		all = append(all, d.Fixes[0])
		if shown := s.diagnostic(d); wants(params.Context.Only, protocol.QuickFix) && touches(shown.Range, params.Range) {
			for _, f := range d.Fixes {
				out = append(out, protocol.CodeAction{
					Title: f.Message, Kind: protocol.QuickFix, Diagnostics: []protocol.Diagnostic{shown},
					IsPreferred: len(d.Fixes) == 1, Edit: s.workspaceEdit(f),
				})
			}
		}
	}
	// All fixes are offered only where they are asked for, so that a list of quick fixes stays short.
	if len(all) > 0 && slices.ContainsFunc(params.Context.Only, func(k string) bool { return strings.HasPrefix(protocol.SourceFixAll, k) }) {
		out = append(out, protocol.CodeAction{Title: "Apply all fixes of zt", Kind: protocol.SourceFixAll, Edit: s.workspaceEdit(apart(all)...)})
	}
	return out, nil
}

// wants reports whether a client asks for a kind of action.
func wants(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(k string) bool { return kind == k || strings.HasPrefix(kind, k+".") })
}

// touches reports whether two ranges have a place in common, their ends included.
func touches(a, b protocol.Range) bool {
	before := func(p, q protocol.Position) bool {
		return p.Line < q.Line || p.Line == q.Line && p.Character < q.Character
	}
	return !before(a.End, b.Start) && !before(b.End, a.Start)
}

// apart returns the fixes whose edits touch no edit of a fix before.
func apart(fixes []diag.Fix) []diag.Fix {
	var taken []diag.Edit
	var out []diag.Fix
	for _, f := range fixes {
		if slices.ContainsFunc(f.Edits, func(e diag.Edit) bool {
			return slices.ContainsFunc(taken, func(t diag.Edit) bool {
				return e.Span.File == t.Span.File && e.Span.Start <= t.Span.End && t.Span.Start <= e.Span.End
			})
		}) {
			continue
		}
		taken = append(taken, f.Edits...)
		out = append(out, f)
	}
	return out
}

// workspaceEdit returns the edits of fixes.
func (s *snapshot) workspaceEdit(fixes ...diag.Fix) protocol.WorkspaceEdit {
	out := protocol.WorkspaceEdit{Changes: map[string][]protocol.TextEdit{}}
	for _, f := range fixes {
		for _, e := range f.Edits {
			uri := s.uri(e.Span.File.Name)
			out.Changes[uri] = append(out.Changes[uri], protocol.TextEdit{Range: s.spanRange(e.Span), NewText: e.Replacement})
		}
	}
	return out
}
