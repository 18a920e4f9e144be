package lsp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func prepareRename(s *snapshot, params protocol.PositionParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	n, ok := p.at(params.Position)
	if !ok {
		return nil, nil
	}
	if _, err := p.renamed(n, n.at.Text()); err != nil {
		return nil, err
	}
	return protocol.PrepareRename{Range: s.spanRange(n.at), Placeholder: n.at.Text()}, nil
}

// rename changes a name wherever it means the same. It is refused if any name would then mean
// something else than before, or if the program would have another error.
func rename(s *snapshot, params protocol.RenameParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, fmt.Errorf("there is no name here")
	}
	n, ok := p.at(params.Position)
	if !ok {
		return nil, fmt.Errorf("there is no name here")
	}
	changes := protocol.WorkspaceEdit{Changes: map[string][]protocol.TextEdit{}}
	for _, program := range s.programs { // a file may be in several
		here, ok := program.nameAt(s.location(n.at))
		if !ok {
			continue
		}
		edits, err := program.renamed(here, params.NewName)
		if err == nil {
			err = program.unchanged(edits)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot rename %s to %q: %w", n.at.Text(), params.NewName, err)
		}
		for _, e := range edits {
			uri, edit := s.uri(e.Span.File.Name), protocol.TextEdit{Range: s.spanRange(e.Span), NewText: e.Replacement}
			if !slices.Contains(changes.Changes[uri], edit) {
				changes.Changes[uri] = append(changes.Changes[uri], edit)
			}
		}
	}
	return changes, nil
}

// nameAt returns the name at a location.
func (p *program) nameAt(where protocol.Location) (name, bool) {
	for n := range p.names {
		if !isPrelude(n.at) && p.snapshot.location(n.at) == where {
			return n, true
		}
	}
	return name{}, false
}

// renamed returns the edits that give a name's objects another name.
func (p *program) renamed(n name, to string) ([]diag.Edit, error) {
	old := n.at.Text()
	var edits []diag.Edit
	for _, other := range p.same(n) {
		switch text := other.at.Text(); {
		case isPrelude(other.at):
			return nil, fmt.Errorf("the built-in prelude declares it")
		case strings.Contains(text, "$") && other.at == n.at || text != old && text != stamp:
			return nil, fmt.Errorf("its name comes from %s", stamp)
		case text == stamp:
			if _, is := n.objects[0].(*topology.Environment); is {
				return nil, fmt.Errorf("a block uses its name: %s", stamp)
			}
		case other.defines:
			edit, err := p.redeclared(other, to)
			if err != nil {
				return nil, err
			}
			edits = append(edits, edit...)
		default:
			edits = append(edits, diag.Edit{Span: other.at, Replacement: to})
		}
	}
	return edits, nil
}

// redeclared returns the edits of a declaration. After `by`, the name is also the value of a label,
// which stays as it is.
func (p *program) redeclared(n name, to string) ([]diag.Edit, error) {
	edits := []diag.Edit{{Span: n.at, Replacement: to}}
	switch s := p.declaration(n.at).(type) {
	case *ast.Tier:
		if s.By == nil {
			return edits, nil
		}
		label := s.By.Text + "=" + n.at.Text()
		if len(s.Names) > 1 {
			return nil, fmt.Errorf("its name is also the value of a label, in a statement with other tiers; declare it by itself first: `tier %s { %s }`", n.at.Text(), label)
		}
		from, replacement := s.Names[0].At.To(s.By.At), to+" { "+label+" }"
		if s.Selector != nil {
			from.End, replacement = s.Selector.At.Start+1, to+" { "+label
			if len(s.Selector.Requirements) > 0 {
				replacement += ","
			}
		}
		return []diag.Edit{{Span: from, Replacement: replacement}}, nil
	case *ast.Environment:
		if s.By == nil || s.Value != nil {
			return edits, nil
		}
		if len(s.Names) > 1 {
			return nil, fmt.Errorf("its name is also the value of a label, in a statement with other environments; declare it by itself first: `environment %s by %s`", n.at.Text(), s.By.Text)
		}
		after := source.Span{File: s.By.At.File, Start: s.By.At.End, End: s.By.At.End}
		return append(edits, diag.Edit{Span: after, Replacement: "=" + n.at.Text()}), nil
	}
	return edits, nil
}

// declaration returns the statement that declares a name, or nil.
func (p *program) declaration(at source.Span) (found ast.Statement) {
	for _, f := range p.Files {
		if f.Source != at.File {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			s, ok := n.(ast.Statement)
			if ok && s.Span().Start <= at.Start && at.End <= s.Span().End {
				found = s // the innermost is the last
			}
			return ok || n == ast.Node(f) || isBlock(n)
		})
	}
	return found
}

func isBlock(n ast.Node) bool {
	_, ok := n.(*ast.Block)
	return ok
}

// unchanged checks that after edits each name means what it did, and that there is no new error.
func (p *program) unchanged(edits []diag.Edit) error {
	texts := map[string]string{}
	for _, f := range p.Files {
		var here []diag.Edit
		for _, e := range edits {
			if e.Span.File == f.Source {
				here = append(here, e)
			}
		}
		texts[p.snapshot.view.path(f.Source.Name)] = applied(f.Source.Text, here)
	}
	inputs := slices.Clone(p.inputs)
	for i, in := range inputs {
		if in.Text != nil {
			text := texts[p.snapshot.view.path(in.Name)]
			inputs[i].Text = &text
		}
	}
	info := &resolve.Info{}
	options := p.snapshot.options.Options.Options
	options.Info = info
	after, err := compiler.Inspect(compiler.Overlay(p.files, texts), inputs, p.snapshot.view.name, options)
	if err != nil {
		return err
	}
	before := map[string]int{}
	for _, d := range p.Diagnostics {
		before[string(d.Code)+d.Message]++
	}
	for _, d := range after.Diagnostics {
		if key := string(d.Code) + d.Message; d.Severity == diag.Error {
			if before[key]--; before[key] < 0 && after.Diagnostics.Errors() >= p.Diagnostics.Errors() {
				return fmt.Errorf("%s", d.Message)
			}
		}
	}
	if !slices.EqualFunc(p.meanings(), (&program{info: info}).meanings(), slices.Equal[[]int]) {
		return fmt.Errorf("another name would then mean something else")
	}
	return nil
}

// applied returns a text after edits.
func applied(text string, edits []diag.Edit) string {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b diag.Edit) int { return cmp.Compare(b.Span.Start, a.Span.Start) })
	for _, e := range edits {
		text = text[:e.Span.Start] + e.Replacement + text[e.Span.End:]
	}
	return text
}

// meanings returns, for each name in order, the positions in this order of the names that declare
// what it means.
func (p *program) meanings() [][]int {
	var all []name
	for n := range p.names {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b name) int {
		return cmp.Or(cmp.Compare(a.at.File.Name, b.at.File.Name), cmp.Compare(a.at.Start, b.at.Start), cmp.Compare(a.at.End, b.at.End))
	})
	declared := map[topology.Object][]int{}
	for i, n := range all {
		if n.defines {
			for _, o := range n.objects {
				declared[o] = append(declared[o], i)
			}
		}
	}
	var out [][]int
	for _, n := range all {
		by := map[int]bool{}
		for _, o := range n.objects {
			for _, i := range declared[o] {
				by[i] = true
			}
		}
		out = append(out, slices.Sorted(maps.Keys(by)))
	}
	return out
}
