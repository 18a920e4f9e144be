package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/zt-lang/zt/grammar/safe"
)

// cell is what a terminal shows of one code point of a source.
type cell struct {
	text    string
	columns int
}

// show returns what is shown for a code point. The marks on the line below must be under the right
// text.
func show(r rune) cell {
	if unicode.In(r, unicode.Mn, unicode.Me) || conjoining(r) {
		return cell{string(r), 0}
	}
	text := safe.Rune(r)
	if kind := width.LookupRune(r).Kind(); text == string(r) && (kind == width.EastAsianWide || kind == width.EastAsianFullwidth) {
		return cell{text, 2}
	}
	return cell{text, utf8.RuneCountInString(text)}
}

// conjoining reports whether a Hangul letter joins the one before it in one cell.
func conjoining(r rune) bool { return r >= 0x1160 && r <= 0x11ff }

// cells returns what is shown for a text.
func cells(s string) []cell {
	out := make([]cell, 0, len(s))
	for _, r := range s { // range yields U+FFFD for bytes that are not UTF-8
		out = append(out, show(r))
	}
	return out
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
