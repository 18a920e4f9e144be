package ast

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zt-lang/zt/grammar/source"
)

// Comment is one comment, from its '#' to the end of its line (not included).
type Comment struct{ Range }

// Text returns the comment without '#' and the blanks around it.
func (c Comment) Text() string {
	return strings.TrimSpace(strings.TrimLeft(c.At.Text(), "#"))
}

// NewComment returns a comment for a tree that is built, not parsed. A character that no comment
// can contain, such as a line break, becomes a blank.
func NewComment(text string) Comment {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimSpace("# " + strings.TrimSpace(text))
	return Comment{Range{source.Span{File: source.NewFile("", text), End: len(text)}}}
}

// NewComments returns one comment for each line of a text.
func NewComments(text string) []Comment {
	var list []Comment
	for line := range strings.Lines(text) {
		list = append(list, NewComment(line))
	}
	return list
}
