package format

import (
	"bytes"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

const (
	blockIndent    = 2 // of what stands between braces
	continueIndent = 4 // of the further lines of a statement, which so cannot be taken for a block
)

// printer turns a tree into lines. It writes the words of the tree, and looks
// at the source between them for line breaks and comments: a comment is
// written just before the first word behind it, so that none can be lost or
// pass a word.
type printer struct {
	text     string
	comments []ast.Comment // those still to be written
	at       int           // up to here the source is written
	indent   int
	lines    []line
}

// statement writes one statement or list item, which the source has at span.
// Where it takes several lines, it takes no part in the alignment of its
// neighbours.
func (p *printer) statement(k kind, span source.Span, write func()) {
	p.lead(span.Start)
	p.blank(p.breaks(span.Start))
	begin := len(p.lines)
	p.startLine(k, p.indent)
	write()
	p.at = span.End
	if first := &p.lines[begin]; len(p.lines) > begin+1 && first.kind == k {
		first.kind = part
		first.cells = [][]byte{bytes.Join(first.cells, []byte(" "))}
	}
}

// documentation writes the comments before a statement. Those of its
// documentation stand directly above it, and no other comment may come to
// stand there: the ones that follow a semicolon on their line would, which
// belong to nothing.
func (p *printer) documentation(s ast.Statement) {
	first, start := s.Span().Start, s.Span().Start
	if docs := s.Docs(); len(docs) > 0 {
		first = docs[0].At.Start
	}
	p.lead(first)
	breaks := p.breaks(first)
	if len(p.lines) > 0 && p.last().cells == nil {
		breaks = 2
	}
	p.blank(breaks)
	for p.commentBefore(start) {
		p.comment(p.indent)
	}
	p.at = start
}

// startLine begins a line with one empty cell.
func (p *printer) startLine(k kind, indent int) {
	p.lines = append(p.lines, line{kind: k, indent: indent, cells: make([][]byte, 1)})
}

// write adds text to the last cell.
func (p *printer) write(text string) {
	l := p.last()
	i := len(l.cells) - 1
	l.cells[i] = append(l.cells[i], text...)
}

// word writes a word as it stands in the source.
func (p *printer) word(w ast.Word) {
	p.write(w.At.Text())
	p.at = w.At.End
}

// cell ends a column and begins the next, on lines that have columns.
func (p *printer) cell() {
	if l := p.last(); l.kind.columns() {
		l.cells = append(l.cells, nil)
	} else {
		p.write(" ")
	}
}

// open writes a brace behind which lines are indented.
func (p *printer) open() {
	p.write("{")
	p.last().kind = alone
	p.last().opens = true
	p.indent += blockIndent
}

// close writes the comments that stand before the brace at an offset, and
// that brace on a line of its own.
func (p *printer) close(offset int) {
	p.lead(offset)
	p.indent -= blockIndent
	p.startLine(alone, p.indent)
	p.write("}")
	p.at = offset + 1
}

// space stands between two words of a statement where a line may end: it
// writes text, or the line break that the source has before the offset next,
// with its comments.
func (p *printer) space(text string, next, indent int) {
	if p.breaks(next) == 0 {
		p.write(text)
		return
	}
	for p.commentBefore(next) {
		p.comment(p.indent + continueIndent)
	}
	p.startLine(part, indent)
}

// comma separates two items of a list that stands on one line, or goes on
// where its author broke it.
func (p *printer) comma(next int) {
	p.write(",")
	p.space(" ", next, p.indent+continueIndent)
}

// lead writes the comments before an offset at which a statement or a list
// item begins or their block ends, with the blank lines between them.
func (p *printer) lead(next int) {
	for p.commentBefore(next) {
		p.blank(p.breaks(p.comments[0].At.Start))
		p.comment(p.indent)
	}
}

func (p *printer) commentBefore(offset int) bool {
	return len(p.comments) > 0 && p.comments[0].At.Start < offset
}

// comment writes the next comment: at the end of the last line where the
// source has it there, else on a line of its own.
func (p *printer) comment(indent int) {
	at := p.comments[0].At
	text := commentText(p.comments[0])
	if trails := len(p.lines) > 0 && p.breaks(at.Start) == 0; trails {
		p.last().comment = text
	} else {
		p.lines = append(p.lines, line{indent: indent, comment: text})
	}
	p.at = at.End
	p.comments = p.comments[1:]
}

// blank writes a blank line where the source has that many line breaks, but
// none at the beginning of a file or a block.
func (p *printer) blank(breaks int) {
	if breaks > 1 && len(p.lines) > 0 && !p.last().opens {
		p.lines = append(p.lines, line{})
	}
}

// breaks counts the line breaks of the source between what is written and an offset.
func (p *printer) breaks(next int) int {
	return strings.Count(p.text[min(p.at, next):next], "\n")
}

// last is the line that is being written.
func (p *printer) last() *line { return &p.lines[len(p.lines)-1] }

// commentText is a comment as it is written, without the blanks that end its line.
func commentText(c ast.Comment) string { return strings.TrimRight(c.At.Text(), " \t\r") }
