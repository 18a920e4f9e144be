package grammar

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// keywords begin statements.
var keywords = []string{"import", "namespace", "tier", "external", "environment", "network", "labels", "deny", "isolate", "dns"}

// reserved are the words that cannot be names: those that begin a statement, and the
// endpoints that need no declaration.
var reserved = append([]string{"internet", "cluster", "nodes", "all", "any"}, keywords...)

// declaring begin statements that declare names.
var declaring = []string{"namespace", "tier", "external", "environment"}

// belongs says where the statements stand that cannot stand everywhere.
var belongs = map[string]struct {
	in   []place
	help string
}{
	"import":      {[]place{atTop}, "an import stands outside every block"},
	"network":     {[]place{atTop}, "network facts stand outside every block"},
	"dns":         {[]place{atTop}, "dns statements stand outside every block"},
	"environment": {[]place{atTop}, "an environment stands outside every block"},
	"namespace":   {[]place{atTop, inEnvironment}, "a namespace stands outside every other namespace"},
	"labels":      {[]place{inNamespace}, "labels stand in the block of the namespace that carries them"},
}

// misplaced reports whether a token begins a statement that cannot stand in a place.
func misplaced(tok *token, in place) bool {
	b, limited := belongs[tok.Value]
	return limited && tok.Type == word && !slices.Contains(b.in, in)
}

// keyword returns the keyword that the next token is, or, where no edge can begin so, was probably
// meant to be; "" where it is none.
func (p *parser) keyword() (keyword string, misspelt bool) {
	tok := p.lex.Peek()
	if tok.Type != word {
		return "", false
	}
	if slices.Contains(keywords, tok.Value) {
		return tok.Value, false
	}
	next := p.second()
	if next.Type == illegal || next.Type == mark && slices.Contains([]string{"->", "<->", ","}, next.Value) {
		return "", false
	}
	near := nearestKeyword(tok.Value)
	return near, near != ""
}

// nearestKeyword returns the keyword that a word was probably meant to be, or "".
func nearestKeyword(w string) string {
	w = strings.ToLower(w)
	if slices.Contains(keywords, w) {
		return w
	}
	return spell.Nearest(w, keywords)
}

// production reads the statement that the next token begins; nil where it has a
// mistake that has been reported.
func (p *parser) production(keyword string, in place, head ast.Head) ast.Statement {
	tok := p.lex.Peek()
	start := tok.at
	if keyword == "" {
		return p.edge(head, start)
	}
	if b, limited := belongs[keyword]; limited && !slices.Contains(b.in, in) {
		p.fail(diag.New(diag.Misplaced, p.spanOf(tok), "%s cannot stand here", article(keyword)).WithHelp("%s", b.help))
	}
	p.next()
	switch keyword {
	case "import":
		return p.importFile(head, start)
	case "namespace":
		return p.namespace(head, start)
	case "labels":
		return p.labels(head, start)
	case "tier":
		return p.tier(head, start)
	case "external":
		return p.external(head, start)
	case "environment":
		return p.environment(head, start)
	case "network":
		return p.network(head, start)
	case "deny":
		return p.deny(head, start)
	case "isolate":
		return p.isolate(head, start)
	default:
		return p.dns(head, start)
	}
}

func article(keyword string) string {
	switch keyword {
	case "labels", "network", "dns":
		return "a " + keyword + " statement"
	case "import", "environment":
		return "an " + keyword
	}
	return "a " + keyword
}

func (p *parser) importFile(head ast.Head, start int) ast.Statement {
	tok := p.lex.Peek()
	if tok.Type != text {
		p.fail(p.unexpected(`a file's path in quotes after "import"`, `write import "shared/network.zt"`))
	}
	p.next()
	if len(tok.Value) == 1 || !strings.HasSuffix(tok.Value, `"`) {
		return nil // the scanner has reported that the string is not closed
	}
	w := p.wordOf(tok)
	w.Text = strings.Trim(w.Text, `"`)
	s := &ast.Import{Head: head, Path: w}
	s.Range = p.from(start)
	return s
}

func (p *parser) namespace(head ast.Head, start int) ast.Statement {
	s := &ast.Namespace{Head: head}
	nameless := p.try(func() {
		s.Name = p.expectWord(`a namespace's name after "namespace"`, "write `namespace NAME`, or `namespace NAME { ... }`")
		s.Isolates = p.isolates()
	})
	s.Body = p.body(inNamespace, nameless)
	if nameless {
		return nil
	}
	s.Range = p.from(start)
	return s
}

// isolates reads `isolates DIRECTION`, if it is there. A mistake in it costs
// neither the namespace nor what stands in its block.
func (p *parser) isolates() *ast.Word {
	tok := p.lex.Peek()
	if tok.Type != word || tok.Value != "isolates" && spell.Nearest(tok.Value, []string{"isolates"}) == "" {
		return nil
	}
	if tok.Value != "isolates" {
		p.report(p.unexpected(`"isolates" or '{' after a namespace's name`, `did you mean "isolates"?`))
	}
	p.next()
	const want, help = `"ingress", "egress" or "nothing" after "isolates"`, "leave `isolates` out to isolate both directions"
	if w := p.lex.Peek(); w.Type != word || !slices.Contains([]string{"ingress", "egress", "nothing"}, w.Value) {
		p.report(p.unexpected(want, help))
		if w.Type == word {
			p.next()
		}
		return nil
	}
	w := p.wordOf(p.next())
	return &w
}

// headHelp says what stands in front of blocks.
var headHelp = map[place]string{
	inNamespace:   "write `namespace NAME isolates ingress`, egress or nothing; without `isolates` it isolates both directions",
	inEnvironment: "write `environment NAME, NAME by KEY`, with or without a block",
}

// body reads the block of a namespace or environment, if there is one. What
// stands in front of it and makes no sense costs that, and not the block; it is told
// unless that has been done.
func (p *parser) body(in place, told bool) *ast.Block {
	line := p.line
	for ; !p.opens(); p.next() {
		tok := p.lex.Peek()
		if tok.EOF() || tok.Type == newline || tok.Line() != line || p.is(";") || p.is("}") {
			return nil
		}
		if !told {
			p.report(p.unexpected("'{' or the end of the line", headHelp[in]))
			told = true
		}
	}
	return p.block(in)
}

// opens reports whether the next token is '{'. One that stands on a line of its
// own is told, and read as if it stood above.
func (p *parser) opens() bool {
	if p.lex.Peek().Type == newline {
		if brace := p.second(); brace.Type == mark && brace.Value == "{" {
			p.next()
			p.report(diag.New(diag.Unexpected, p.spanOf(&brace), "a '{' stands on the line of its statement").
				WithHelp("write it at the end of the line above"))
		}
	}
	return p.is("{")
}

func (p *parser) environment(head ast.Head, start int) ast.Statement {
	s := &ast.Environment{Head: head}
	failed := p.try(func() {
		s.Names = p.names(`an environment's name`, headHelp[inEnvironment])
		s.By = p.by("write `by KEY` for the namespaces that are labelled KEY=NAME, or leave it out")
	})
	s.Body = p.body(inEnvironment, failed)
	if failed && (s.Names == nil || s.Body == nil) {
		return nil
	}
	s.Range = p.from(start)
	return s
}

// by reads `by KEY`, if it is there.
func (p *parser) by(help string) *ast.Word {
	if !p.isWord("by") {
		return nil
	}
	p.next()
	w := p.expectWord(`a label's key after "by"`, help)
	return &w
}

// block reads the statements between braces.
func (p *parser) block(in place) *ast.Block {
	open := p.next()
	b := &ast.Block{Statements: p.statements(in)}
	p.braces = 0
	if !p.accept("}") {
		p.report(p.unclosed(p.span(open.at, open.at+1)))
	}
	b.Range = p.from(open.at)
	return b
}

// names reads declared names, separated by commas.
func (p *parser) names(what, help string) []ast.Word {
	var list []ast.Word
	for {
		w := p.expectWord(what, help)
		p.checkReserved(w)
		list = append(list, w)
		if !p.accept(",") {
			return list
		}
	}
}

// checkReserved reports a name that the language keeps for itself.
func (p *parser) checkReserved(w ast.Word) {
	if slices.Contains(reserved, w.Text) {
		p.loseName(w.Text)
		p.report(diag.New(diag.BadName, w.At, "%q is a word of the language and cannot be a name", w.Text).
			WithHelp("give it another name: words that begin a statement, and endpoints that need no declaration, are reserved"))
	}
}

func (p *parser) tier(head ast.Head, start int) ast.Statement {
	s := &ast.Tier{Head: head, Names: p.names(`a tier's name`, "write `tier NAME { app=NAME }`, or `tier NAME by app`")}
	s.By = p.by("`tier NAME by KEY` is short for `tier NAME { KEY=NAME }`")
	if p.opens() {
		s.Selector = p.selector()
	}
	switch {
	case s.Selector == nil && s.By == nil:
		name := s.Names[len(s.Names)-1].Text
		p.fail(p.unexpected("'{' or \"by\" after a tier's name", "write the labels of its pods: `tier "+name+" { app="+name+" }`, or `tier "+name+" by app`"))
	case s.By == nil && len(s.Names) > 1:
		p.fail(diag.New(diag.Unexpected, s.Selector.At, "tiers that are declared together are told apart by a label").
			WithHelp("write `by KEY` behind their names, or one tier a line"))
	}
	s.Listens = p.listens()
	s.Range = p.from(start)
	return s
}

func (p *parser) external(head ast.Head, start int) ast.Statement {
	s := &ast.External{Head: head, Name: p.expectWord(`an external's name after "external"`, "write `external NAME { 203.0.113.0/24 }`")}
	p.checkReserved(s.Name)
	s.Open, s.Close = p.items("an external's name", externalHelp, func() {
		s.Addresses = append(s.Addresses, p.address())
	}, true)
	if len(s.Addresses) == 0 {
		p.fail(diag.New(diag.Unexpected, s.Open.To(s.Close), "an external needs an address").
			WithHelp("write its address blocks: `external %s { 203.0.113.0/24 }`", s.Name.Text))
	}
	s.Listens = p.listens()
	s.Range = p.from(start)
	return s
}

const (
	externalHelp = "an external is written `external NAME { ... }`, with CIDR, CIDR except (CIDR, CIDR) or host NAME between the braces"
	networkHelp  = "facts of the network are written `network { pods CIDR }`; services and nodes are the others, each on a line of its own"
)

func (p *parser) address() ast.Address {
	start := p.lex.Peek().at
	var a ast.Address
	if p.isWord("host") {
		p.next()
		w := p.expectWord(`a DNS name after "host"`, "write host api.example.com")
		a.Host = &w
	} else {
		w := p.cidr(externalHelp)
		a.CIDR = &w
		if p.isWord("except") {
			p.next()
			except := func() { a.Except = append(a.Except, p.cidr(externalHelp)) }
			if p.is("(") {
				p.parenthesized(except)
			} else {
				except()
			}
		}
	}
	a.Range = p.from(start)
	return a
}

func (p *parser) cidr(help string) ast.Word {
	if p.lex.Peek().Type == address {
		return p.wordOf(p.next())
	}
	return p.expectWord("an address block", help)
}

func (p *parser) network(head ast.Head, start int) ast.Statement {
	s := &ast.Network{Head: head}
	kinds := []string{"pods", "services", "nodes"}
	s.Open, s.Close = p.items(`"network"`, networkHelp, func() {
		from := p.lex.Peek().at
		const want = `"pods", "services" or "nodes"`
		kind := p.expectWord(want, networkHelp)
		if !slices.Contains(kinds, kind.Text) {
			d := diag.New(diag.Unexpected, kind.At, "expected %s, found %q", want, kind.Text).WithHelp(networkHelp)
			if near := spell.Nearest(kind.Text, kinds); near != "" {
				d = d.WithHelp("did you mean %q?", near)
			}
			p.fail(d)
		}
		item := ast.NetworkItem{Kind: kind}
		for {
			item.CIDRs = append(item.CIDRs, p.cidr(networkHelp))
			if !p.accept(",") {
				break
			}
		}
		item.Range = p.from(from)
		s.Items = append(s.Items, item)
	}, false)
	s.Range = p.from(start)
	return s
}

func (p *parser) labels(head ast.Head, start int) ast.Statement {
	const help = "write `labels KEY=VALUE`, with commas between several"
	s := &ast.Labels{Head: head}
	for {
		key := p.expectWord("a label's key", help)
		p.expect("=", "'=' after a label's key", help)
		l := ast.Label{Key: key, Value: p.value("=", help)}
		l.Range = p.from(key.At.Start)
		s.Items = append(s.Items, l)
		if !p.accept(",") {
			break
		}
	}
	s.Range = p.from(start)
	return s
}
