package grammar

import (
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
)

type isolate struct {
	Parties parties `parser:"'isolate' @@"`
}

func (n *isolate) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.Isolate{Head: head, Endpoints: n.Parties.tree(p)}
	if len(s.Endpoints) < 2 {
		read := 1 + len(n.Parties.Tokens)
		fix := instead{help: "isolate needs at least two endpoints: `isolate dev, prod`"}
		switch tok := p.tokenAt(read); {
		case p.in == inNamespace && slices.Contains([]string{"ingress", "egress", "nothing", "tiers"}, s.Endpoints[0].Name.Text):
			fix.help = "write it before the braces: `namespace NAME isolates " + s.Endpoints[0].Name.Text + " { ... }`"
		case tok.Type == word && slices.Contains([]string{"from", "and", "with", "to"}, tok.Value):
			fix = instead{write: ",", help: "separate them with a comma: `isolate dev, prod`"}
		}
		p.failWith(p.unexpected(p.tokenAt(read), p.window.statement()[:read], "',' and another endpoint", fix))
	}
	return s
}

func (n *isolate) expected(before tokens) (want, help string) { return partiesExpected(before[1:]) }
