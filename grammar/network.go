package grammar

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
)

type network struct {
	Open  tokens        `parser:"'network' @'{'"`
	Items []networkFact `parser:"( @@ (?= ';' | Newline | '}' ) ( ';' | Newline )? )*"`
	Close tokens        `parser:"@'}'"`
}

type networkFact struct {
	Tokens tokens      // all of it
	Plugin []plugin    `parser:"( @@"`
	Kind   tokens      `parser:"| @( 'pods' | 'services' | 'nodes' | 'apiserver' )"`
	Blocks []cidrBlock `parser:"@@ ( ',' @@ )*"`
	Ports  ports       `parser:"@@? )"`
}

type plugin struct {
	Kind     tokens  `parser:"@'plugin'"`
	Name     tokens  `parser:"@Word"`
	Settings []label `parser:"( 'with' @@ ( ',' @@ )* )?"`
}

const addressWant = "an address block"

// facts are words that people write for the facts of a network statement.
var facts = []instead{
	{words: "pods pod podcidr pod-cidr podcidrs clustercidr cluster-cidr", write: "pods"},
	{words: "services service svc servicecidr service-cidr servicecidrs", write: "services"},
	{words: "nodes node nodecidr node-cidr", write: "nodes"},
	{words: "apiserver api-server kube-apiserver", write: "apiserver"},
	{words: "plugin cni", write: "plugin"},
}

// factOutside returns the fact of the cluster that two tokens begin, or "". It belongs in a network
// statement, and these are not inside of one.
func factOutside(first, next *lexer.Token) string {
	fact := insteadOf(facts, first.Value).write
	isValue := next.Type == address || next.Type == word && looksLikeIPv4(next.Value) || fact == "plugin" && next.Type == word
	if first.Type == word && (isValue || isMark(next, ":") || isMark(next, "=")) {
		return fact
	}
	return ""
}

// outsideNetwork reports a fact that is not in a network statement.
func (p *parser) outsideNetwork(fact string, first *lexer.Token) {
	all := p.window.statement()
	value, known := "CIDR", ""
	if fact == "plugin" {
		value, known = "NAME", ", if zt knows it"
	}
	if i := slices.IndexFunc(all, func(tok lexer.Token) bool { return isParty(&tok) && tok.Pos != first.Pos }); i >= 0 {
		if text := p.file.Text[all[i].Pos.Offset:endOf(&all[len(all)-1])]; len(text) <= 40 {
			value = safe.Text(text)
		}
	}
	p.failWith(diag.New(diag.Unexpected, p.spanOf(first), "unexpected %q", first.Value).
		WithHelp("write it in a network statement: `network { %s %s }`%s", fact, value, known))
}

func (n *network) tree(p *parser, head ast.Head) ast.Statement {
	s := &ast.Network{Head: head, Open: p.spanOf(&n.Open[0]), Close: p.spanOf(&n.Close[0])}
	for _, item := range n.Items {
		fact := ast.NetworkItem{Range: p.rangeOf(&item.Tokens[0], &item.Tokens[len(item.Tokens)-1])}
		for _, of := range item.Plugin {
			name := p.word(&of.Name[0])
			fact.Kind, fact.Plugin, fact.Settings = p.word(&of.Kind[0]), &name, p.labels(of.Settings)
		}
		if fact.Plugin == nil {
			fact.Kind = p.word(&item.Kind[0])
		}
		for i := range item.Blocks {
			fact.Addresses = append(fact.Addresses, item.Blocks[i].tree(p))
		}
		fact.Listens = item.Ports.tree(p, declaration)
		if fact.Listens != nil && fact.Kind.Text != "apiserver" {
			p.failWith(diag.New(diag.Unexpected, fact.Listens.At, "%s has no ports", fact.Kind.Text).
				WithHelp("remove them; only apiserver has ports: `apiserver CIDR :6443/tcp`"))
		}
		s.Items = append(s.Items, fact)
	}
	return s
}

func (n *network) expected(before tokens) (want, help string) {
	const form = "write `network { pods CIDR }`; services, nodes, apiserver and plugin are the other facts, one per line"
	if len(before) == 1 {
		return `'{' after "network"`, form
	}
	list, open := inBraces(before)
	if !open {
		return "", ""
	}
	fact := 0 // where the last fact begins
	for i := range list {
		if list[i].Type == newline || isMark(&list[i], ";") {
			fact = i + 1
		}
	}
	switch list = list[fact:]; len(list) {
	case 0:
		return `"pods", "services", "nodes", "apiserver" or "plugin"`, form
	case 1:
		if list[0].Value == "plugin" {
			return pluginExpected(list)
		}
		return addressWant, form
	}
	if list[0].Value == "plugin" {
		return pluginExpected(list)
	}
	if ports, listed := afterColon(list); listed {
		want, help = portsExpected(ports, declaration)
	} else {
		want, help = blockExpected(list[1:]), form
	}
	if want == "" {
		return "',', a new line or '}'", form
	}
	return want, help
}

// pluginExpected is expected for a fact that begins with "plugin".
func pluginExpected(list tokens) (want, help string) {
	const form = "write `plugin NAME`, or `plugin NAME with SETTING=VALUE` if a setting is not the default"
	last := &list[len(list)-1]
	switch {
	case len(list) == 1:
		return "the name of a network plugin", form
	case len(list) == 2:
		return `"with", a new line or '}'`, form
	case len(list) == 3 || isMark(last, ","):
		return "a setting", form
	case isMark(last, "="):
		return "a value after '='", form
	case !isMark(&list[len(list)-2], "="):
		return "'=' after the setting", form
	}
	return "',', a new line or '}'", form
}
