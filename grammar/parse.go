// Package grammar reads .zt text.
//
// Parse always gives a tree and every error. The grammar of each kind of statement is in the struct
// tags of its production, and participle reads the statement by them; a few productions that occur on
// most lines are participle.Parseable instead. Statements are read one by one from a table: the parser
// cuts the tokens of a statement out of the file, gives them to participle and converts what it
// captured to nodes of the syntax tree. If a statement is wrong, the parser reports one mistake and goes
// on after the statement.
package grammar

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
	"github.com/zt-lang/zt/grammar/spell"
)

// Parse reads a file. The tree has every statement that could be read;
// the diagnostics say what is wrong with the others.
func Parse(file *source.File) (*ast.File, diag.List) {
	if len(file.Text) > MaxSize {
		return TooLarge(file)
	}
	s := newScanner(file)
	p := &parser{file: file, scanner: s, lex: reader{scanner: s}, window: newWindow(16)}
	tree := &ast.File{Source: file, Statements: p.statements(atTop)}
	if s.tooMuch {
		return TooLarge(file)
	}
	tree.Comments, tree.Tokens = s.comments, s.read
	tree.Lost, tree.MissingImport = p.lost, p.missingImport
	diags := s.mistakes.all()
	tree.Broken = slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return strings.HasPrefix(string(d.Code), "ZT1") })
	if !tree.Broken {
		return tree, diags
	}
	if len(tree.Statements) == 0 {
		if kind, at := foreignFile(file); kind != "" {
			return tree, diag.List{diag.New(diag.Unexpected, at, "this file is %s, not a zt program", kind).
				WithHelp("write tiers and edges: `tier web, api by app :80`, `web -> api`")}
		}
	}
	if at := pasted(file.Text); at != nil {
		return tree, diag.List{diag.New(diag.Unexpected, source.Span{File: file, Start: at[2], End: at[3]}, "a manifest in a zt program").
			WithHelp("move it to a file of its own; `zt import` turns NetworkPolicies into a program")}
	}
	return tree, diags
}

// parser reads the statements of a file.
type parser struct {
	file    *source.File
	scanner *scanner
	lex     reader
	window  window

	last     int          // where the last consumed token ends
	line     int          // its line; line ends do not count
	comment  int          // the first comment after all statements so far
	below    *lexer.Token // the '{' that is on the line below its statement's
	in       place        // where the statement is
	failed   bool         // the statement is wrong, which has been reported
	question bool         // the text is a question and not a file
	quiet    bool         // the statement has a guessed keyword, so its mistakes may follow from the guess
	open     int          // how many braces of the file are not closed, once they are counted
	counted  bool

	lost          map[string]bool // the names that statements in error would have declared
	missingImport bool            // an import names no file
}

// statements reads up to the '}' that closes the block, which is left, or to
// the end of the file.
func (p *parser) statements(in place) []ast.Statement {
	var list []ast.Statement
	for {
		switch tok := p.lex.Peek(); {
		case tok.EOF():
			return list
		case tok.Type == newline || isMark(tok, ";"):
			p.next()
		case isMark(tok, "}"):
			if in != atTop {
				return list
			}
			p.report(diag.New(diag.Unexpected, p.spanOf(tok), "unmatched '}'").WithHelp("remove it, or add the '{' that it closes"))
			for isMark(p.lex.Peek(), "}") { // several are one mistake
				p.next()
			}
		case in != atTop && tok.Pos.Line != p.line && p.misplaced(tok, in) && p.unclosedBraces() > 0:
			return list // the block is closed nowhere, and was to be closed before this
		default:
			if s := p.statement(in); s != nil {
				list = append(list, s)
			}
		}
	}
}

// statement reads one statement with its block; nil where it is wrong or misplaced.
func (p *parser) statement(in place) ast.Statement {
	first := *p.lex.Peek()
	head := ast.Head{Doc: p.doc(&first)}
	kind, misspelt := p.kind()
	if misspelt {
		p.report(p.unexpected(&first, nil, "a statement", instead{write: kind.keyword}))
	}
	p.failed, p.quiet, p.in = false, misspelt, in
	s := p.read(kind, in, head)
	if s == nil {
		p.lose(first.Pos.Offset)
	}
	return s
}

// kind returns the kind of statement that the next token begins. If it is no keyword and no edge can
// begin so, that is the kind whose keyword was probably meant.
func (p *parser) kind() (kind *statement, misspelt bool) {
	tok := p.lex.Peek()
	if tok.Type != word {
		return byKeyword[""], false
	}
	if s := byKeyword[tok.Value]; s != nil {
		return s, false
	}
	next := p.lex.second()
	if isArrow(next) || isMark(next, ",") || isMark(next, "=") || next.Type == illegal || isExcept(next) || beginsSide(tok, next) || factOutside(tok, next) != "" || p.isGroup(tok, next) {
		return byKeyword[""], false
	}
	near := nearestKeyword(tok.Value)
	if isMark(next, "{") && spell.Nearest(tok.Value, keywords) == "" {
		near = "" // a keyword of another tool, but used otherwise
	}
	return byKeyword[near], near != ""
}

// isGroup reports whether two tokens begin a group of other tiers, which the language does not have:
// group NAME = a, b.
func (p *parser) isGroup(tok, next *lexer.Token) bool {
	rest, assigned := strings.CutPrefix(strings.TrimLeft(p.file.Text[endOf(next):], " \t"), "=")
	return insteadOf(beginnings, tok.Value) == groups && next.Type == word && assigned && !strings.HasPrefix(strings.TrimLeft(rest, " \t"), "{")
}

// misplaced reports whether a token begins a statement that is not allowed in a place.
func (p *parser) misplaced(tok *lexer.Token, in place) bool {
	s := byKeyword[tok.Value]
	return tok.Type == word && s != nil && s.places&in == 0
}

// read reads a statement of a kind.
func (p *parser) read(kind *statement, in place, head ast.Head) ast.Statement {
	first := p.lex.Peek()
	start := first.Pos.Offset
	switch {
	case kind.keyword == "" && !isParty(first):
		p.failWith(p.unexpected(first, nil, "a statement", instead{help: p.beginningHelp(first)}))
		p.skip()
		return nil
	case kind.places&in == 0:
		p.failWith(diag.New(diag.Misplaced, p.spanOf(first), "%s is not allowed here", kind.article).WithHelp("%s", kind.where))
		p.skip()
		return nil
	}
	p.collect(kind)
	n, read, err := p.parse(kind)
	statement := p.window.statement()
	wrong := err != nil || read < len(statement)
	if p.below != nil && (!wrong || p.tokenAt(read).Pos.Offset > p.below.Pos.Offset) {
		p.report(diag.New(diag.Unexpected, p.spanOf(p.below), "'{' must be on the line of its statement").
			WithHelp("move it to the end of the line above"))
	}
	if wrong && (err != nil || kind.braces == block) {
		p.mistake(kind, n, read)
	}
	if err != nil && kind.braces != block {
		p.resync()
		return nil
	}
	head.At = p.span(start, p.last)
	if read > 0 && kind.braces != block {
		head.At.End = endOf(&statement[read-1])
	}
	s := n.tree(p, head)
	if kind.braces == block {
		return p.withBlock(s, kind, wrong)
	}
	if wrong && !p.failed {
		p.mistake(kind, n, read)
	}
	if p.failed {
		p.resync()
		return nil
	}
	return s
}

// parse has participle read the statement in the window. It returns how many of its tokens are right.
func (p *parser) parse(kind *statement) (n production, read int, err error) {
	all := p.window.tokens
	if p.quiet {
		written := all[0].Value
		all[0].Value = kind.keyword
		defer func() { all[0].Value = written }()
	}
	lex := p.window.rewind(p.lex.Peek().Pos.Offset)
	n, err = kind.parse(lex)
	read = int(lex.RawCursor())
	if err != nil {
		at := err.(participle.Error).Position().Offset
		read = slices.IndexFunc(all, func(tok lexer.Token) bool { return tok.Pos.Offset >= at })
	}
	return n, read, err
}

// withBlock reads the block of a statement, if it has one. If the part before the block is wrong, the
// statement is kept as long as its name is known and it has a block.
func (p *parser) withBlock(s ast.Statement, kind *statement, wrong bool) ast.Statement {
	var body *ast.Block
	if isMark(p.lex.Peek(), "{") {
		body = p.block(kind.inside)
	}
	end := p.last
	if body != nil {
		p.endOfLine()
	}
	if wrong && body == nil {
		return nil
	}
	switch s := s.(type) {
	case *ast.Namespace:
		s.Body = body
		s.At.End = end
	case *ast.Environment:
		s.Body = body
		s.At.End = end
	case nil: // its name is not known
	default:
		panic(fmt.Sprintf("unknown statement %T with a block", s))
	}
	return s
}

// endOfLine checks that nothing follows a block on its line.
func (p *parser) endOfLine() {
	tok := p.lex.Peek()
	if tok.EOF() || tok.Type == newline || isMark(tok, ";") || isMark(tok, "}") || tok.Pos.Line != p.line {
		return
	}
	p.report(p.unexpected(tok, nil, "the end of the line", instead{help: endHelp}))
	p.skip()
}

// block reads the statements between braces.
func (p *parser) block(in place) *ast.Block {
	open := *p.lex.Peek()
	p.next()
	b := &ast.Block{Statements: p.statements(in)}
	if isMark(p.lex.Peek(), "}") {
		p.next()
	} else {
		p.report(p.unclosed(&open))
	}
	b.At = p.span(open.Pos.Offset, p.last)
	return b
}

// failWith reports what makes the statement wrong, unless that may follow from a wrong guess or has been
// reported.
func (p *parser) failWith(d diag.Diagnostic) {
	if !p.failed && !p.quiet {
		p.report(d)
	}
	p.failed = true
}

func (p *parser) report(d diag.Diagnostic) {
	if !p.scanner.unclosed[d.Span.Start] { // that the string is not closed says it all
		p.scanner.mistakes.add(d)
	}
}

// lose notes the names that the statement from an offset on would have declared, and those of the
// statements inside it.
func (p *parser) lose(start int) {
	s := newScanner(p.file)
	s.pos, s.src = start, s.src[:p.lex.Peek().Pos.Offset]
	tok := s.token()
	first := tok
	p.missingImport = p.missingImport || first.Type == word && first.Value == "import"
	for !tok.EOF() {
		kind := byKeyword[tok.Value]
		if kind == nil && tok.Pos == first.Pos {
			kind = byKeyword[nearestKeyword(tok.Value)]
		}
		declares := tok.Type == word && kind != nil && kind.declares
		tok = s.token()
		for declares && (tok.Type == word || tok.Type == text || tok.Type == illegal) {
			if tok.Type != illegal { // otherwise a quote, perhaps
				p.loseName(strings.Trim(tok.Value, `"`))
			}
			quote := tok.Type == illegal
			tok = s.token()
			if declares = quote || isMark(&tok, ","); declares && !quote {
				tok = s.token()
			}
		}
	}
}

func (p *parser) loseName(name string) {
	if p.lost == nil {
		p.lost = map[string]bool{}
	}
	p.lost[name] = true
}

// doc returns the comment lines directly above a statement that begins with a token.
func (p *parser) doc(first *lexer.Token) []ast.Comment {
	all, places := p.scanner.comments, p.scanner.places
	for p.comment < len(all) && all[p.comment].At.Start < first.Pos.Offset {
		p.comment++
	}
	if p.line == first.Pos.Line {
		return nil // what is above belongs to the statement before it
	}
	from, line := p.comment, first.Pos.Line
	for from > 0 && places[from-1].alone && places[from-1].line == line-1 {
		from--
		line--
	}
	if from == p.comment {
		return nil
	}
	return all[from:p.comment:p.comment]
}
