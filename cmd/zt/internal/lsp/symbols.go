package lsp

import (
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
)

func documentSymbols(s *snapshot, params protocol.DocumentParams) (any, error) {
	m, ok := s.text(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	tree, _ := grammar.Parse(m.file)
	return m.symbols(tree.Statements), nil
}

// symbols lists what statements declare.
func (m mapper) symbols(statements []ast.Statement) []protocol.DocumentSymbol {
	out := []protocol.DocumentSymbol{}
	for _, statement := range statements {
		add := func(kind int, detail string, body *ast.Block, names ...ast.Word) {
			at := statement.Span()
			for _, n := range names {
				symbol := protocol.DocumentSymbol{
					Name: n.Text, Detail: detail, Kind: kind,
					Range: m.rangeOf(at.Start, at.End), SelectionRange: m.rangeOf(n.At.Start, n.At.End),
				}
				if body != nil {
					symbol.Children = m.symbols(body.Statements)
				}
				out = append(out, symbol)
			}
		}
		ports := func(p *ast.Ports) string {
			if p == nil {
				return ""
			}
			return oneLine(p.At.Text())
		}
		switch st := statement.(type) {
		case *ast.Namespace:
			add(protocol.SymbolNamespace, "", st.Body, st.Name)
		case *ast.Environment:
			add(protocol.SymbolEnvironment, "", st.Body, st.Names...)
		case *ast.Tier:
			add(protocol.SymbolTier, ports(st.Listens), nil, st.Names...)
		case *ast.External:
			add(protocol.SymbolExternal, ports(st.Listens), nil, st.Name)
		}
	}
	return out
}

// oneLine returns text with each run of blanks and line ends as one blank.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func formatting(s *snapshot, params protocol.DocumentParams) (any, error) {
	m, ok := s.text(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	text, diags, err := format.Source(m.file)
	if err != nil {
		return nil, err
	}
	if diags.Errors() > 0 {
		return []protocol.TextEdit{}, nil // the errors are shown already
	}
	return m.difference(string(text)), nil
}

// difference returns the edit that changes the lines between the first and the last that differ.
func (m mapper) difference(to string) []protocol.TextEdit {
	from := m.file.Text
	if from == to {
		return []protocol.TextEdit{}
	}
	lines := func(text string) []string { return strings.SplitAfter(text, "\n") }
	a, b := lines(from), lines(to)
	start := 0
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		start += len(a[0])
		a, b = a[1:], b[1:]
	}
	end := len(from)
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		end -= len(a[len(a)-1])
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return []protocol.TextEdit{{Range: m.rangeOf(start, end), NewText: strings.Join(b, "")}}
}

// folding finds pairs of brackets and runs of comments that take several lines, in a text with
// errors too.
func folding(s *snapshot, params protocol.DocumentParams) (any, error) {
	m, ok := s.text(params.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	out := []protocol.FoldingRange{}
	var open []int             // the lines of brackets that are open
	comment, last := -1, -1    // the lines of a run of comments
	occupied := map[int]bool{} // lines with something else before a comment
	flush := func() {
		if comment >= 0 && last > comment {
			out = append(out, protocol.FoldingRange{StartLine: comment, EndLine: last, Kind: "comment"})
		}
		comment = -1
	}
	for _, tok := range grammar.Tokens(m.file) {
		line := m.position(tok.Span.Start).Line
		if tok.Kind == grammar.CommentToken {
			switch {
			case occupied[line]:
			case comment >= 0 && line == last+1:
				last = line
			default:
				flush()
				comment, last = line, line
			}
			continue
		}
		if tok.Kind == grammar.NewlineToken {
			continue
		}
		occupied[line] = true
		switch {
		case tok.IsMark("{"), tok.IsMark("("):
			open = append(open, line)
		case (tok.IsMark("}") || tok.IsMark(")")) && len(open) > 0:
			start := open[len(open)-1]
			if open = open[:len(open)-1]; line > start+1 {
				out = append(out, protocol.FoldingRange{StartLine: start, EndLine: line - 1})
			}
		}
	}
	flush()
	return out, nil
}
