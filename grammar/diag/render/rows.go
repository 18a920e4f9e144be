package render

import (
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// What is shown of a source. Of a span with more lines, the middle is left out.
const (
	maxLines = 5
	context  = 20 // most columns kept left of what is underlined, where a line is cut there
	minRoom  = 20 // columns for source text, however narrow the terminal
)

// row is a line of source as it is shown, with the columns [from, to) underlined.
type row struct {
	number   int
	text     string
	from, to int
	gap      bool // replaces lines that are left out
}

// rows returns the lines of a span, each cut to room columns. Of a long span they are the first
// two and the last.
func rows(s source.Span, room int) []row {
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
		if n > first { // indentation is not part of the problem
			from = min(to, len(text)-len(strings.TrimLeft(text, " \t")))
		}
		out = append(out, newRow(n, text, from, max(from, to), n == first, max(room, minRoom)))
	}
	return out
}

// lastLine returns the last line of which a span covers anything: one that ends just after a line
// end covers nothing of the next line.
func lastLine(s source.Span) int {
	begin, end := s.Begin(), s.Finish()
	if end.Line > begin.Line && end.Column == 1 {
		return end.Line - 1
	}
	return end.Line
}

// newRow returns the row that shows a line in at most room columns, with the bytes [from, to)
// underlined. If mark is set, an empty range is marked too, by one column.
func newRow(number int, line string, from, to int, mark bool, room int) row {
	// However long the line is, no more of it is read than can be shown.
	left := cells(lastRunes(line[:from], room+1))
	middle := cells(firstRunes(line[from:to], room+1))
	right := cells(firstRunes(line[to:], room+1))

	mark = mark && columns(middle) == 0
	total := columns(left) + columns(middle) + columns(right)
	if mark && columns(right) == 0 {
		total++ // the mark is after the text
	}
	before, after := "", ""
	if total > room {
		room -= 2 // for the signs of a cut
		left = cutLeft(left, max(min(context, room/3), room-columns(middle)-columns(right)), &before)
		middle = cutRight(middle, room-columns(left), &after)
		right = cutRight(right, room-columns(left)-columns(middle), &after)
	}
	r := row{number: number, from: columns(left)}
	if before != "" {
		r.from++
	}
	r.to = r.from + columns(middle)
	if mark {
		r.to++
	}
	r.text = before + joined(left) + joined(middle) + joined(right) + after
	return r
}

// cutLeft drops cells on the left until the rest fits, and sets the sign of a cut.
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

// cutRight drops cells on the right until the rest fits, and sets the sign of a cut.
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
