package grammar

import "github.com/zt-lang/zt/grammar/ast"

// deny can have a tier that is called path: then no endpoint follows that word.
type deny struct {
	Path tokens `parser:"'deny' ( (?= 'path' ( Word | Address ) ) @'path' )?"`
	Link link   `parser:"@@"`
}

func (n *deny) tree(p *parser, head ast.Head) ast.Statement {
	return &ast.Deny{Head: head, Path: n.Path != nil, Link: n.Link.tree(p)}
}

func (n *deny) expected(before tokens) (want, help string) {
	want, help = n.Link.expected(before[1:])
	if want == arrowWant {
		help = "write `deny a -> b`; what no edge permits is denied without it"
	}
	return want, help
}
