package format

import (
	"bytes"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

const (
	blockIndent    = 2 // of the lines between braces
	continueIndent = 4 // of the further lines of a statement, to tell them from a block
)

// printer turns a tree into lines. It writes the words of the tree. If a node was parsed, the
// printer looks at the source around it for line breaks and comments, and writes each comment just
// before the next word, so that comments keep their order and none is lost. A node that was built
// has a zero span: there are no line breaks or comments before it, except those its Head asks for.
type printer struct {
	source   *source.File  // nil if the whole tree was built
	comments []ast.Comment // of the source, those not yet written
	at       int           // the offset in the source up to which everything is written
	indent   int
	lines    []line
	written  []ast.Comment
}

func (p *printer) file(f *ast.File) {
	p.source = f.Source
	for _, c := range f.Comments {
		if p.has(c.At) {
			p.comments = append(p.comments, c)
		} else {
			p.ownLine(c, 0)
		}
	}
	p.statements(f.Statements)
	p.lead(len(p.text()))
}

// has reports whether a span is in the source. The span of a built node is not, nor is one of
// another file.
func (p *printer) has(span source.Span) bool { return p.source != nil && span.File == p.source }

// start returns the offset at which a span begins; 0 if it is not in the source.
func (p *printer) start(span source.Span) int {
	if !p.has(span) {
		return 0
	}
	return span.Start
}

func (p *printer) text() string {
	if p.source == nil {
		return ""
	}
	return p.source.Text
}

// done notes that the source is written up to the end of a span.
func (p *printer) done(span source.Span) {
	if p.has(span) {
		p.at = max(p.at, span.End)
	}
}

// statement writes one statement or list item, which the source has at span. If it takes several
// lines, it is not aligned with its neighbours.
func (p *printer) statement(k kind, span source.Span, write func()) {
	p.lead(p.start(span))
	p.blank(p.breaks(p.start(span)))
	begin := len(p.lines)
	p.startLine(k, p.indent)
	write()
	p.done(span)
	if first := &p.lines[begin]; len(p.lines) > begin+1 && first.kind == k {
		first.kind = part
		first.cells = [][]byte{bytes.Join(first.cells, []byte(" "))}
	}
}

// documentation writes the comments before a statement. Its own comments are directly above it. A
// blank line keeps other comments apart from them, such as a comment after a ';'.
func (p *printer) documentation(s ast.Statement) {
	head := s.Common()
	if !p.has(head.At) {
		p.lead(p.lineEnd()) // the comment at the end of the line belongs to the statement before
	}
	start := p.start(head.At)
	first := start
	if len(head.Doc) > 0 && p.has(head.Doc[0].At) {
		first = head.Doc[0].At.Start
	}
	p.lead(first)
	breaks := p.breaks(first)
	if head.Blank || len(p.lines) > 0 && p.last().cells == nil {
		breaks = 2
	}
	p.blank(breaks)
	for p.commentBefore(start) {
		p.comment(p.indent)
	}
	for _, c := range head.Doc {
		if !p.has(c.At) {
			p.ownLine(c, p.indent)
		}
	}
	p.at = max(p.at, start)
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

func (p *printer) word(w ast.Word) {
	p.write(w.Text)
	p.done(w.At)
}

// cell ends a column and begins the next, on lines that have columns.
func (p *printer) cell() {
	if l := p.last(); l.kind.columns() {
		l.cells = append(l.cells, nil)
	} else {
		p.write(" ")
	}
}

// open writes a brace and indents the lines after it.
func (p *printer) open() {
	p.write("{")
	p.last().kind = alone
	p.last().opens = true
	p.indent += blockIndent
}

// close writes the comments before the closing brace at an offset, and the brace on its own line.
func (p *printer) close(offset int) {
	p.lead(offset)
	p.indent -= blockIndent
	p.startLine(alone, p.indent)
	p.write("}")
}

// space separates two words of a statement where a line may end. It writes text, or the line break
// and comments that the source has before the offset next.
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

// comma separates two items of a list. A line that ends in the source after the comma ends here too.
func (p *printer) comma(next source.Span) {
	p.write(",")
	p.space(" ", p.start(next), p.indent+continueIndent)
}

// lead writes the comments before the offset at which a statement, an item or a closing brace is,
// with the blank lines between them.
func (p *printer) lead(next int) {
	for p.commentBefore(next) {
		p.blank(p.breaks(p.comments[0].At.Start))
		p.comment(p.indent)
	}
}

func (p *printer) commentBefore(offset int) bool {
	return len(p.comments) > 0 && p.comments[0].At.Start < offset
}

// comment writes the next comment of the source, at the end of the last line if it is there in the
// source, else on its own line.
func (p *printer) comment(indent int) {
	c := p.comments[0]
	if p.breaks(c.At.Start) == 0 {
		p.trail(c, indent)
	} else {
		p.ownLine(c, indent)
	}
	p.done(c.At)
	p.comments = p.comments[1:]
}

// trail writes a comment at the end of the last line, or on its own line if there is none or it has
// a comment.
func (p *printer) trail(c ast.Comment, indent int) {
	if len(p.lines) == 0 || p.last().comment != "" {
		p.ownLine(c, indent)
		return
	}
	p.last().comment = commentText(c)
	p.written = append(p.written, c)
}

func (p *printer) ownLine(c ast.Comment, indent int) {
	p.lines = append(p.lines, line{indent: indent, comment: commentText(c)})
	p.written = append(p.written, c)
}

// blank writes a blank line if there is more than one line break, but not at the beginning of a
// file or block.
func (p *printer) blank(breaks int) {
	if breaks > 1 && len(p.lines) > 0 && !p.last().opens {
		p.lines = append(p.lines, line{})
	}
}

// breaks counts the line breaks of the source that are not written, up to an offset.
func (p *printer) breaks(next int) int {
	if next <= p.at {
		return 0
	}
	return strings.Count(p.text()[p.at:next], "\n")
}

// lineEnd returns the offset at which the current line of the source ends.
func (p *printer) lineEnd() int {
	if i := strings.IndexByte(p.text()[p.at:], '\n'); i >= 0 {
		return p.at + i
	}
	return len(p.text())
}

// last is the line that is being written.
func (p *printer) last() *line { return &p.lines[len(p.lines)-1] }

// commentText returns a comment as it is written, without blanks at the end of its line.
func commentText(c ast.Comment) string { return strings.TrimRight(c.At.Text(), " \t\r") }
