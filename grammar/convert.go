package grammar

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func (p *parser) span(start, end int) source.Span {
	return source.Span{File: p.file, Start: start, End: end}
}

func (p *parser) spanOf(tok *lexer.Token) source.Span { return p.span(tok.Pos.Offset, endOf(tok)) }

// rangeOf returns the range from a token to another.
func (p *parser) rangeOf(first, last *lexer.Token) ast.Range {
	return ast.Range{At: p.span(first.Pos.Offset, endOf(last))}
}

func (p *parser) word(tok *lexer.Token) ast.Word {
	return ast.Word{Range: ast.Range{At: p.spanOf(tok)}, Text: tok.Value}
}

// wordAt returns a word that the tree points to.
func (p *parser) wordAt(tok *lexer.Token) *ast.Word {
	w := p.word(tok)
	return &w
}

// words converts a list of words with commas between them.
func (p *parser) words(list tokens) []ast.Word {
	if list == nil {
		return nil
	}
	all := make([]ast.Word, 0, (len(list)+1)/2)
	for i := 0; i < len(list); i += 2 {
		all = append(all, p.word(&list[i]))
	}
	return all
}

// names converts a list of declared names.
func (p *parser) names(list tokens) []ast.Word {
	all := p.words(list)
	for _, w := range all {
		p.checkReserved(w)
	}
	return all
}

// checkReserved reports a name that the language keeps for itself.
func (p *parser) checkReserved(w ast.Word) {
	if Reserved(w.Text) {
		p.loseName(w.Text)
		help := "use another name: keywords and built-in endpoints are reserved"
		if w.Text == "apiserver" {
			help = "state its addresses: `network { apiserver CIDR :6443/tcp }`; or use another name, as `zt fmt` does for an external"
		}
		p.report(diag.New(diag.BadName, w.At, "%q is reserved and cannot be a name", w.Text).WithHelp("%s", help))
	}
}

// part returns a part of a word as a word.
func part(w ast.Word, from, to int) ast.Word {
	at := w.At
	return ast.Word{Range: ast.Range{At: source.Span{File: at.File, Start: at.Start + from, End: at.Start + to}}, Text: w.Text[from:to]}
}
