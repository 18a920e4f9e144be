package grammar

import (
	"github.com/zt-lang/zt/grammar/ast"
)

type namespace struct {
	Name     tokens `parser:"'namespace' @Word"`
	Isolates tokens `parser:"( 'isolates' @( 'ingress' | 'egress' | 'nothing' | 'tiers' ( 'ingress' | 'egress' )? ) )?"`
}

func (n *namespace) tree(p *parser, head ast.Head) ast.Statement {
	if n.Name == nil {
		return nil
	}
	s := &ast.Namespace{Head: head, Name: p.word(&n.Name[0])}
	if n.Isolates != nil {
		s.Isolates = p.isolation(n.Isolates)
	}
	return s
}

// isolation converts the words after "isolates" to one.
func (p *parser) isolation(words tokens) *ast.Word {
	first, last := &words[0], &words[len(words)-1]
	w := &ast.Word{Range: p.rangeOf(first, last), Text: first.Value}
	if len(words) > 1 {
		w.Text += " " + last.Value
	}
	return w
}

func (n *namespace) expected(before tokens) (want, help string) {
	switch len(before) {
	case 1:
		return `a name after "namespace"`, "write `namespace NAME`, or `namespace NAME { ... }`"
	case 2:
		return "", "write `namespace NAME isolates ingress`, egress, nothing or tiers; the default is both directions"
	case 3:
		return isolatesWant, "leave `isolates` out to isolate both directions"
	}
	return "", "write `namespace NAME isolates ingress`, egress, nothing or tiers; the default is both directions"
}

const (
	isolatesWant     = `"ingress", "egress", "nothing" or "tiers" after "isolates"`
	tierIsolatesWant = `"ingress", "egress" or "nothing" after "isolates"`
)
