// Package grammar reads .zt text.
//
// Parse always gives a tree and every error. participle drives the scanner and
// the statements' productions; each statement is read on its own, and one that is
// wrong is reported once and skipped up to where the next can begin.
package grammar

import (
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Parse reads a file. The tree has every statement that could be read;
// the diagnostics say what is wrong with the others.
func Parse(file *source.File) (*ast.File, diag.List) {
	if len(file.Text) > MaxSize {
		return TooLarge(file)
	}
	s := newScanner(file)
	p := &parser{file: file, scanner: s, lex: readAll(s)}
	tree := &ast.File{Source: file}
	if s.tooMuch {
		return TooLarge(file)
	}
	lex, err := lexer.Upgrade(ended{})
	if err == nil {
		first := lex.Peek()
		parsers.Store(first, p)
		defer parsers.Delete(first)
		var root *program
		if root, err = built().ParseFromLexer(lex); err == nil {
			tree.Statements = root.Statements.list()
		}
	}
	if err != nil {
		panic(err) // neither the scanner nor the productions ever fail
	}
	tree.Comments, tree.Tokens = s.comments, s.read
	tree.Lost, tree.MissingImport = p.lost, p.missingImport
	diags := s.mistakes.all()
	tree.Broken = slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return strings.HasPrefix(string(d.Code), "ZT1") })
	return tree, diags
}

// built is the grammar, which takes participle longer to build than a small file to parse.
var built = sync.OnceValue(func() *participle.Parser[program] {
	return participle.MustBuild[program](participle.Lexer(language{}), participle.ParseTypeWith(parseProgram))
})

// parsers is who reads what, by the token that participle has of it: a production is given
// a lexer of its own, but over the same token.
var parsers sync.Map // from *lexer.Token to *parser

func parseProgram(lex *lexer.PeekingLexer) (statements, error) {
	p, _ := parsers.Load(lex.Peek())
	return p.(*parser).program(), nil
}

// program is the grammar's root, as participle sees it.
type program struct {
	Statements statements `parser:"@@"`
}

type statements interface{ list() []ast.Statement }

type statementList []ast.Statement

func (l statementList) list() []ast.Statement { return l }

// parser reads statements from the tokens.
type parser struct {
	file    *source.File
	scanner *scanner
	lex     *tokens

	last    int // where the last consumed token ends
	line    int // the line on which it stands, newlines left aside
	braces  int // open braces of the statement that is being read
	comment int // the first comment that stands behind all statements so far

	list  []ast.Port // the ports that are being read
	words []ast.Word // those that the tree points to, made many at a time

	lost          map[string]bool // the names that statements in error would have declared
	missingImport bool            // an import names no file
}

// program is the production of a whole file.
func (p *parser) program() statements { return statementList(p.statements(atTop)) }

// place is where a statement stands.
type place int

const (
	atTop place = iota
	inEnvironment
	inNamespace
)

// statements reads up to the '}' that closes the block, which is left, or to
// the end of the file.
func (p *parser) statements(in place) []ast.Statement {
	var list []ast.Statement
	for {
		switch tok := p.lex.Peek(); {
		case tok.EOF():
			return list
		case tok.Type == newline || p.is(";"):
			p.next()
		case p.is("}"):
			if in != atTop {
				return list
			}
			p.report(diag.New(diag.Unexpected, p.spanOf(tok), "this closes nothing").WithHelp("remove it, or open the block that it was to close"))
			p.next()
		case in != atTop && p.scanner.open > 0 && tok.Line() != p.line && misplaced(tok, in):
			return list // the block is closed nowhere, and was to be closed before this
		default:
			if s := p.statement(in); s != nil {
				list = append(list, s)
			}
		}
	}
}

// statement reads one statement with its end; nil where it is wrong or misplaced.
func (p *parser) statement(in place) (result ast.Statement) {
	p.braces = 0
	first := p.lex.Peek()
	start := p.lex.at
	head := ast.Head{Doc: p.doc(first)}
	keyword, misspelt := p.keyword()
	if misspelt {
		p.report(diag.New(diag.Unexpected, p.spanOf(first), "expected a statement, found %q", first.Value).WithHelp("did you mean %q?", keyword))
	}
	var read ast.Statement
	defer func() {
		if failure := recover(); failure != nil {
			f, ok := failure.(syntaxError)
			if !ok {
				panic(failure)
			}
			if !misspelt { // otherwise this may well follow from the wrong guess
				p.report(f.Diagnostic)
			}
			if !f.resynced {
				p.resync()
			}
			if result = keep(read); result == nil {
				p.lose(start)
			}
		}
	}()
	read = p.production(keyword, in, head)
	if read == nil {
		p.lose(start)
	} else {
		p.endOfStatement(read)
	}
	return read
}

// keep returns a statement that holds others, so that what is wrong behind it does not cost them.
func keep(s ast.Statement) ast.Statement {
	switch s.(type) {
	case *ast.Namespace, *ast.Environment:
		return s
	}
	return nil
}

// endOfStatement checks that nothing else stands on the line.
func (p *parser) endOfStatement(s ast.Statement) {
	tok := p.lex.Peek()
	if tok.EOF() || tok.Type == newline || p.is(";") || p.is("}") || tok.Line() != p.line {
		return
	}
	p.fail(p.unexpected("the end of the line", p.behind(s)))
}

// try reads the part of a statement in front of its block, and reports whether there is a
// mistake in it, which costs neither the block nor what is told of it.
func (p *parser) try(read func()) (failed bool) {
	defer func() {
		if failure := recover(); failure != nil {
			f, ok := failure.(syntaxError)
			if !ok {
				panic(failure)
			}
			p.report(f.Diagnostic)
			failed = true
		}
	}()
	read()
	return false
}

// syntaxError ends the reading of a statement.
type syntaxError struct {
	diag.Diagnostic
	resynced bool // the parser stands where the next statement begins
}

func (p *parser) fail(d diag.Diagnostic) { panic(syntaxError{Diagnostic: d}) }

func (p *parser) report(d diag.Diagnostic) {
	if !p.scanner.unclosed[d.Span.Start] { // that the string is not closed says it all
		p.scanner.mistakes.add(d)
	}
}

// resync skips the rest of a statement: up to its line end, or the end of the
// braces that it opened.
func (p *parser) resync() {
	depth, inList := p.braces, p.braces > 0
	for {
		tok := p.lex.Peek()
		switch {
		case tok.EOF() || inList && p.newStatement():
			return
		case p.is("{"):
			depth++
		case p.is("}"):
			if depth == 0 {
				return
			}
			depth--
		case depth == 0 && (p.is(";") || tok.Type == newline && !p.goesOn()):
			return
		}
		p.next()
	}
}

// goesOn reports whether the line behind the newline that is next begins with a mark. No statement
// does: it is a part of the one in error.
func (p *parser) goesOn() bool {
	tok := p.second()
	return tok.Type == mark && tok.Value != "}" && tok.Value != ";"
}

// lose notes the names that the statement read since a checkpoint would have declared,
// and those of the statements inside it.
func (p *parser) lose(start int) {
	stop := p.lex.at
	p.lex.at = start
	p.missingImport = p.missingImport || p.isWord("import")
	first := true
	for p.lex.at < stop {
		tok := p.lex.Next()
		declares := tok.Type == word && slices.Contains(declaring, tok.Value)
		if first && !declares && tok.Type == word {
			declares = slices.Contains(declaring, nearestKeyword(tok.Value))
		}
		for first = false; declares; {
			switch name := p.lex.Peek(); name.Type {
			case illegal: // a quote, perhaps
				p.lex.Next()
			case word, text:
				p.loseName(strings.Trim(p.lex.Next().Value, `"`))
				declares = p.is(",")
				if declares {
					p.lex.Next()
				}
			default:
				declares = false
			}
		}
	}
	p.lex.at = stop
}

func (p *parser) loseName(name string) {
	if p.lost == nil {
		p.lost = map[string]bool{}
	}
	p.lost[name] = true
}

// doc returns the comment lines directly above a statement that begins with a token.
func (p *parser) doc(first *token) []ast.Comment {
	all, places := p.scanner.comments, p.scanner.places
	for p.comment < len(all) && all[p.comment].At.Start < first.at {
		p.comment++
	}
	if p.line == first.Line() {
		return nil // what is above belongs to the statement before it
	}
	from, line := p.comment, first.Line()
	for from > 0 && places[from-1].alone && places[from-1].line == line-1 {
		from--
		line--
	}
	if from == p.comment {
		return nil
	}
	return all[from:p.comment:p.comment]
}

// Tokens.

func (p *parser) next() *token {
	tok := p.lex.Next()
	if tok.Type != newline {
		p.last, p.line = tok.at+len(tok.Value), tok.Line()
	}
	return tok
}

// is reports whether the next token is a mark.
func (p *parser) is(m string) bool {
	tok := p.lex.Peek()
	return tok.Type == mark && tok.Value == m
}

// isWord reports whether the next token is this word.
func (p *parser) isWord(w string) bool {
	tok := p.lex.Peek()
	return tok.Type == word && tok.Value == w
}

// accept consumes a mark if it is next.
func (p *parser) accept(m string) bool {
	if !p.is(m) {
		return false
	}
	p.next()
	return true
}

// expect consumes a mark, or fails with what should have stood there.
func (p *parser) expect(m, what, help string) *token {
	if !p.is(m) {
		p.fail(p.unexpected(what, help))
	}
	return p.next()
}

// expectWord consumes a word, or fails.
func (p *parser) expectWord(what, help string) ast.Word {
	switch p.lex.Peek().Type {
	case word:
		return p.wordOf(p.next())
	case text:
		help = noQuotes
	}
	p.fail(p.unexpected(what, help))
	panic("unreachable")
}

// second returns the token behind the next one.
func (p *parser) second() token {
	at := p.lex.at
	p.lex.Next()
	tok := *p.lex.Peek()
	p.lex.at = at
	return tok
}

// skipNewlines skips the newlines that separate items of a list.
func (p *parser) skipNewlines() {
	for p.lex.Peek().Type == newline {
		p.next()
	}
}

// Spans.

func (p *parser) span(start, end int) source.Span {
	return source.Span{File: p.file, Start: start, End: end}
}

func (p *parser) spanOf(tok *token) source.Span {
	return p.span(tok.at, tok.at+len(tok.Value))
}

// from returns the range from an offset to the last consumed token.
func (p *parser) from(start int) ast.Range { return ast.Range{At: p.span(start, p.last)} }

func (p *parser) wordOf(tok *token) ast.Word {
	return ast.Word{Range: ast.Range{At: p.spanOf(tok)}, Text: tok.Value}
}

// keep returns a word that stays where it is, for the tree to point to.
func (p *parser) keep(w ast.Word) *ast.Word {
	if len(p.words) == cap(p.words) {
		p.words = make([]ast.Word, 0, min(max(8, 2*cap(p.words)), 256))
	}
	p.words = append(p.words, w)
	return &p.words[len(p.words)-1]
}

// part returns a part of a word as a word.
func (p *parser) part(w ast.Word, from, to int) ast.Word {
	at := w.At
	return ast.Word{Range: ast.Range{At: p.span(at.Start+from, at.Start+to)}, Text: w.Text[from:to]}
}
