package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"

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
		return s[:most] + "..."
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
	{"--", `write "->"`},
	{"~>", `write "->"`},
	{">", `write "->" from the source to the destination`},
	{"→", `write "->"`},
	{"⇒", `write "->"`},
	{"↔", `write "<->"`},
	{"←", `write the source first: "source -> destination"`},
	{"<-", `write the source first: "source -> destination"`},
	{"<", `an arrow is "->" or "<->"`},
	{"“", `write " around a string`},
	{"”", `write " around a string`},
	{"'", "names and values need no quotes"},
	{"*", "every pod of a namespace is NAMESPACE/*, every pod of the cluster is cluster, anything at all is all"},
	{"[", "a list of values stands in parentheses, other lists need no brackets"},
	{"/", "write namespace/name without blanks; a comment begins with #"},
	{"-", `names, keys and values begin with a letter or digit; a range has no blanks (8000-8999), an arrow is "->"`},
	{"&", "requirements are separated by commas, and all of them must hold"},
	{"|", "for one value or another write KEY in (a, b)"},
}

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
	}
	d := diag.New(diag.BadCharacter, at, "the language has no %q", found)
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
