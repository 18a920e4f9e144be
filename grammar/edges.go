package grammar

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

func (p *parser) edge(head ast.Head, start int) ast.Statement {
	first := p.lex.Peek()
	if first.Type != word && first.Type != address {
		help := statementHelp
		switch first.Type {
		case mark:
			help = "no line begins with a mark; one that ends in ',' or '->' goes on"
		case text:
			help = noQuotes
		}
		p.fail(p.unexpected("a statement", help))
	}
	s := &ast.Edge{Head: head, Link: p.link(first)}
	s.Range = p.from(start)
	return s
}

func (p *parser) deny(head ast.Head, start int) ast.Statement {
	s := &ast.Deny{Head: head}
	if p.isWord("path") {
		// A tier may be called path: then an arrow or comma follows.
		if next := p.second(); next.Type == word || next.Type == address {
			s.Path = true
			p.next()
		}
	}
	s.Link = p.link(nil)
	s.Range = p.from(start)
	return s
}

// link reads `endpoints -> endpoints [:ports]`. First is the token that begins
// an edge, or nil.
func (p *parser) link(first *token) ast.Link {
	var l ast.Link
	l.From = p.endpoints(true)
	switch {
	case p.is("<->"):
		l.Both = true
	case p.is("->"):
	default:
		p.fail(p.noArrow(first))
	}
	l.Arrow = p.spanOf(p.next())
	l.To = p.endpoints(false)
	if p.is(":") {
		l.Ports = p.ports(reference)
	}
	return l
}

var statementHelp = "a statement begins with one of " + strings.Join(keywords, ", ") + ", or is an edge: `source -> destination :port`"

// noArrow says why the next token is no arrow. First is the token that begins an edge, which may
// be no party but a word of another language, or nil.
func (p *parser) noArrow(first *token) diag.Diagnostic {
	d := p.unexpected("'->' or '<->' behind the sources", "write `source -> destination :port`")
	if first == nil || d.Code != diag.Unexpected {
		return d
	}
	next := p.second()
	goesOn := next.Type == word || next.Type == mark && slices.Contains([]string{"->", "<->", ",", "{"}, next.Value)
	if p.is("{") || p.lex.Peek().Type == word && goesOn {
		return diag.New(diag.Unexpected, p.spanOf(first), "no statement begins with %q", first.Value).WithHelp("%s", statementHelp)
	}
	return d
}

func (p *parser) isolate(head ast.Head, start int) ast.Statement {
	s := &ast.Isolate{Head: head, Parties: p.endpoints(false)}
	if len(s.Parties) < 2 {
		p.fail(p.unexpected("',' and another party to isolate from", "isolate holds parties apart from each other: `isolate dev, prod`"))
	}
	s.Range = p.from(start)
	return s
}

func (p *parser) dns(head ast.Head, start int) ast.Statement {
	s := &ast.DNS{Head: head}
	if p.isWord("off") {
		p.next()
		s.Off = true
	} else {
		s.Resolvers = p.endpoints(false)
		if p.is(":") {
			s.Ports = p.ports(reference)
		}
	}
	s.Range = p.from(start)
	return s
}

// endpoints reads parties, separated by commas. An arrow may follow on sources.
func (p *parser) endpoints(sources bool) []ast.Endpoint {
	var list []ast.Endpoint
	for {
		p.checkGoesOn(aParty, partyHelp, sources)
		list = append(list, p.endpoint())
		if !p.accept(",") {
			return list
		}
	}
}

const (
	aParty    = "a tier, an address block or another party"
	partyHelp = "a party is a tier, namespace/tier, namespace/*, an external, an environment, a CIDR, internet, cluster or all"
)

func (p *parser) endpoint() ast.Endpoint {
	tok := p.lex.Peek()
	if tok.Type == address {
		p.next()
	} else {
		p.expectWord(aParty, partyHelp)
	}
	w := p.wordOf(tok)
	e := ast.Endpoint{Range: w.Range, Name: w}
	slash := strings.IndexByte(w.Text, '/')
	switch {
	case tok.Type == address || looksLikeIPv4(w.Text):
		e.Kind = ast.CIDR
	case slash >= 0:
		ns := p.part(w, 0, slash)
		e.Namespace = p.keep(ns)
		e.Name = p.part(w, slash+1, len(w.Text))
		e.Kind = ast.Qualified
		if e.Name.Text == "*" {
			e.Kind = ast.EveryPod
		}
		if ns.Text == "" || e.Name.Text == "" || strings.ContainsRune(e.Name.Text, '/') {
			p.fail(diag.New(diag.Unexpected, w.At, "%q is not a party", w.Text).WithHelp("write namespace/tier, or namespace/* for every pod of a namespace"))
		}
	}
	return e
}

// checkGoesOn fails where a list was to go on behind its line, but what comes is
// the next statement: it begins with a keyword or, unless this is the list of an edge's sources, has an arrow.
func (p *parser) checkGoesOn(want, help string, sources bool) {
	tok := p.lex.Peek()
	if tok.Line() == p.line || tok.Type != word && tok.Type != address {
		return
	}
	next := p.second()
	arrow := next.Type == mark && (next.Value == "->" || next.Value == "<->")
	// Behind the keyword of a statement stands a word, a string or a brace; a port may
	// be called dns, and there stands what goes on with a list.
	argument := next.Type == word || next.Type == address || next.Type == text || next.Type == mark && next.Value == "{"
	begins := slices.Contains(keywords, tok.Value) && argument || !sources && arrow
	if begins {
		panic(syntaxError{diag.New(diag.Unexpected, p.behindLast(), "expected %s, found the end of the line", want).WithHelp("%s", help), true})
	}
}

// looksLikeIPv4 reports whether a word is meant to be an IPv4 address or
// block: digits with dots between, up to the '/'.
func looksLikeIPv4(s string) bool {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		s = s[:i]
	}
	return strings.ContainsRune(s, '.') && !strings.ContainsFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
}

// portUse says which forms a port may have.
type portUse int

const (
	declaration portUse = iota // where a tier or external says what it listens on
	reference                  // where an edge names them
)

// listens reads the ports of a declaration, if there are any.
func (p *parser) listens() *ast.Ports {
	if !p.is(":") {
		return nil
	}
	return p.ports(declaration)
}

func (p *parser) ports(use portUse) *ast.Ports {
	colon := p.next()
	ports := &ast.Ports{}
	p.list = p.list[:0]
	for want := "a port after ':'"; ; want = "a port after ','" {
		p.checkGoesOn(want, portHelp, false)
		p.list = append(p.list, p.port(want, use))
		if !p.accept(",") {
			break
		}
	}
	ports.List = slices.Clone(p.list)
	ports.Range = p.from(colon.at)
	return ports
}

const portHelp = "a port is a number (80), a range (8000-8999), a name or any, and may have its protocol (53/udp)"

func (p *parser) port(want string, use portUse) ast.Port {
	w := p.expectWord(want, portHelp)
	if p.is("=") && !strings.Contains(w.Text, "/") {
		return p.namedPort(w, use)
	}
	port := p.portOf(w)
	if use == declaration && port.Low == nil && port.Protocol == nil && !port.Any {
		p.fail(diag.New(diag.Unexpected, w.At, "expected a port's number, found %q", w.Text).
			WithHelp("write %s=80/tcp for a port with a name, or %s/tcp for the container's port of that name", w.Text, w.Text))
	}
	return port
}

// namedPort reads what gives a port a name, from the '=' on.
func (p *parser) namedPort(name ast.Word, use portUse) ast.Port {
	p.next()
	switch {
	case use == reference:
		p.fail(diag.New(diag.Unexpected, p.from(name.At.Start).At, "a port gets its name where the destination is declared").
			WithHelp("name it here (:%s), and declare its number with the tier", name.Text))
	case name.Text == "any":
		p.report(diag.New(diag.BadName, name.At, "%q is a word of the language and cannot be a port's name", name.Text).WithHelp("give it another name"))
	}
	help := "write " + name.Text + "=80/tcp"
	if numeric(name.Text) {
		help = "write the name first: http=" + name.Text
	}
	w := p.expectWord("a port number after '='", help)
	port := p.portOf(w)
	if port.Low == nil {
		p.fail(diag.New(diag.Unexpected, w.At, "expected a port number after '=', found %q", w.Text).WithHelp("%s", help))
	}
	port.Name = p.keep(name)
	port.Range = p.from(name.At.Start)
	return port
}

// portOf takes a word apart that is a port without a name of its own.
func (p *parser) portOf(w ast.Word) ast.Port {
	port := ast.Port{Range: w.Range}
	base := w
	if i := strings.IndexByte(w.Text, '/'); i >= 0 {
		protocol := p.part(w, i+1, len(w.Text))
		port.Protocol = p.keep(protocol)
		base = p.part(w, 0, i)
		if protocol.Text == "" {
			p.fail(diag.New(diag.Unexpected, w.At, "expected a protocol after '/'").WithHelp("write tcp, udp or sctp"))
		}
	}
	switch {
	case base.Text == "any" && port.Protocol != nil:
		p.fail(diag.New(diag.Unexpected, w.At, "any is every port of every protocol").
			WithHelp("write any, or 1-65535/%s for every port of one protocol", port.Protocol.Text))
	case base.Text == "any":
		port.Any = true
	case numeric(base.Text):
		low, high, isRange := strings.Cut(base.Text, "-")
		port.Low = p.keep(p.part(base, 0, len(low)))
		if isRange {
			port.High = p.keep(p.part(base, len(low)+1, len(base.Text)))
			if high == "" || strings.ContainsRune(high, '-') {
				p.fail(diag.New(diag.Unexpected, base.At, "%q is not a range of ports", base.Text).WithHelp("write FIRST-LAST, as in 8000-8999"))
			}
		}
	default:
		port.Name = p.keep(base)
	}
	return port
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numeric reports whether a word is a number or a range.
func numeric(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return !isDigit(c) && c != '-' })
}
