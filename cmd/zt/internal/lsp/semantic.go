package lsp

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
)

// tokenTypes and tokenModifiers are the legend of semantic tokens.
var (
	tokenTypes     = []string{"keyword", "namespace", "class", "interface", "enum", "enumMember", "number", "string", "property", "operator", "comment", "variable"}
	tokenModifiers = []string{"declaration", "defaultLibrary"}
)

// typeOf is the type of the tokens of an object.
func typeOf(o topology.Object) string {
	return map[string]string{"namespace": "namespace", "tier": "class", "environment": "enum", "external": "interface", "port": "enumMember"}[kindOf(o)]
}

func semanticTokens(s *snapshot, params protocol.DocumentParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return protocol.SemanticTokens{Data: []int{}}, nil
	}
	return p.colours(0, len(p.file.Text)), nil
}

func semanticTokensRange(s *snapshot, params protocol.RangeParams) (any, error) {
	p, ok := s.find(params.TextDocument.URI)
	if !ok {
		return protocol.SemanticTokens{Data: []int{}}, nil
	}
	return p.colours(p.offset(params.Range.Start), p.offset(params.Range.End)), nil
}

// colours returns the semantic tokens of a part of the text.
func (p place) colours(from, to int) protocol.SemanticTokens {
	out := protocol.SemanticTokens{Data: []int{}}
	last := protocol.Position{}
	emit := func(start, end int, kind string, modifiers int) {
		if end <= from || start >= to {
			return
		}
		at, stop := p.position(start), p.position(end)
		if at.Line != stop.Line {
			return // what an editor cannot show
		}
		column := at.Character
		if at.Line == last.Line {
			column -= last.Character
		}
		out.Data = append(out.Data, at.Line-last.Line, column, stop.Character-at.Character, slices.Index(tokenTypes, kind), modifiers)
		last = at
	}
	var names []name
	for n := range p.names {
		if n.at.File == p.tree.Source {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b name) int { return a.at.Start - b.at.Start })
	words := documented()
	values := false // the next word is the value of a label
	ports := false  // a colon was before, on this line
	for _, tok := range grammar.Tokens(p.tree.Source) {
		start, end, text := tok.Span.Start, tok.Span.End, tok.Text()
		for len(names) > 0 && names[0].at.Start < start {
			names = names[1:]
		}
		switch {
		case tok.Kind == grammar.CommentToken:
			emit(start, end, "comment", 0)
		case tok.Kind == grammar.StringToken:
			emit(start, end, "string", 0)
		case tok.IsMark("->"), tok.IsMark("<->"):
			emit(start, end, "operator", 0)
		case tok.Kind == grammar.WordToken && len(names) > 0 && names[0].at.Start < end:
			for len(names) > 0 && names[0].at.Start < end {
				n := names[0]
				names = names[1:]
				modifiers := 0
				if n.defines {
					modifiers = 1
				}
				emit(n.at.Start, n.at.End, typeOf(n.objects[0]), modifiers)
			}
		case tok.Kind == grammar.WordToken && values && !ports:
			emit(start, end, "string", 0)
		case tok.Kind == grammar.WordToken && slices.Contains(grammar.Endpoints(), text):
			emit(start, end, "variable", 2)
		case tok.Kind == grammar.WordToken && slices.Contains(words, text):
			emit(start, end, "keyword", 0)
		case tok.Kind == grammar.WordToken && text[0] >= '0' && text[0] <= '9':
			kind := "number"
			if strings.ContainsAny(text, ".:") {
				kind = "string" // a block of addresses
			}
			emit(start, end, kind, 0)
		case tok.Kind == grammar.WordToken:
			emit(start, end, "property", 0)
		}
		ports = (ports || tok.IsMark(":")) && tok.Kind != grammar.NewlineToken && !tok.IsMark("}") && !tok.IsMark(";")
		values = tok.IsMark("=") || tok.IsMark("==") || tok.IsMark("!=")
	}
	return out
}
