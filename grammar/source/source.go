// Package source holds files and ranges in them.
//
// Inside zt a position is a byte offset. Lines and columns are computed only where a position is
// shown to a person or sent to a program.
package source

import "sync"

// File is one file's text under the name that diagnostics show. It is safe for concurrent use.
type File struct {
	Name string
	Text string

	skipped int // lines of the file before the text
	once    sync.Once
	marks   []mark // computed on first use, then constant
}

// NewFile returns a file of that name and text.
func NewFile(name, text string) *File { return &File{Name: name, Text: text} }

// NewExcerpt returns one line of a file that is too large to keep. The line has the number that it
// has in the whole file, counted from 1.
func NewExcerpt(name, line string, number int) *File {
	return &File{Name: name, Text: line, skipped: number - 1}
}

// Span is the half-open byte range [Start, End) of a file. The zero Span is in no file.
type Span struct {
	File       *File
	Start, End int
}

// IsZero reports whether the span is in no file.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the bytes that the span covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[s.Start:s.End]
}

// To returns the span from the start of s to the end of t; both must be in one file.
func (s Span) To(t Span) Span { return Span{s.File, s.Start, t.End} }

// Begin returns the position of the span's first byte.
func (s Span) Begin() Position { return s.File.Position(s.Start) }

// Range returns the span as JSON has it; nil if it is in no file.
func (s Span) Range() *Range {
	if s.IsZero() {
		return nil
	}
	return &Range{s.File.Name, s.Begin(), s.Finish()}
}

// Finish returns the position just after the span's last byte.
func (s Span) Finish() Position { return s.File.Position(s.End) }
