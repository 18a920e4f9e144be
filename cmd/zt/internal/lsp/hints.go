package lsp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/source"
)

// inlayHints shows the ports that edges without ports mean, after each destination that has its own.
func inlayHints(s *snapshot, params protocol.RangeParams) (any, error) {
	out := []protocol.InlayHint{}
	p, ok := s.find(params.TextDocument.URI)
	if !ok || p.Partial == nil {
		return out, nil
	}
	start, end := p.offset(params.Range.Start), p.offset(params.Range.End)
	type edge map[source.Span]relation.Ports // by destination
	edges := map[source.Span]edge{}
	for _, e := range p.Partial.Edges {
		if e.Implicit || !e.PortsSpan.IsZero() || e.Span.File != p.tree.Source || e.Span.End < start || e.Span.Start > end {
			continue
		}
		if edges[e.Span] == nil {
			edges[e.Span] = edge{}
		}
		edges[e.Span][e.ToSpan] = edges[e.Span][e.ToSpan].Union(e.Ports)
	}
	for _, at := range slices.SortedFunc(maps.Keys(edges), byStart) {
		to := slices.SortedFunc(maps.Keys(edges[at]), byStart)
		last := edges[at][to[len(to)-1]]
		if !slices.ContainsFunc(to, func(t source.Span) bool { return edges[at][t].String() != last.String() }) {
			to = to[len(to)-1:] // one list of ports for all
		}
		for _, t := range to {
			out = append(out, protocol.InlayHint{Position: p.position(t.End), Label: " :" + edges[at][t].String(), Kind: protocol.InlayType})
		}
	}
	return out, nil
}

func byStart(a, b source.Span) int { return a.Start - b.Start }

// lens is the data of a code lens, from which it is resolved.
type lens struct {
	URI   string `json:"uri"`
	Party string `json:"party"`
	// Label is before the text, where a line declares several tiers.
	Label string `json:"label"`
}

// codeLenses offers a lens at each tier. Its text is computed when the tier is on the screen.
func codeLenses(s *snapshot, params protocol.DocumentParams) (any, error) {
	out := []protocol.CodeLens{}
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return out, nil
	}
	var tiers []source.Span
	for at, objects := range p.info.Definitions {
		if _, is := objects[0].(*topology.Tier); is && at.File == p.tree.Source {
			tiers = append(tiers, at)
		}
	}
	slices.SortFunc(tiers, byStart)
	perLine := map[int]int{}
	for _, at := range tiers {
		perLine[s.spanRange(at).Start.Line]++
	}
	for _, at := range tiers {
		data := lens{URI: params.TextDocument.URI, Party: p.info.Definitions[at][0].(*topology.Tier).String()}
		if perLine[s.spanRange(at).Start.Line] > 1 {
			data.Label = at.Text() + ": "
		}
		out = append(out, protocol.CodeLens{Range: s.spanRange(at), Data: data})
	}
	return out, nil
}

// resolveLens counts who reaches a tier and what it reaches, without the resolvers of names.
func resolveLens(s *snapshot, params struct {
	Range protocol.Range `json:"range"`
	Data  lens           `json:"data"`
}) (any, error) {
	out := protocol.CodeLens{Range: params.Range, Command: &protocol.Command{Title: "not known while the program has errors"}}
	p, ok := s.find(params.Data.URI)
	if !ok {
		return out, nil
	}
	err := p.ask(func(m *query.Model) error {
		of, err := m.Party(params.Data.Party)
		if err != nil {
			return err
		}
		asked := []*query.Party{of}
		in, few := m.Connections(nil, asked)
		reaches, fewer := m.Connections(asked, nil)
		if !few || !fewer {
			return fmt.Errorf("too many connections to count")
		}
		out.Command.Title = fmt.Sprintf("%sreachable from %d, reaches %d", params.Data.Label,
			parties(in, of, func(c query.Connection) *query.Party { return c.From }),
			parties(reaches, of, func(c query.Connection) *query.Party { return c.To }))
		return nil
	})
	if err != nil {
		out.Command.Title = err.Error()
	}
	return out, nil
}

// parties counts the parties at the other end of connections that somebody wrote.
func parties(list []query.Connection, own *query.Party, end func(query.Connection) *query.Party) int {
	all := map[*query.Party]bool{}
	for _, c := range list {
		if written := len(c.Because) == 0 || !c.Implicit(); written && end(c) != own {
			all[end(c)] = true
		}
	}
	return len(all)
}
