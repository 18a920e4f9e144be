package grammar

import (
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// ParseQuestion reads a question, which is written as an edge is: `A -> B :PORT`, or `A` alone. Besides
// the endpoints of edges, A and B can be an address, NAMESPACE/{KEY=VALUE, ...} and NAMESPACE/KIND/NAME.
// The question is nil if the diagnostics have errors.
func ParseQuestion(text string) (*ast.Question, diag.List) {
	file := source.NewFile("question", text)
	s := newScanner(file)
	p := &parser{question: true, file: file, scanner: s, lex: reader{scanner: s}, window: newWindow(16)}
	kind := &statement{braces: items, parse: parsedAs[question]()}
	p.collect(kind)
	n, read, err := p.parse(kind)
	var q *ast.Question
	if err == nil {
		q = n.(*question).convert(p)
	}
	if err != nil || read < p.window.n || !p.lex.Peek().EOF() {
		p.mistake(kind, n, read)
	}
	diags := s.mistakes.all()
	if len(diags) > 0 {
		return nil, diags
	}
	return q, nil
}

type question struct {
	From  asked  `parser:"@@"`
	To    *asked `parser:"( '->' @@"`
	Ports ports  `parser:"  @@? )?"`
}

type asked struct {
	Name   cidrBlock `parser:"@@"` // also of what is no address block
	Labels *selector `parser:"@@?"`
}

// tree implements production. A question is not a statement.
func (n *question) tree(*parser, ast.Head) ast.Statement { return nil }

func (n *question) convert(p *parser) *ast.Question {
	q := &ast.Question{From: n.From.tree(p), Ports: n.Ports.tree(p, reference)}
	q.At = p.span(q.From.At.Start, p.last)
	if n.To != nil {
		to := n.To.tree(p)
		q.To = &to
	}
	return q
}

func (n *asked) tree(p *parser) ast.Asked {
	first := &n.Name.CIDR[0]
	w := p.word(first)
	ns, rest, _ := strings.Cut(w.Text, "/")
	switch kind, name, isWorkload := strings.Cut(rest, "/"); {
	case n.Name.Except != nil || n.Name.Excepts != nil:
		a := n.Name.tree(p)
		return ast.Asked{Endpoint: ast.Endpoint{Range: a.Range, Kind: ast.CIDR, Name: *a.CIDR, Except: a.Except}}
	case n.Labels != nil:
		a := ast.Asked{Endpoint: ast.Endpoint{Kind: ast.Qualified}, Labels: n.Labels.tree(p)}
		a.At = w.At.To(a.Labels.At)
		namespace := part(w, 0, len(ns))
		a.Namespace = &namespace
		if ns+"/" != w.Text || ns == "" {
			p.failWith(diag.New(diag.Unexpected, a.At, "%q is not an endpoint", a.At.Text()).WithHelp("write NAMESPACE/{KEY=VALUE, ...} for a pod with these labels"))
		}
		return a
	case isWorkload && ns != "" && kind != "" && name != "" && !strings.Contains(name, "/"):
		namespace, workload := part(w, 0, len(ns)), part(w, len(ns)+1, len(ns)+1+len(kind))
		return ast.Asked{
			Endpoint: ast.Endpoint{Range: w.Range, Kind: ast.Qualified, Namespace: &namespace, Name: part(w, len(w.Text)-len(name), len(w.Text))},
			Workload: &workload,
		}
	}
	return ast.Asked{Endpoint: p.endpoint(first)}
}

func (n *question) expected(before tokens) (want, help string) {
	if list, open := inBraces(before); open {
		return selectorExpected(list)
	}
	if len(before) > 0 && isMark(&before[len(before)-1], "}") {
		return "", ""
	}
	if want, help = partiesExpected(before); want == endpointWant {
		help = questionHelp
	}
	return want, help
}

const questionHelp = "ask as an edge is written: 'A -> B :PORT'"
