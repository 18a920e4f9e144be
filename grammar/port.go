package grammar

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// ports is a colon and ports separated by commas. It is written by hand since most statements have
// some. Its grammar is
//
//	":" port ( "," port )*, and a port is: word ( "=" word )?
//
// What is in the words, their tree tells.
type ports struct{ Tokens tokens }

// Parse implements participle.Parseable.
func (n *ports) Parse(lex *lexer.PeekingLexer) error {
	if !isMark(lex.Peek(), ":") {
		return participle.NextMatch
	}
	start := lex.RawCursor()
	for {
		lex.Next() // the colon or a comma
		for {
			if lex.Peek().Type != word {
				return unexpectedToken(lex)
			}
			if w := lex.Next(); !isMark(lex.Peek(), "=") || strings.Contains(w.Value, "/") {
				break
			}
			lex.Next()
		}
		if !isMark(lex.Peek(), ",") {
			n.Tokens = lex.Range(start, lex.RawCursor())
			return nil
		}
	}
}

// portUse says which forms a port can have.
type portUse int

const (
	declaration portUse = iota // where a tier or external says what it listens on
	reference                  // where an edge names them
)

// tree converts ports; nil if there are none.
func (n *ports) tree(p *parser, use portUse) *ast.Ports {
	all := n.Tokens
	if all == nil {
		return nil
	}
	count := 1
	for i := range all {
		if isMark(&all[i], ",") {
			count++
		}
	}
	s := &ast.Ports{Range: p.rangeOf(&all[0], &all[len(all)-1]), List: make([]ast.Port, 0, count)}
	for i := 1; i < len(all); i += 2 { // a comma follows each
		from := i
		for i+1 < len(all) && isMark(&all[i+1], "=") {
			i += 2
		}
		s.List = append(s.List, p.port(all[from:i+1], use))
	}
	return s
}

// port converts the words of a port, with '=' between them.
func (p *parser) port(words tokens, use portUse) ast.Port {
	if len(words) > 1 {
		return p.namedPort(words, use)
	}
	w := p.word(&words[0])
	port := p.portOf(w)
	if use == declaration && port.Low == nil && port.Protocol == nil && !port.Any {
		d := diag.New(diag.Unexpected, w.At, "expected a port number, found %q", w.Text).
			WithHelp("write %s=80/tcp to name a port, or %s/tcp for the container port with that name", w.Text, w.Text)
		if row := insteadOf(portInsteads, w.Text); row.help != "" {
			d = row.add(d, w.At)
		}
		p.failWith(d)
	}
	return port
}

// namedPort converts NAME=PORT.
func (p *parser) namedPort(words tokens, use portUse) ast.Port {
	name, w := p.word(&words[0]), p.word(&words[2])
	switch {
	case use == reference:
		p.failWith(diag.New(diag.Unexpected, p.rangeOf(&words[0], &words[1]).At, "an edge cannot give a port a name").
			WithHelp("%s", namedHelp(name.Text)))
	case name.Text == "any":
		p.report(diag.New(diag.BadName, name.At, "%q is reserved and cannot be a port name", name.Text).WithHelp("use another name"))
	}
	port := p.portOf(w)
	if port.Low == nil || len(words) > 3 {
		p.failWith(diag.New(diag.Unexpected, w.At, "expected a port number after '=', found %q", w.Text).WithHelp("%s", numberHelp(name.Text)))
	}
	port.Name = &name
	port.At = name.At.To(w.At)
	return port
}

func namedHelp(name string) string {
	return "write :" + name + ", and declare its number with the destination: :" + name + "=80"
}

func numberHelp(name string) string {
	if numeric(name) {
		return "write the name first: http=" + name
	}
	return "write " + name + "=80/tcp"
}

// portOf converts a port that is one word.
func (p *parser) portOf(w ast.Word) ast.Port {
	port := ast.Port{Range: w.Range}
	base := w
	if i := strings.IndexByte(w.Text, '/'); i >= 0 {
		protocol := part(w, i+1, len(w.Text))
		port.Protocol = &protocol
		base = part(w, 0, i)
		if protocol.Text == "" {
			p.failWith(diag.New(diag.Unexpected, w.At, "expected a protocol after '/'").WithHelp("write tcp, udp or sctp"))
		}
	}
	low, high, dots := strings.Cut(base.Text, "..")
	switch {
	case dots && numeric(low) && numeric(high):
		p.failWith(diag.New(diag.Unexpected, base.At, "%q is not a port range", base.Text).WithFix(base.At, low+"-"+high, "write %s-%s", low, high))
	case port.Protocol != nil && numeric(port.Protocol.Text) && insteadOf(portInsteads, base.Text).help != "":
		right := port.Protocol.Text + "/" + base.Text
		p.failWith(diag.New(diag.Unexpected, w.At, "the protocol comes after the port number").WithFix(w.At, right, "write %s", right))
	case base.Text == "any" && port.Protocol != nil:
		p.failWith(diag.New(diag.Unexpected, w.At, "any already covers every protocol").
			WithHelp("write any, or 1-65535/%s for every port of one protocol", port.Protocol.Text))
	case base.Text == "any":
		port.Any = true
	case numeric(base.Text):
		low, high, isRange := strings.Cut(base.Text, "-")
		first := part(base, 0, len(low))
		port.Low = &first
		if isRange {
			last := part(base, len(low)+1, len(base.Text))
			port.High = &last
			if high == "" || strings.ContainsRune(high, '-') {
				p.failWith(diag.New(diag.Unexpected, base.At, "%q is not a port range", base.Text).WithHelp("write FIRST-LAST, as in 8000-8999"))
			}
		}
	default:
		name := base
		port.Name = &name
	}
	return port
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numeric reports whether a word is a number or a range.
func numeric(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return !isDigit(c) && c != '-' })
}

// portsExpected says what can follow the tokens from the colon on.
func portsExpected(list tokens, use portUse) (want, help string) {
	last := &list[len(list)-1]
	switch {
	case isMark(last, "=") && use == reference:
		return "a port after ':'", namedHelp(list[len(list)-2].Value)
	case isMark(last, "="):
		return "a port number after '='", numberHelp(list[len(list)-2].Value)
	case last.Type != word:
		help := "write a port such as 80, 8000-8999, 53/udp, http or any"
		if use == declaration {
			help = "write a port such as 80, 8000-8999, 53/udp, http=80 or any"
		}
		return "a port after '" + last.Value + "'", help
	}
	return "", ""
}
