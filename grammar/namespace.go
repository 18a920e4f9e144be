package grammar

import (
	"github.com/zt-lang/zt/grammar/ast"
)

type namespace struct {
	Name     tokens `parser:"'namespace' @Word"`
	Isolates tokens `parser:"( 'isolates' @( 'ingress' | 'egress' | 'nothing' | 'tiers' ( 'ingress' | 'egress' )? ) )?"`
}

func (n *namespace) tree(p *parser, head ast.Head) ast.Statement {
	if n.Name == nil || p.halfName() {
		return nil
	}
	s := &ast.Namespace{Head: head, Name: p.word(&n.Name[0])}
	if n.Isolates != nil {
		s.Isolates = p.wordAt(&n.Isolates[0])
		if len(n.Isolates) > 1 {
			s.Direction = p.wordAt(&n.Isolates[1])
		}
	}
	return s
}

// halfName reports whether the name after the keyword of a statement goes on with what names do not
// have, as shop-* does. That has been reported, and what is before it is no name.
func (p *parser) halfName() bool {
	all := p.window.statement()
	return len(all) > 2 && all[2].Type == illegal && all[2].Pos.Offset == endOf(&all[1])
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
