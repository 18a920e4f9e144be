package grammar

import "github.com/zt-lang/zt/grammar/ast"

type dns struct {
	Off       tokens  `parser:"'dns' ( @'off'"`
	Resolvers parties `parser:"  | @@"`
	Ports     ports   `parser:"    @@? )"`
}

func (n *dns) tree(p *parser, head ast.Head) ast.Statement {
	if n.Off != nil {
		return &ast.DNS{Head: head, Off: true}
	}
	return &ast.DNS{Head: head, Resolvers: n.Resolvers.tree(p), Ports: n.Ports.tree(p, reference)}
}

func (n *dns) expected(before tokens) (want, help string) { return partiesExpected(before[1:]) }
