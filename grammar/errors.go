package grammar

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
	"github.com/zt-lang/zt/grammar/spell"
)

// mistake reports why a statement is wrong: after the tokens that are right, something else was expected.
func (p *parser) mistake(kind *statement, n production, read int) {
	all := p.window.statement()
	before := all[:read]
	tok := p.tokenAt(read)
	if open := unclosedIn(kind, before, tok, p.tokenAt(read+1), read == len(all)); open != nil {
		p.failWith(p.unclosed(open))
		return
	}
	want, help := kind.expected(n, before)
	fix := instead{help: help}
	near := nearestOf(want, tok)
	switch {
	case want == arrowWant && tok.Type == newline && isArrow(p.lex.second()):
		fix = instead{help: "to continue a statement, end its line with '->'"}
	case want == arrowWant && len(before) == 1 && kind.keyword == "" && tok.Type != illegal && p.notAnEdge(&before[0], tok):
		return
	case near != "":
		fix = instead{write: near}
	case want == "" && kind.braces == block && isMark(tok, ":"):
		fix = instead{write: " ", help: "remove the colon; a block is in braces: `namespace NAME { ... }`"}
		want = "'{' or the end of the line"
	case want == "" && kind.keyword == "namespace" && len(before) == 2 && isMark(tok, ","):
		fix = instead{help: "write a block for each: `namespace " + before[1].Value + " { ... }`"}
		want = "'{' or the end of the line"
	case want == "" && kind.braces == block:
		want = "'{' or the end of the line"
		if tok.Type == word && len(before) == 2 && (spell.Nearest(tok.Value, []string{kind.then}) != "" || kind.then == "by" && tok.Value == "where") {
			want, fix = fmt.Sprintf("%q or '{' after the %s name", kind.then, kind.keyword), instead{write: kind.then}
		}
	case want == "":
		want = "the end of the " + p.unit("line")
		fix = p.trailing(kind, before, tok, help)
	case tok.Type == text && isMark(p.tokenAt(read+1), ":") && slices.Contains([]string{"tier", "environment"}, kind.keyword):
		fix = instead{help: "write labels as KEY=VALUE, without quotes: `{ app=web }`"}
	case tok.Type == text && kind.keyword != "import":
		fix = instead{write: strings.Trim(tok.Value, `"`), help: noQuotes}
	default:
		fix = cmp.Or(p.foreign(kind, before, tok, want), fix)
	}
	p.failWith(p.unexpected(tok, before, want, fix))
}

// foreign says what to write for a token of another language, where something else was expected.
func (p *parser) foreign(kind *statement, before tokens, tok *lexer.Token, want string) instead {
	list, open := inBraces(before)
	if open && (kind.keyword == "tier" || kind.keyword == "environment") {
		return foreignRequirement(list, tok)
	}
	if tok.Type == word {
		switch want {
		case arrowWant:
			if kind.keyword == "deny" && len(before) == 2 && spell.Nearest(before[1].Value, []string{"path"}) != "" {
				return instead{help: "write `deny path a -> b` for chains of connections"}
			}
			return insteadOf(arrowWords, tok.Value)
		case isolatesWant:
			return insteadOf(isolations, tok.Value)
		case tierIsolatesWant:
			return insteadOf(isolations[1:], tok.Value)
		case tierWant:
			if tok.Value == "isolates" {
				return instead{help: "write it after the selector: `tier " + before[1].Value + " { ... } isolates ingress`"}
			}
		}
		return instead{}
	}
	colon := isMark(tok, ":")
	switch {
	case want == arrowWant && colon:
		return instead{help: "ports belong to the destination: `web -> api :80`"}
	case want == arrowWant && isMark(tok, "!"):
		return instead{help: "write `deny a -> b`; what no edge permits is denied without it"}
	case want == arrowWant && isMark(tok, "=") && declares(p.tokenAt(len(before)+1)):
		keyword := p.tokenAt(len(before) + 1).Value
		return instead{help: "write the keyword first: `" + keyword + " " + before[len(before)-1].Value + " { ... }`"}
	case want == arrowWant && isMark(tok, "=") && p.in == inEnvironment:
		return instead{help: "write it before the braces: `environment prod by env=prod`"}
	case want == arrowWant && isMark(tok, "=") && isMark(p.tokenAt(len(before)+2), ","):
		return instead{help: groups.help}
	case want == arrowWant && (isMark(tok, "=") || isMark(tok, "==")):
		return instead{help: "write `a -> b` for an edge, `labels a=b` for labels of a namespace"}
	case kind.keyword == "dns" && isMark(tok, "=") && len(before) == 1:
		return instead{write: " ", help: "remove the '='"}
	case isMark(tok, "=") && (want == addressWant || isMark(p.tokenAt(len(before)+1), "{")):
		return instead{write: " ", help: "remove the '='"}
	case kind.keyword == "external" && open && colon && strings.HasPrefix(p.tokenAt(len(before)+1).Value, "//"):
		return instead{help: "write the addresses: `external NAME { CIDR }`; policies do not match URLs"}
	case kind.keyword == "external" && open && colon && isParty(p.tokenAt(len(before)+1)):
		return instead{help: "write the address blocks alone: `external office { 203.0.113.0/24 }`"}
	case want == tierWant && isMark(tok, "("):
		return instead{help: bracesHelp}
	case colon && (len(before) == 1 && kind.keyword != "" || want == addressWant):
		return instead{write: " ", help: "remove the colon"}
	case isMark(tok, "{") && isMark(&before[len(before)-1], ":"):
		return instead{help: "write ports without braces: `:80, 443`"}
	case isMark(tok, "!") && isMark(&before[len(before)-1], ":"):
		return instead{help: "write the ports that you mean, as in `:1-21, 23-65535`"}
	case want == endpointWant && isMark(tok, "!"):
		return instead{help: "an edge only permits; write `deny a -> b` to make sure that nothing else does"}
	case want == endpointWant && (isMark(tok, "{") || isMark(tok, "(")):
		return instead{help: p.bracketHelp(tok)}
	}
	return instead{}
}

// declares reports whether a token is the keyword of a declaration with braces.
func declares(tok *lexer.Token) bool {
	kind := byKeyword[tok.Value]
	return tok.Type == word && kind != nil && (kind.declares || kind.braces == block)
}

// isLabelKey reports whether tokens end in the label key of a selector.
func isLabelKey(before tokens) bool {
	list, open := inBraces(before)
	return open && (before[0].Value == "tier" || before[0].Value == "environment") && len(list) > 0 && afterSeparator(list[:len(list)-1]) && list[len(list)-1].Type == word
}

// expected says what can follow the tokens of a statement, in its ports or before them.
func (s *statement) expected(n production, before tokens) (want, help string) {
	list, listed := afterColon(before)
	switch {
	case !listed || s.keyword == "network": // of which a fact may have ports
		return n.expected(before)
	case s.declares:
		return portsExpected(list, declaration)
	}
	return portsExpected(list, reference)
}

// trailing says what to do about a token after a whole statement.
func (p *parser) trailing(kind *statement, before tokens, tok *lexer.Token, help string) instead {
	if tok.Type == word {
		if row := insteadOf(followers, tok.Value); row.help != "" {
			return row
		}
		if byKeyword[tok.Value] != nil {
			return instead{"", "; " + tok.Value, "start a new line, or write ';' between two statements"}
		}
	}
	_, ports := afterColon(before)
	switch {
	case p.question && isMark(tok, "<->"):
		help = "a question has one direction; ask with ->"
	case p.question && isMark(tok, ","):
		help = "ask for one party at a time"
	case p.question:
		help = questionHelp
	case kind.keyword == "import" && isMark(tok, ","):
		help = "write an import for each file, on a line of its own"
	case !kind.declares && len(before) > 0 && looksLikeIPv4(before[len(before)-1].Value) && (isMark(tok, "!") || tok.Type == word && !ports):
		help = "to exclude blocks write CIDR except CIDR, or CIDR except (CIDR, CIDR)"
	case kind.keyword == "isolate" && isMark(tok, ":"):
		help = "isolate covers every port; for some ports write `deny a <-> b :80`"
	case !slices.Contains([]string{"tier", "external", "deny", "dns", ""}, kind.keyword):
	case kind.declares && ports && isMark(tok, "{"):
		help = "write the selector before the ports"
	case kind.keyword == "tier" && isMark(tok, ",") && isMark(&before[len(before)-1], "}"):
		help = "remove the ','; declare each tier on a line of its own"
	case kind.keyword == "tier" && isMark(tok, ","):
		help = "`by KEY` has one key; write more labels in braces: `tier a by app { x=y }`"
	case kind.keyword == "tier" && isMark(tok, "{") && isMark(&before[len(before)-1], "}"):
		help = "write all labels in one pair of braces: `tier web { app=web, x=y }`"
	case kind.declares && isMark(tok, "="):
		help = "write `by KEY` alone, or the labels in braces: `tier web { app=web }`"
	case isMark(tok, "="):
		help = "ports come after a colon: `:80`"
	case kind.declares && ports && isArrow(tok):
		help = "write only the port of the container, which policies see: `:8080`"
	case !kind.declares && isArrow(tok):
		help = "write one edge for each step: `a -> b; b -> c`"
	case ports && insteadOf(portInsteads, tok.Value).words == "tcp udp sctp":
		help = "write the protocol after a slash: `:80/" + tok.Value + "`"
	case ports && (isMark(tok, "(") || isMark(tok, "{")):
		help = "remove it; comments start with #"
	case ports && (isMark(tok, ":") || tok.Type == word):
		help = "ports after one colon are separated by commas, `:80, 443`; a range is `:80-90`"
	case !ports && isMark(tok, "("):
		help = portHelp(p.tokenAt(len(before) + 1))
	case kind.keyword == "tier" && tok.Type == word && tok.Value == "in":
		help = tierIn(&before[1], p.tokenAt(len(before)+1))
	case !ports && isMark(tok, "{"):
		help = "ports come after a colon: `:80`; labels belong to a tier: `tier web { app=web }`"
	case tok.Type == address:
		help = "write NAMESPACE/TIER for the tier of a namespace"
	case !ports && tok.Type == word && protocolFirst.MatchString(tok.Value):
		protocol, number, _ := strings.Cut(tok.Value, "/")
		help = "ports come after a colon: `:" + number + "/" + protocol + "`"
	case !ports && tok.Type == word && isDigit(tok.Value[0]):
		help = portHelp(tok)
	case !ports && tok.Type == word && len(before) > 0 && before[len(before)-1].Value == "host":
		help = "declare its addresses, `external NAME { CIDR }`, and write NAME; policies cannot match DNS names"
	case !ports && tok.Type == word:
		help = "separate endpoints with commas; ports come after a colon, comments after a #"
	}
	return instead{help: cmp.Or(help, endHelp)}
}

// protocolFirst matches a port as other tools write it.
var protocolFirst = regexp.MustCompile(`^(tcp|udp|sctp)/[0-9]+$`)

// portHelp says how to write ports, of which the first is a token.
func portHelp(tok *lexer.Token) string {
	port := "80"
	if tok.Type == word && isDigit(tok.Value[0]) {
		port = tok.Value
	}
	return "ports come after a colon: `:" + port + "`"
}

// tierIn says how to write a tier with a name in the namespace that a token names.
func tierIn(name, namespace *lexer.Token) string {
	in := "NAME"
	if namespace.Type == word {
		in = namespace.Value
	}
	if in == "cluster" {
		return "write the set of namespaces after the name: `tier " + name.Value + " in cluster { ... }`"
	}
	return "write it in the namespace's block: `namespace " + in + " { tier " + name.Value + " ... }`"
}

const endHelp = "end the statement with a new line or ';'"

// nearestOf returns the word in quotes, of those with which a list begins, that a token was probably
// meant to be; or "".
func nearestOf(want string, tok *lexer.Token) string {
	if tok.Type != word || !strings.HasPrefix(want, `"`) {
		return ""
	}
	list, _, _ := strings.Cut(want, " after ")
	var words []string
	for i, w := range strings.Split(list, `"`) {
		if i%2 == 1 {
			words = append(words, w)
		}
	}
	return spell.Nearest(tok.Value, words)
}

// tokenAt returns a token of the statement, or of those that follow it.
func (p *parser) tokenAt(i int) *lexer.Token {
	switch all := p.window.statement(); i - len(all) {
	case 0:
		return p.lex.Peek()
	case 1:
		return p.lex.second()
	default:
		return &all[i]
	}
}

// unclosedIn returns the bracket of a statement that is not closed before a token, if that is the
// mistake. AtEnd is set if the statement ends there.
func unclosedIn(kind *statement, before tokens, tok, next *lexer.Token, atEnd bool) *lexer.Token {
	if values, open := inParentheses(before); open && !afterSeparator(values) && tok.Type != illegal {
		below := tok.Pos.Line != before[len(before)-1].Pos.Line
		if atEnd || below || isMark(tok, "}") || isMark(tok, ";") || isMark(tok, ":") || isArrow(tok) {
			return &before[len(before)-len(values)-1]
		}
	}
	list, open := inBraces(before)
	if kind.braces == noBraces || !open {
		return nil
	}
	between := afterSeparator(list) || isParty(&list[len(list)-1]) || isMark(&list[len(list)-1], ")")
	ports := isMark(tok, ":") && next.Type == word && kind.declares && between && !isLabelKey(before) &&
		(kind.keyword != "external" || len(list) > 0 && strings.ContainsAny(list[len(list)-1].Value, "/)"))
	if atEnd || ports || isArrow(tok) && between {
		return &before[len(before)-len(list)-1]
	}
	return nil
}

func (p *parser) unclosed(open *lexer.Token) diag.Diagnostic {
	shut := ")"
	if open.Value == "{" {
		shut = "}"
		p.unclosedBraces()
		p.open-- // one brace too few is reported once
	}
	return diag.New(diag.Unclosed, p.spanOf(open), "this %q is not closed", open.Value).WithHelp("close it with %q", shut)
}

// inBraces returns the tokens after the last '{', if it is open.
func inBraces(before tokens) (list tokens, open bool) { return inside(before, "{", "}") }

// inParentheses returns the tokens after the last '(', if it is open.
func inParentheses(before tokens) (list tokens, open bool) { return inside(before, "(", ")") }

func inside(before tokens, open, shut string) (list tokens, isOpen bool) {
	for i := len(before) - 1; i >= 0 && !isMark(&before[i], shut); i-- {
		if isMark(&before[i], open) {
			return before[i+1:], true
		}
	}
	return nil, false
}

// afterColon returns the tokens from the colon of a statement's ports on.
func afterColon(before tokens) (list tokens, listed bool) {
	i := slices.IndexFunc(before, func(tok lexer.Token) bool { return isMark(&tok, ":") })
	if i < 0 {
		return nil, false
	}
	return before[i:], true
}

// afterSeparator reports whether an item of a list comes next.
func afterSeparator(list tokens) bool {
	if len(list) == 0 {
		return true
	}
	last := &list[len(list)-1]
	return last.Type == newline || isMark(last, ",")
}

// unexpected says that something else should be where a token is. Before are the statement's tokens
// before it.
func (p *parser) unexpected(tok *lexer.Token, before tokens, want string, fix instead) diag.Diagnostic {
	at := p.spanOf(tok)
	found := `"` + safe.Text(short(tok.Value)) + `"`
	below := len(before) > 0 && tok.Pos.Line != before[len(before)-1].Pos.Line
	switch {
	case tok.Type == illegal:
		return p.illegal(at, before)
	case tok.Type == end:
		found = "the end of the " + p.unit("file")
		at = p.endOf(before)
	case tok.Type == newline, below && len(before) == p.window.n:
		found = "the end of the line"
		at = p.endOf(before)
	case tok.Type == text:
		found = "a string"
	}
	d := diag.New(diag.Unexpected, at, "expected %s, found %s", want, found)
	return fix.add(d, at)
}

// unit returns what the text is, if it is not a file.
func (p *parser) unit(of string) string {
	if p.question {
		return "question"
	}
	return of
}

// beginningHelp says how a statement begins that does not begin with a token.
func (p *parser) beginningHelp(tok *lexer.Token) string {
	switch {
	case isMark(tok, "{") || isMark(tok, "("):
		return p.bracketHelp(tok)
	case isMark(tok, ":"):
		return "write the ports at the end of the line above"
	case tok.Type == mark:
		return continueHelp
	case tok.Type == text:
		return noQuotes
	}
	return "start with a keyword, such as tier or namespace, or write an edge: `web -> api :80`"
}

const continueHelp = "a statement starts with a name or keyword; to continue a line, end it with ',' or '->'"

// bracketHelp says what to write for an endpoint in brackets.
func (p *parser) bracketHelp(tok *lexer.Token) string {
	inside, _, _ := strings.Cut(p.file.Text[endOf(tok):], "\n")
	inside, _, _ = strings.Cut(inside, "}")
	switch {
	case strings.TrimSpace(inside) == "":
		return continueHelp
	case strings.ContainsAny(inside, "=:"):
		return "name the pods first, `tier web { app=web }`, then write the tier's name"
	}
	return "write lists without brackets: `web, api -> db`"
}

// short cuts a token that is too long for a message.
func short(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// endOf returns the last character of tokens, so that there is something to underline.
func (p *parser) endOf(before tokens) source.Span {
	if len(before) == 0 {
		return p.span(0, 0)
	}
	end := endOf(&before[len(before)-1])
	_, n := utf8.DecodeLastRuneInString(p.file.Text[:end])
	return p.span(end-n, end)
}

// illegal reports what the language does not have, after tokens of a statement.
func (p *parser) illegal(at source.Span, before tokens) diag.Diagnostic {
	found := at.Text()
	list, inside := inBraces(before)
	_, ports := afterColon(before)
	last := len(before) > 0 && isMark(&before[len(before)-1], ":")
	row := instead{}
	switch {
	case last && strings.HasPrefix(found, "//") && p.question:
		row.help = "ask for a Service, NAMESPACE/Service/NAME, or for an address, without a scheme"
	case last && strings.HasPrefix(found, "//"):
		row.help = "declare the addresses, `external NAME { CIDR }`; policies do not match URLs"
	case inside && before[0].Value == "tier" && illegalRequirement(list, found).help != "":
		row = illegalRequirement(list, found)
	case !inside && found == "*" && len(before) > 0 && looksLikeIPv4(strings.Trim(before[len(before)-1].Value, ".")+".0"):
		row.help = "write the addresses as a CIDR, such as 10.0.0.0/24"
	case !inside && len(before) > 0 && looksLikeIPv4(before[len(before)-1].Value) && strings.HasPrefix(found, "-") && !strings.Contains(found, ">"):
		row.help = "write a range of addresses as a CIDR, such as 10.0.0.0/24"
	case inside && before[0].Value == "external" && strings.HasPrefix(found, "-"):
		row.help = "to exclude blocks write CIDR except CIDR; write a range as CIDRs"
	case len(before) > 0 && before[0].Value == "external" && found == "[" && !inside:
		row.help = "write the address blocks in braces: `external office { 203.0.113.0/24 }`"
	case ports && !inside && found == "*" && (before[0].Value == "tier" || before[0].Value == "external"):
		row = instead{"", "any", "write any for every port"}
	case ports && !inside && found == "*":
		row.help = "write no ports for those that it listens on, or any for every port"
	case !ports && !inside && found == "[" && len(before) > 1 && isParty(&before[len(before)-1]) && slices.ContainsFunc(before, func(tok lexer.Token) bool { return isArrow(&tok) }):
		row.help = portHelp(p.tokenAt(len(before) + 1))
	case len(before) > 0 && strings.HasPrefix(found, "*/") && endOf(&before[len(before)-1]) == at.Start, (len(before) == 1 || len(before) == 2) && before[0].Value == "namespace" && strings.HasPrefix(found, "*"):
		row.help = "name each namespace; for namespaces with a label write `environment NAME by KEY`"
	case !inside && found == "[" && p.tokenAt(len(before)+1).Type == address:
		row.help = "write an IPv6 block without brackets: `" + short(p.tokenAt(len(before)+1).Value) + "/128 :80`"
	case ports && !inside && found == "[":
		row.help = "write ports without brackets: `:80, 443`"
	case !inside && len(before) > 0 && strings.ContainsAny(found, "&|") && !strings.Contains(found, ">"):
		row.help = "separate endpoints with commas: `web -> api, db`"
	case ports && !inside && found == "+" && strings.Contains(before[len(before)-1].Value, "/"):
		row.help = "write the number with each protocol: `:80/tcp, 80/udp`"
	case ports && !inside && strings.Trim(found, "<>+=") == "":
		row.help = "write a range: `:1024-65535`"
	case len(before) > 0 && before[0].Value == "tier" && found == "[" && !inside:
		row.help = bracesHelp
	case len(before) == 1 && before[0].Value == "import" && strings.ContainsAny(found, "'`“”<"):
		row.help = `write the path in double quotes: import "shared/network.zt"`
	case len(before) == 0 && found == "-":
		row.help = "write each connection as an edge, on a line of its own: `web -> api :80`"
	default:
		return badCharacter(at)
	}
	return row.add(diag.New(diag.BadCharacter, at, "unexpected %q", short(found)), at)
}

const bracesHelp = "write labels in braces, and several values in parentheses: `{ app in (a, b) }`"

// badCharacter reports what the language does not have.
func badCharacter(at source.Span) diag.Diagnostic {
	found := at.Text()
	first, _ := utf8.DecodeRuneInString(found)
	switch {
	case !utf8.ValidString(found):
		return diag.New(diag.BadCharacter, at, "the text is not UTF-8").WithHelp("save the file as UTF-8")
	case strings.ContainsRune(found, 0):
		return diag.New(diag.BadCharacter, at, "the text has a NUL byte").WithHelp("save the file as UTF-8 text")
	case first == '\r':
		return diag.New(diag.BadCharacter, at, "carriage return without a line feed").WithHelp("end lines with a line feed")
	case strings.HasPrefix(found, "//"), strings.HasPrefix(found, "/*"):
		at.End = at.Start + len("//") // not all that the comment says
		found = at.Text()
	case strings.Contains(found, "{{"):
		return diag.New(diag.BadCharacter, at, "unexpected %q", short(found)).
			WithHelp("zt has no templates: render the text first, or use `environment dev, prod { ... }`")
	case len(found) > maxWord:
		return diag.New(diag.TooMuch, at, "this word has %d bytes; the limit is %d", len(found), maxWord).
			WithHelp("check that this file is a zt program")
	}
	d := diag.New(diag.BadCharacter, at, "unexpected %q", short(found))
	for _, row := range characters {
		for _, w := range strings.Fields(row.words) {
			if strings.HasPrefix(found, w) {
				if found != w {
					row.write = ""
				}
				return row.add(d, at)
			}
		}
	}
	switch {
	case unicode.IsSpace(first) || unicode.Is(unicode.Cf, first):
		return d.WithHelp("it looks like a space or is invisible; write a plain space")
	case unicode.IsLetter(first):
		return d.WithHelp("names use a-z, 0-9 and '-'; other letters are allowed in comments")
	}
	return d
}
