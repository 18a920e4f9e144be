package grammar

import "github.com/zt-lang/zt/grammar/ast"

type isolate struct {
	Parties parties `parser:"'isolate' @@"`
}

func (n *isolate) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.Isolate{Head: head, Endpoints: n.Parties.tree(p)}
	if len(s.Endpoints) < 2 {
		read := 1 + len(n.Parties.Tokens)
		p.failWith(p.unexpected(p.tokenAt(read), p.window.statement()[:read], "',' and another endpoint",
			instead{help: "isolate needs at least two endpoints: `isolate dev, prod`"}))
	}
	return s
}

func (n *isolate) expected(before tokens) (want, help string) { return partiesExpected(before[1:]) }
