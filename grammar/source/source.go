// Package source holds files and ranges in them.
//
// Everything inside zt speaks of byte offsets; lines and columns are computed
// only where a position is shown to somebody.
package source

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// File is one file's text under the name that diagnostics show.
type File struct {
	Name string
	Text string

	skipped int // lines of the file that stand before the text

	lines []int // byte offset of each line's first byte, computed on first use
	last  place // the last position that was asked for
}

// place is a position that has been computed. Positions are mostly asked for
// in order, and the columns of a very long line would each be counted from its beginning.
type place struct{ offset, line, column int }

// NewFile returns a file of that name and text.
func NewFile(name, text string) *File { return &File{Name: name, Text: text} }

// NewExcerpt returns one line of a file that is too large to be held, as what is shown of
// it: the line has the number that it has in the whole file, counted from 1.
func NewExcerpt(name, line string, number int) *File {
	return &File{Name: name, Text: line, skipped: number - 1}
}

// Span is the half-open byte range [Start, End) of a file. The zero Span
// belongs to no file and stands for "nowhere in a source".
type Span struct {
	File       *File
	Start, End int
}

// IsZero reports whether the span lies in no file.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the bytes that the span covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[s.Start:s.End]
}

// To returns the span from the start of s to the end of t; both must lie in one file.
func (s Span) To(t Span) Span { return Span{s.File, s.Start, t.End} }

// Position is a place in a file for people and for JSON: Line and Column count
// from 1, Column in Unicode code points.
type Position struct{ Line, Column int }

// Begin returns the position of the span's first byte.
func (s Span) Begin() Position { return s.File.Position(s.Start) }

// Finish returns the position just behind the span's last byte.
func (s Span) Finish() Position { return s.File.Position(s.End) }

// Position returns the line and column of a byte offset; offsets beyond the
// text mean its end. It is not for concurrent use.
func (f *File) Position(offset int) Position {
	f.index()
	offset = max(0, min(offset, len(f.Text)))
	line := sort.SearchInts(f.lines, offset+1) - 1
	from := place{f.lines[line], line, 1}
	if line == 0 && strings.HasPrefix(f.Text, byteOrderMark) {
		from.column-- // it is no character of the text
	}
	if f.last.column > 0 && f.last.line == line && f.last.offset <= offset {
		from = f.last
	}
	f.last = place{offset, line, from.column + utf8.RuneCountInString(f.Text[from.offset:offset])}
	return Position{f.skipped + line + 1, max(1, f.last.column)}
}

// byteOrderMark may stand before a file's text.
const byteOrderMark = "\ufeff"

// Line returns the text of a line, counted from 1, without its line end, and
// the byte offset at which it begins.
func (f *File) Line(n int) (text string, start int) {
	f.index()
	n -= f.skipped
	start = f.lines[n-1]
	end := len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	if end > start && f.Text[end-1] == '\r' {
		end--
	}
	return f.Text[start:end], start
}

// Lines returns how many lines the file has, up to the end of the text; a file always has one.
func (f *File) Lines() int {
	f.index()
	return f.skipped + len(f.lines)
}

func (f *File) index() {
	if f.lines != nil {
		return
	}
	f.lines = []int{0}
	for i := 0; i < len(f.Text); i++ {
		if f.Text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
}
