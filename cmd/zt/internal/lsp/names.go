package lsp

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// name is a name in a program, and what it means.
type name struct {
	at      source.Span
	objects []topology.Object
	defines bool
}

// names yields the names of a program.
func (p *program) names(yield func(name) bool) {
	for at, objects := range p.info.Definitions {
		if !yield(name{at, objects, true}) {
			return
		}
	}
	for at, objects := range p.info.Uses {
		if !yield(name{at, objects, false}) {
			return
		}
	}
}

// at returns the name at a position. The end of a name belongs to it.
func (p place) at(position protocol.Position) (name, bool) {
	offset := p.offset(position)
	best, found := name{}, false
	for n := range p.names {
		if n.at.File != p.tree.Source || offset < n.at.Start || offset > n.at.End {
			continue
		}
		// Of the port in `http=80` its name is the better answer, and of two names the second.
		if !found || n.at.Start > best.at.Start {
			best, found = n, true
		}
	}
	return best, found
}

// same returns all names that mean the same as one, in order. In the block of several environments
// a name means several objects; what means one of them means the others.
func (p *program) same(n name) []name {
	objects := map[topology.Object]bool{}
	for _, o := range n.objects {
		objects[o] = true
	}
	var out []name
	for grown := true; grown; {
		grown = false
		out = nil
		for other := range p.names {
			if !slices.ContainsFunc(other.objects, func(o topology.Object) bool { return objects[o] }) {
				continue
			}
			if out = append(out, other); other.at.Text() == stamp {
				continue // it means every environment of its block, which are not the same
			}
			for _, o := range other.objects {
				grown = grown || !objects[o]
				objects[o] = true
			}
		}
	}
	slices.SortFunc(out, func(a, b name) int {
		return cmp.Or(cmp.Compare(a.at.File.Name, b.at.File.Name), cmp.Compare(a.at.Start, b.at.Start))
	})
	return slices.CompactFunc(out, func(a, b name) bool { return a.at == b.at })
}

// stamp is the word that means the environment of a block.
const stamp = "$environment"

func definition(s *snapshot, params protocol.PositionParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	if target, ok := p.imported(params.Position); ok {
		return []protocol.Location{target}, nil
	}
	n, ok := p.at(params.Position)
	if !ok {
		return nil, nil
	}
	out := []protocol.Location{}
	for other := range p.names {
		means := func(o topology.Object) bool { return slices.Contains(n.objects, o) }
		if other.defines && !isPrelude(other.at) && slices.ContainsFunc(other.objects, means) {
			out = append(out, s.location(other.at))
		}
	}
	slices.SortFunc(out, compareLocations)
	return out, nil
}

func compareLocations(a, b protocol.Location) int {
	return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.Range.Start.Line, b.Range.Start.Line), cmp.Compare(a.Range.Start.Character, b.Range.Start.Character))
}

// imported returns the start of the file that an import at a position names.
func (p place) imported(position protocol.Position) (protocol.Location, bool) {
	offset := p.offset(position)
	for _, statement := range p.tree.Statements {
		i, ok := statement.(*ast.Import)
		if !ok || offset < i.Path.At.Start || offset > i.Path.At.End {
			continue
		}
		target := path.Join(path.Dir(p.snapshot.view.path(p.tree.Source.Name)), i.Path.Text)
		for _, f := range p.Files {
			if p.snapshot.view.path(f.Source.Name) == target {
				return p.snapshot.location(source.Span{File: f.Source}), true
			}
		}
	}
	return protocol.Location{}, false
}

func references(s *snapshot, params protocol.ReferenceParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	n, ok := p.at(params.Position)
	if !ok {
		return nil, nil
	}
	out := []protocol.Location{}
	for _, other := range p.same(n) {
		if (!other.defines || params.Context.IncludeDeclaration) && !isPrelude(other.at) {
			out = append(out, s.location(other.at))
		}
	}
	return out, nil
}

func highlight(s *snapshot, params protocol.PositionParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	n, ok := p.at(params.Position)
	if !ok {
		return nil, nil
	}
	out := []protocol.DocumentHighlight{}
	for _, other := range p.same(n) {
		if other.at.File != p.tree.Source {
			continue
		}
		kind := protocol.HighlightRead
		if other.defines {
			kind = protocol.HighlightWrite
		}
		out = append(out, protocol.DocumentHighlight{Range: s.spanRange(other.at), Kind: kind})
	}
	return out, nil
}

// kindOf says what an object is, and containerOf where it is declared.
func kindOf(o topology.Object) string {
	switch o.(type) {
	case *topology.Namespace:
		return "namespace"
	case *topology.Tier:
		return "tier"
	case *topology.Environment:
		return "environment"
	case *topology.External:
		return "external"
	case *topology.Listen:
		return "port"
	}
	panic("unknown kind of object")
}

func symbolKind(o topology.Object) int {
	return map[string]int{
		"namespace": protocol.SymbolNamespace, "tier": protocol.SymbolTier, "environment": protocol.SymbolEnvironment,
		"external": protocol.SymbolExternal, "port": protocol.SymbolPort,
	}[kindOf(o)]
}

func containerOf(o topology.Object) string {
	if t, ok := o.(*topology.Tier); ok && t.Namespace != nil {
		return t.Namespace.Name
	}
	return ""
}

func workspaceSymbols(s *snapshot, params protocol.WorkspaceSymbolParams) (any, error) {
	found := map[source.Span]topology.Object{}
	for _, p := range s.programs {
		for at, objects := range p.info.Definitions {
			if !isPrelude(at) && matches(params.Query, at.Text()) {
				found[at] = objects[0]
			}
		}
	}
	out := []protocol.SymbolInformation{}
	seen := map[protocol.Location]bool{} // two programs may have a file
	for _, at := range slices.SortedFunc(maps.Keys(found), func(a, b source.Span) int {
		return cmp.Or(cmp.Compare(a.File.Name, b.File.Name), cmp.Compare(a.Start, b.Start))
	}) {
		if where := s.location(at); !seen[where] {
			seen[where] = true
			out = append(out, protocol.SymbolInformation{Name: at.Text(), Kind: symbolKind(found[at]), Location: where, ContainerName: containerOf(found[at])})
		}
	}
	return out, nil
}

// matches reports whether a name has the letters of a query, in this order.
func matches(query, name string) bool {
	name = strings.ToLower(name)
	for _, r := range strings.ToLower(query) {
		_, after, ok := strings.Cut(name, string(r))
		if !ok {
			return false
		}
		name = after
	}
	return true
}
