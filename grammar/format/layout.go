package format

import (
	"bytes"
	"unicode/utf8"
)

// Wider cells and lines are not aligned, and do not move their neighbours.
const (
	widestCell      = 40
	widestCommented = 72 // a line without its comment
)

// kind is what a line has in it. Only neighbours of the same kind are aligned.
type kind int

const (
	alone kind = iota // never aligned: a blank line, a comment, an opening or closing brace
	part              // one of several lines of a statement
	other
	edge // this kind and those below have columns
	deny
	tier
	external
	network
)

func (k kind) columns() bool { return k >= edge }

// line is one line of the output before alignment.
type line struct {
	kind    kind
	opens   bool // ends with an opening brace; no blank line may follow
	indent  int
	cells   [][]byte
	comment string
}

// layout aligns the lines and joins them.
func layout(lines []line) []byte {
	var out bytes.Buffer
	for len(lines) > 0 {
		n := run(lines)
		writeRun(&out, lines[:n])
		lines = lines[n:]
	}
	return out.Bytes()
}

// run returns how many of the first lines are aligned with each other.
func run(lines []line) int {
	n := 1
	for n < len(lines) && lines[0].kind != alone &&
		lines[n].kind == lines[0].kind && lines[n].indent == lines[0].indent {
		n++
	}
	return n
}

func writeRun(out *bytes.Buffer, lines []line) {
	columns := columnWidths(lines)
	texts := make([][]byte, len(lines))
	comments := 0 // the column of the comments
	for i, l := range lines {
		texts[i] = alignCells(l, columns)
		if w := utf8.RuneCount(texts[i]); l.comment != "" && w > 0 && w <= widestCommented {
			comments = max(comments, w+2)
		}
	}
	for i, l := range lines {
		out.Write(texts[i])
		if l.comment != "" {
			if w := utf8.RuneCount(texts[i]); w > 0 {
				pad(out, max(2, comments-w))
			} else {
				pad(out, l.indent)
			}
			out.WriteString(l.comment)
		}
		out.WriteByte('\n')
	}
}

// columnWidths returns the width of each column of a run. It includes the last cell of each line.
func columnWidths(lines []line) []int {
	var columns []int
	for _, l := range lines {
		for i, c := range l.cells {
			w := utf8.RuneCount(c)
			if w > widestCell {
				break
			}
			if i == len(columns) {
				columns = append(columns, 0)
			}
			columns[i] = max(columns[i], w)
		}
	}
	return columns
}

// alignCells joins the cells of a line and pads each to its column. After a cell that is too wide,
// the rest of the line is not aligned.
func alignCells(l line, columns []int) []byte {
	if len(l.cells) == 0 {
		return nil
	}
	var out bytes.Buffer
	pad(&out, l.indent)
	aligned := true
	for i, c := range l.cells {
		out.Write(c)
		if i == len(l.cells)-1 {
			break
		}
		w := utf8.RuneCount(c)
		if aligned = aligned && w <= widestCell; aligned {
			pad(&out, columns[i]-w)
		}
		out.WriteByte(' ')
	}
	return out.Bytes()
}

func pad(out *bytes.Buffer, n int) {
	for range n {
		out.WriteByte(' ')
	}
}
