package grammar

import "github.com/alecthomas/participle/v2/lexer"

// collect moves the tokens of a statement from the file to the window. The statement ends at the end
// of its line, unless brackets are open; where a list goes on in the next line, but that line is plainly
// a statement of its own; or, if it has a block, before its '{'.
func (p *parser) collect(kind *statement) {
	p.window.n, p.below = 0, nil
	depth, lists := 0, 0 // open braces, and how many were opened outside of others
	parentheses, ports := false, false
	sources := kind.keyword == "" || kind.keyword == "deny" // no arrow yet
	for first := true; ; first = false {
		tok := p.lex.Peek()
		switch tok.Type {
		case end:
			return
		case newline:
			if depth == 0 && !(parentheses && p.goesOn()) {
				if lists > 0 || ports || !p.braceBelow(kind) {
					return
				}
				continue
			}
			if parentheses { // there it means nothing
				p.lex.skip()
				continue
			}
		case word, address:
			if first || tok.Pos.Line == p.line {
				break
			}
			if depth == 0 && (p.begins(tok, !sources) || !kind.declares && beginsSide(tok, p.lex.second())) || depth > 0 && lists == 1 && kind.braces != noBraces && p.newStatement(tok) {
				return
			}
		case mark:
			switch tok.Value {
			case "{":
				if kind.braces == block && !(depth == 0 && follows(p.window.statement()) && p.beginsSelector(tok)) {
					return
				}
				if depth++; depth == 1 {
					lists++
				}
			case "}":
				if depth == 0 {
					return
				}
				depth--
				parentheses = false
			case ";":
				if depth == 0 {
					return
				}
			case "(":
				parentheses = true
			case ")":
				parentheses = false
			case "->", "<->":
				sources = false
			case ":":
				ports = ports || depth == 0
			}
		}
		p.window.add(tok)
		p.next()
	}
}

// braceBelow reports whether the '{' of a statement is on the line below it. Then the line end is
// skipped.
func (p *parser) braceBelow(kind *statement) bool {
	if kind.braces == noBraces || !isMark(p.lex.second(), "{") {
		return false
	}
	p.lex.skip()
	brace := *p.lex.Peek()
	p.below = &brace
	return true
}

// begins reports whether a token, the first of its line, begins a statement although a list could go
// on with it: it is a keyword with something after it, or, if it is no source itself, an edge's source.
func (p *parser) begins(tok *lexer.Token, source bool) bool {
	next := p.lex.second()
	// After the keyword of a statement there is a word, a string or a brace. A port can have the name
	// dns, and after it the list goes on.
	argument := isParty(next) || next.Type == text || isMark(next, "{")
	return tok.Type == word && byKeyword[tok.Value] != nil && argument || source && isArrow(next)
}

// newStatement reports whether a word, the first of its line, begins a statement, which no item of a
// list looks like.
func (p *parser) newStatement(tok *lexer.Token) bool {
	next := p.lex.second()
	if next.Type == mark {
		return isArrow(next)
	}
	return tok.Type == word && next.Type == word && next.Value != "in" && next.Value != "notin" && byKeyword[tok.Value] != nil
}

// skip skips the rest of a statement: up to its line end, or the end of the braces that it opened.
func (p *parser) skip() {
	for depth := 0; ; {
		switch tok := p.lex.Peek(); {
		case tok.EOF():
			return
		case isMark(tok, "{"):
			depth++
		case isMark(tok, "}"):
			if depth == 0 {
				return
			}
			depth--
		case depth == 0 && (isMark(tok, ";") || tok.Type == newline && !p.goesOn()):
			return
		}
		p.next()
	}
}

// resync skips the lines after a wrong statement that belong to it.
func (p *parser) resync() {
	if p.lex.Peek().Type == newline && p.goesOn() {
		p.skip()
	}
}

// goesOn reports whether the line after the newline that is next begins with a mark. No statement
// does: it is a part of the one in error.
func (p *parser) goesOn() bool {
	tok := p.lex.second()
	return tok.Type == mark && tok.Value != "}" && tok.Value != ";"
}

// next consumes the next token.
func (p *parser) next() {
	if tok := p.lex.Peek(); tok.Type != newline {
		p.last, p.line = endOf(tok), tok.Pos.Line
	}
	p.lex.skip()
}

// unclosedBraces returns how many braces of the file are not closed, and not reported so far.
func (p *parser) unclosedBraces() int {
	if !p.counted {
		p.counted = true
		for s := newScanner(p.file); ; {
			tok := s.token()
			switch {
			case tok.EOF():
				return p.open
			case isMark(&tok, "{"):
				p.open++
			case isMark(&tok, "}"):
				p.open--
			}
		}
	}
	return p.open
}
