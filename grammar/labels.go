package grammar

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
)

type labels struct {
	Items []label `parser:"'labels' @@ ( ',' @@ )*"`
}

type label struct {
	Key   tokens `parser:"@Word"`
	Equal tokens `parser:"@'='"`
	Value tokens `parser:"@Word?"`
}

func (n *labels) tree(p *parser, head ast.Head) ast.Statement {
	return &ast.Labels{Head: head, Items: p.labels(n.Items)}
}

func (p *parser) labels(list []label) []ast.Label {
	out := make([]ast.Label, len(list))
	for i, item := range list {
		l := ast.Label{Key: p.word(&item.Key[0]), Value: p.value(item.Value, &item.Equal[0])}
		l.At = l.Key.At.To(l.Value.At)
		out[i] = l
	}
	return out
}

func (n *labels) expected(before tokens) (want, help string) {
	const form = "write `labels KEY=VALUE`, with commas between several"
	last := &before[len(before)-1]
	switch {
	case len(before) == 1 || isMark(last, ","):
		return "a label key", form
	case isMark(last, "="):
		return "a label value after '='", form
	case !isMark(&before[len(before)-2], "="):
		return "'=' after the label key", form
	}
	return "", "separate labels with commas: `labels a=b, c=d`"
}

// value returns a label value after an operator. If none is written, it is the empty value, as for
// kubectl.
func (p *parser) value(captured tokens, operator *lexer.Token) ast.Word {
	if len(captured) == 0 {
		end := endOf(operator)
		return ast.Word{Range: ast.Range{At: p.span(end, end)}}
	}
	return p.word(&captured[0])
}
