package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// unexpected says that something else should stand where the next token is.
func (p *parser) unexpected(want, help string) diag.Diagnostic {
	tok := p.lex.Peek()
	at := p.spanOf(tok)
	found := `"` + short(tok.Value) + `"`
	switch tok.Type {
	case illegal:
		return badCharacter(at)
	case end:
		found = "the end of the file"
		at = p.behindLast()
	case newline:
		found = "the end of the line"
		at = p.behindLast()
	case text:
		found = "a string"
	}
	d := diag.New(diag.Unexpected, at, "expected %s, found %s", want, found)
	if help != "" {
		d = d.WithHelp("%s", help)
	}
	return d
}

// short cuts a token that is too long for a message.
func short(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// behindLast returns the last consumed token's end, with the character in front of
// it so that there is something to underline.
func (p *parser) behindLast() source.Span {
	if p.last == 0 {
		return p.span(0, 0)
	}
	_, n := utf8.DecodeLastRuneInString(p.file.Text[:p.last])
	return p.span(p.last-n, p.last)
}

// insteads says what to write for characters that people bring along from elsewhere.
var insteads = []struct{ found, help string }{
	{"//", "a comment begins with #"},
	{"/*", "a comment begins with #, on each of its lines"},
	{"=>", `write "->"`},
	{"-->", `write "->"`},
	{"--", `an arrow is "->", a comment begins with #`},
	{"–", `an arrow is "->", a range has a plain "-"`},
	{"—", `an arrow is "->", a range has a plain "-"`},
	{"~>", `write "->"`},
	{">", `write "->" from the source to the destination; selectors compare with =, !=, in and notin`},
	{"→", `write "->"`},
	{"⇒", `write "->"`},
	{"↔", `write "<->"`},
	{"←", `write the source first: "source -> destination"`},
	{"<-", `write the source first: "source -> destination"`},
	{"<", `an arrow is "->" or "<->"; selectors compare with =, !=, in and notin`},
	{"“", noQuotes},
	{"”", noQuotes},
	{"'", noQuotes},
	{"`", noQuotes},
	{"*", "every pod of a namespace is NAMESPACE/*, every pod of the cluster is cluster, anything at all is all"},
	{"[", "a list of values stands in parentheses, other lists need no brackets"},
	{"/", "write namespace/name and 80/tcp without blanks; a comment begins with #"},
	{"-", `names, keys and values begin with a letter or digit; a range has no blanks (8000-8999), an arrow is "->"`},
	{"&", "requirements are separated by commas, and all of them must hold"},
	{"|", "for one value or another write KEY in (a, b)"},
}

const noQuotes = `names and values need no quotes; an import's path stands in "..."`

// badCharacter reports what the language does not have.
func badCharacter(at source.Span) diag.Diagnostic {
	found := at.Text()
	first, _ := utf8.DecodeRuneInString(found)
	switch {
	case !utf8.ValidString(found):
		return diag.New(diag.BadCharacter, at, "this is not UTF-8 text").WithHelp("save the file as UTF-8")
	case strings.ContainsRune(found, 0):
		return diag.New(diag.BadCharacter, at, "this is a NUL byte").WithHelp("save the file as UTF-8 text")
	case first == '\r':
		return diag.New(diag.BadCharacter, at, "this carriage return ends no line").WithHelp("end lines with a line feed")
	case strings.HasPrefix(found, "//"), strings.HasPrefix(found, "/*"):
		at.End = at.Start + len("//") // not all that the comment says
		found = at.Text()
	case len(found) > maxWord:
		return diag.New(diag.TooMuch, at, "no word and no string has more than %d bytes; this has %d", maxWord, len(found)).
			WithHelp("is this file a program?")
	}
	d := diag.New(diag.BadCharacter, at, "the language has no %q", short(found))
	for _, i := range insteads {
		if strings.HasPrefix(found, i.found) {
			return d.WithHelp("%s", i.help)
		}
	}
	switch {
	case unicode.IsSpace(first) || unicode.Is(unicode.Cf, first):
		return d.WithHelp("it looks like a blank, or like nothing; write a plain one")
	case unicode.IsLetter(first):
		return d.WithHelp("names are of a-z, 0-9 and '-'; other letters may stand in comments")
	}
	return d
}

// behind says what to do about what stands behind a complete statement.
func (p *parser) behind(s ast.Statement) string {
	tok := p.lex.Peek()
	colon := p.is(":")
	ports, mayHave := portsOf(s)
	switch _, isTier := s.(*ast.Tier); {
	case mayHave && (p.is("->") || p.is("<->")):
		return "each step is an edge of its own: `a -> b; b -> c`"
	case isTier && ports != nil && p.is("{"):
		return "the selector stands in front of the ports"
	case ports != nil && (colon || tok.Type == word):
		return "one colon begins all ports, commas separate them, and a protocol stands behind a '/': `:80/tcp, 443`"
	case mayHave && tok.Type == word && isDigit(tok.Value[0]):
		return "ports stand behind a colon: `:" + tok.Value + "`"
	case mayHave && tok.Type == word:
		return "ports stand behind a colon, and comments behind a #: `:80/tcp # why`"
	}
	switch s.(type) {
	case *ast.Isolate:
		if colon {
			return "isolate speaks of every port; for some of them write `deny a <-> b :80`"
		}
	case *ast.Labels:
		return "commas separate labels, and each is written KEY=VALUE"
	}
	return "a statement ends at the end of its line, or at ';'"
}

// portsOf returns a statement's ports, and whether it may have some.
func portsOf(s ast.Statement) (ports *ast.Ports, mayHave bool) {
	switch s := s.(type) {
	case *ast.Edge:
		return s.Ports, true
	case *ast.Deny:
		return s.Ports, true
	case *ast.Tier:
		return s.Listens, true
	case *ast.External:
		return s.Listens, true
	case *ast.DNS:
		return s.Ports, !s.Off
	}
	return nil, false
}
