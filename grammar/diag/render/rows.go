package render

import (
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// What is shown of a source, in columns and lines: more of a line than fits
// most windows, or of a span than can be seen at once, is left out.
const (
	maxColumns = 100
	maxLines   = 5
	context    = 20 // columns kept on the left of what is underlined, where a line is cut there
)

// row is a line of source as it is shown, with the columns [from, to) underlined.
type row struct {
	number   int
	text     string
	from, to int
	gap      bool // stands for lines that are left out
}

// rows returns the lines of a span. Of a long one they are the first and
// the last.
func rows(s source.Span) []row {
	first, last := s.Begin().Line, lastLine(s)
	var out []row
	for n := first; n <= last; n++ {
		if last-first >= maxLines && n == first+2 {
			out = append(out, row{gap: true})
			n = last
		}
		text, start := s.File.Line(n)
		from, to := 0, len(text)
		if n == first {
			from = min(s.Start-start, len(text))
		}
		if n == s.Finish().Line {
			to = min(s.End-start, len(text))
		}
		if n > first { // indentation is nobody's mistake
			from = min(to, len(text)-len(strings.TrimLeft(text, " \t")))
		}
		out = append(out, newRow(n, text, from, max(from, to), n == first))
	}
	return out
}

// lastLine returns the last line of which a span covers anything: one that
// ends right behind a line end covers nothing of the next.
func lastLine(s source.Span) int {
	begin, end := s.Begin(), s.Finish()
	if end.Line > begin.Line && end.Column == 1 {
		return end.Line - 1
	}
	return end.Line
}

// newRow returns the row that shows a line with the bytes [from, to) underlined;
// of an empty range, where there must be a mark, the column where it lies.
func newRow(number int, line string, from, to int, mark bool) row {
	// However long the line is, no more of it is looked at than can be shown.
	left := cells(lastRunes(line[:from], maxColumns+1))
	middle := cells(firstRunes(line[from:to], maxColumns+1))
	right := cells(firstRunes(line[to:], maxColumns+1))

	before, after := "", ""
	if total := columns(left) + columns(middle) + columns(right); total > maxColumns {
		left = cutLeft(left, max(context, maxColumns-columns(middle)-columns(right)), &before)
		middle = cutRight(middle, maxColumns-columns(left), &after)
		right = cutRight(right, maxColumns-columns(left)-columns(middle), &after)
	}
	r := row{number: number, from: columns(left)}
	if before != "" {
		r.from++
	}
	r.to = r.from + columns(middle)
	if r.to == r.from && mark {
		r.to++
	}
	r.text = before + joined(left) + joined(middle) + joined(right) + after
	return r
}

// cutLeft drops cells on the left until the rest fits, and says so.
func cutLeft(cells []cell, room int, sign *string) []cell {
	n := len(cells)
	for n > 0 && room >= cells[n-1].columns {
		n--
		room -= cells[n].columns
	}
	if n > 0 {
		*sign = "…"
	}
	return cells[n:]
}

// cutRight drops cells on the right until the rest fits, and says so.
func cutRight(cells []cell, room int, sign *string) []cell {
	n := 0
	for n < len(cells) && room >= cells[n].columns {
		room -= cells[n].columns
		n++
	}
	if n < len(cells) {
		*sign = "…"
	}
	return cells[:n]
}
