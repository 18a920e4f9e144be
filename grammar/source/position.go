package source

import (
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Position is a place in a file for people and JSON: Line and Column count from 1, Column in
// Unicode code points.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Range is a span as JSON has it.
type Range struct {
	File  string   `json:"file"`
	Start Position `json:"start"`
	End   Position `json:"end"` // exclusive
}

// EditorPosition is a place in a file as the Language Server Protocol counts it: Line and
// Character count from 0, Character in UTF-16 code units.
type EditorPosition struct{ Line, Character int }

// mark is a place in a text: how many lines are before it, and how much of its own line.
type mark struct{ offset, line, runes, units int }

// stride is the most bytes between two marks. Each line starts with a mark, and a long line has
// more of them, so that no column is counted over more than a stride.
const stride = 256

// byteOrderMark may precede a file's text. It counts in no column.
const byteOrderMark = '\ufeff'

// newMarks returns the marks of a text, in order.
func newMarks(text string) []mark {
	marks := make([]mark, 1, 1+strings.Count(text, "\n"))
	for at := marks[0]; at.offset < len(text); {
		r, size := utf8.DecodeRuneInString(text[at.offset:])
		first := at.offset == 0
		at.offset += size
		switch {
		case r == '\n':
			at = mark{offset: at.offset, line: at.line + 1}
		case !first || r != byteOrderMark:
			at.runes++
			at.units += utf16.RuneLen(r)
		}
		if at.runes == 0 || at.offset-marks[len(marks)-1].offset >= stride {
			marks = append(marks, at)
		}
	}
	return marks
}

// index returns the marks of the file's text.
func (f *File) index() []mark {
	f.once.Do(func() { f.marks = newMarks(f.Text) })
	return f.marks
}

// locate returns how much of the text is before a byte offset. An offset past the text is its end, and one
// inside a code point is the code point's start.
func (f *File) locate(offset int) mark {
	offset = max(0, min(offset, len(f.Text)))
	marks := f.index()
	at := marks[sort.Search(len(marks), func(i int) bool { return marks[i].offset > offset })-1]
	for next := at.offset; next < offset; {
		r, size := utf8.DecodeRuneInString(f.Text[next:])
		if next += size; next <= offset {
			at.runes++
			at.units += utf16.RuneLen(r)
		}
	}
	return at
}

// Position returns the line and column of a byte offset. An offset past the text is its end.
func (f *File) Position(offset int) Position {
	at := f.locate(offset)
	return Position{f.skipped + at.line + 1, at.runes + 1}
}

// EditorPosition returns a byte offset as editors count it. An offset past the text is its end, and one
// inside a code point is the code point's start.
func (f *File) EditorPosition(offset int) EditorPosition {
	at := f.locate(offset)
	return EditorPosition{f.skipped + at.line, at.units}
}

// Offset returns the byte offset of an editor's position. A character past the end of its line is
// the line's end, a line past the text is the text's end, and a position inside a code point is
// the code point's start.
func (f *File) Offset(p EditorPosition) int {
	switch {
	case p.Line < f.skipped:
		return 0
	case p.Line >= f.Lines():
		return len(f.Text)
	}
	text, start := f.Line(p.Line + 1)
	marks := f.index()
	at := marks[sort.Search(len(marks), func(i int) bool {
		m := marks[i]
		return m.line > p.Line-f.skipped || m.line == p.Line-f.skipped && m.units > max(0, p.Character)
	})-1]
	for i, r := range f.Text[at.offset:max(at.offset, start+len(text))] {
		if at.units += utf16.RuneLen(r); at.units > p.Character {
			return at.offset + i
		}
	}
	return start + len(text)
}

// Line returns the text of a line, counted from 1, without its line end, and the byte offset of
// its first byte.
func (f *File) Line(n int) (text string, start int) {
	marks := f.index()
	first := func(line int) int { return sort.Search(len(marks), func(i int) bool { return marks[i].line >= line }) }
	n -= f.skipped
	start = marks[first(n-1)].offset
	text = f.Text[start:]
	if next := first(n); next < len(marks) {
		text = f.Text[start : marks[next].offset-1]
	}
	return strings.TrimSuffix(text, "\r"), start
}

// Lines returns the number of the file's last line; every file has a line.
func (f *File) Lines() int {
	marks := f.index()
	return f.skipped + marks[len(marks)-1].line + 1
}
