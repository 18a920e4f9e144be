package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// tab is what stands for a tab: terminals disagree about where tabs stop, and
// the line below must meet the one above.
const tab = "    "

// cell is what a terminal shows of one code point of a source.
type cell struct {
	text    string
	columns int
}

// show returns what is shown of a code point. Nothing that a source holds may
// command the terminal or reorder what is read: control characters, marks of writing direction
// and bytes that are no UTF-8 are shown by what stands for them.
func show(r rune) cell {
	switch {
	case r == '\t':
		return cell{tab, len(tab)}
	case r < ' ':
		return cell{string('␀' + r), 1}
	case r == 0x7f:
		return cell{"␡", 1}
	case r < 0x7f:
		return cell{string(r), 1}
	case unicode.In(r, unicode.Mn, unicode.Me):
		return cell{string(r), 0}
	case !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r):
		// A space that is not the space looks like one, and is none to the language.
		name := fmt.Sprintf("<U+%04X>", r)
		return cell{name, len(name)}
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

// cells returns what is shown of a text.
func cells(s string) []cell {
	out := make([]cell, 0, len(s))
	for _, r := range s { // of bytes that are no UTF-8 range makes U+FFFD
		out = append(out, show(r))
	}
	return out
}

// Plain returns a text as it may be sent to a terminal.
func Plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s
	}
	return joined(cells(s))
}

func joined(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}

func columns(cells []cell) int {
	n := 0
	for _, c := range cells {
		n += c.columns
	}
	return n
}

// firstRunes returns the first n code points of a text, or all.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// lastRunes returns the last n code points of a text, or all.
func lastRunes(s string, n int) string {
	start := len(s)
	for ; n > 0 && start > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:start])
		start -= size
	}
	return s[start:]
}
