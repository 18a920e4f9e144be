package grammar

import (
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

type external struct {
	Name    tokens         `parser:"'external' @Word"`
	Open    tokens         `parser:"@'{'"`
	Items   []addressBlock `parser:"( @@ (?= ',' | Newline | '}' ) ( ',' | Newline )? )*"`
	Close   tokens         `parser:"@'}'"`
	Listens ports          `parser:"@@?"`
}

type addressBlock struct {
	Tokens tokens    // all of it
	Host   tokens    `parser:"'host' @Word"`
	Block  cidrBlock `parser:"| @@"`
}

// cidrBlock is a CIDR and the blocks that it excludes.
type cidrBlock struct {
	Tokens  tokens // all of it
	CIDR    tokens `parser:"@( Word | Address )"`
	Except  tokens `parser:"( 'except' ( @( Word | Address )"`
	Excepts tokens `parser:"  | '(' @( ( Word | Address ) ( ',' ( Word | Address ) )* ) ')' ) )?"`
}

func (n *external) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.External{Head: head, Name: p.word(&n.Name[0]), Open: p.spanOf(&n.Open[0]), Close: p.spanOf(&n.Close[0])}
	p.checkReserved(s.Name)
	if len(n.Items) == 0 {
		p.failWith(diag.New(diag.Unexpected, s.Open.To(s.Close), "an external needs an address").
			WithHelp("write its address blocks: `external %s { 203.0.113.0/24 }`", s.Name.Text))
	}
	for i := range n.Items {
		s.Addresses = append(s.Addresses, n.Items[i].tree(p))
	}
	s.Listens = n.Listens.tree(p, declaration)
	return s
}

func (n *addressBlock) tree(p *parser) ast.Address {
	if n.Host != nil {
		return ast.Address{Range: p.rangeOf(&n.Tokens[0], &n.Host[0]), Host: p.wordAt(&n.Host[0])}
	}
	return n.Block.tree(p)
}

func (n *cidrBlock) tree(p *parser) ast.Address {
	return ast.Address{
		Range:  p.rangeOf(&n.Tokens[0], &n.Tokens[len(n.Tokens)-1]),
		CIDR:   p.wordAt(&n.CIDR[0]),
		Except: append(p.words(n.Except), p.words(n.Excepts)...),
	}
}

func (n *external) expected(before tokens) (want, help string) {
	const form = "write `external NAME { ... }`, with CIDR, CIDR except (CIDR, CIDR) or host NAME in the braces"
	list, open := inBraces(before)
	if !open {
		switch len(before) {
		case 1:
			return `a name after "external"`, "write `external NAME { 203.0.113.0/24 }`"
		case 2:
			return "'{' after the external's name", form
		}
		return "", ""
	}
	if want := blockExpected(list); want != "" {
		return want, form
	}
	if last := &list[len(list)-1]; last.Value == "host" && afterSeparator(list[:len(list)-1]) {
		return `a DNS name after "host"`, "write host api.example.com"
	}
	return "',', a new line or '}'", form
}

// blockExpected says what can follow tokens that end in an address block; "" if the block can end.
func blockExpected(list tokens) string {
	if blocks, open := inParentheses(list); open && !afterSeparator(blocks) {
		return "',' or ')'"
	} else if open || afterSeparator(list) {
		return addressWant
	}
	if n := len(list); n > 1 && isExcept(&list[n-1]) && isParty(&list[n-2]) {
		return addressWant
	}
	return ""
}
