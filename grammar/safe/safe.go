// Package safe makes text of others safe to show. Names, labels and file names must not control a
// terminal, reorder what is read, or leave the place where a page quotes them.
package safe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tab is shown for a tab: terminals disagree about where tabs stop.
const tab = "    "

// Rune returns what is shown for a code point: a visible replacement for control characters and marks
// of writing direction.
func Rune(r rune) string {
	switch {
	case r == '\t':
		return tab
	case r < ' ':
		return string('␀' + r)
	case r == 0x7f:
		return "␡"
	case r > 0x7f && (!unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r)):
		// Other spaces look like a space, but are not one to the language.
		return fmt.Sprintf("<U+%04X>", r)
	}
	return string(r)
}

// Text returns a text on one line, without anything that controls a terminal.
func Text(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s
	}
	var b strings.Builder
	for _, r := range s { // range yields U+FFFD for bytes that are not UTF-8
		b.WriteString(Rune(r))
	}
	return b.String()
}

// Fprintf formats as fmt.Fprintf does, with each text among the arguments made safe by Text.
func Fprintf(w io.Writer, format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = Text(a)
		case fmt.Stringer:
			args[i] = Text(a.String())
		}
	}
	fmt.Fprintf(w, format, args...)
}

// Span returns a text as a code span of markdown.
func Span(s string) string {
	s = Text(s)
	marks := ticks(s, 1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return marks + s + marks
}

// Fence returns lines as a code block of markdown. Each line must be safe already.
func Fence(language, lines string) string {
	marks := ticks(lines, 3)
	return marks + language + "\n" + lines + marks + "\n"
}

// ticks returns backticks that do not occur in a text.
func ticks(s string, least int) string {
	marks := strings.Repeat("`", least)
	for strings.Contains(s, marks) {
		marks += "`"
	}
	return marks
}

// JSON returns the JSON of a value, indented as a part of a larger value that starts with a prefix.
// Control characters in it are escaped.
func JSON(value any, prefix string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read the arrow of an edge
	e.SetIndent(prefix, "  ")
	if err := e.Encode(value); err != nil {
		panic(err) // zt's own types can always be encoded
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	control := func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }
	if !bytes.ContainsFunc(text, control) {
		return text
	}
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		switch {
		case !control(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
