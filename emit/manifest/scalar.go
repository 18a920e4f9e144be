package manifest

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// style is how YAML writes a string.
type style int

const (
	unsure       style = iota // ask the library
	plain                     // text
	singleQuoted              // 'text'
	doubleQuoted              // "text"; none that needs an escape
	literal                   // |- and the lines below
)

// styleOf returns how the library writes a string, or unsure for those that hardly
// occur: with characters that need an escape, with spaces before a line's end, with line ends at either end.
//
// Text goes plain where YAML can read it so: where it begins with no indicator and
// has neither ": " nor " #" in it; else in single quotes. What YAML would read plain as something else
// than a string gets double quotes, and text of several lines is literal.
func styleOf(s string) style {
	if s == "" {
		return doubleQuoted
	}
	first, last := s[0], s[len(s)-1]
	quote := first == ' ' || last == ' ' || last == ':' ||
		strings.IndexByte("#,[]{}&*!|>'\"%@`", first) >= 0 ||
		strings.IndexByte("?:-", first) >= 0 && (len(s) == 1 || s[1] == ' ') ||
		strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...")
	lines := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if harmless[c] {
			continue
		}
		before := byte(' ')
		if i > 0 {
			before = s[i-1]
		}
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !verbatim(r, size) {
				return unsure
			}
			i += size - 1
		case c == '\n':
			if before == ' ' {
				return unsure
			}
			lines = true
		case c < ' ' || c == 0x7f:
			return unsure
		case c == ' ' && before == ':', c == '#' && before == ' ':
			quote = true
		}
	}
	switch {
	case lines && (strings.IndexByte(" \n", first) >= 0 || strings.IndexByte(" \n", last) >= 0):
		return unsure
	case lines:
		return literal
	case resolves(s) && strings.IndexByte(s, ' ') >= 0:
		return unsure
	case resolves(s):
		return doubleQuoted
	case quote:
		return singleQuoted
	}
	return plain
}

// harmless is the characters that mean nothing wherever they stand in a text.
var harmless = func() (set [256]bool) {
	for c := '!'; c <= '~'; c++ {
		set[c] = c != '#'
	}
	return set
}()

// verbatim reports whether a character beyond ASCII is written as it is. A size of one
// is of a byte that is no character.
func verbatim(r rune, size int) bool {
	switch {
	case size == 1 || r < 0xa0 || r > 0xfffd:
		return false
	case r == '\u2028' || r == '\u2029' || r == '\ufeff':
		return false
	}
	return true
}

// resolves reports whether YAML 1.1 reads plain text of one line as a number, a
// date, a boolean or null. It knows the usual text itself, and asks the library about the rest.
func resolves(s string) bool {
	switch s {
	case "~", "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF",
		"true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL":
		return true
	}
	const digits = "0123456789"
	if strings.IndexByte("+-."+digits, s[0]) < 0 {
		return false
	}
	if len(s) < 100 && strings.Trim(s, digits) == "" {
		return true
	}
	// No number and no date has any of these: it is an address block, or a name.
	if strings.ContainsAny(s, "/ghijklmnpqrsuvwy") && s[0] != '.' && s[0] != '+' && s[0] != '-' {
		return false
	}
	written, err := yaml.Marshal(s)
	return err != nil || written[0] == '"'
}

// compareKeys is the order in which the library writes the keys of a mapping: other characters
// before letters, and numbers by their value.
func compareKeys(a, b string) int {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	if same == len(a) || same == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	if c, d := a[same], b[same]; asciiLetter(c) && asciiLetter(d) {
		return cmp.Compare(c, d)
	}
	x, y := []rune(a), []rune(b)
	i := 0
	for i < len(x) && i < len(y) && x[i] == y[i] {
		i++
	}
	if i == len(x) || i == len(y) { // of bytes that are no characters
		return cmp.Compare(a, b)
	}
	switch p, q := unicode.IsLetter(x[i]), unicode.IsLetter(y[i]); {
	case p && q:
		return cmp.Compare(x[i], y[i])
	case p:
		return 1
	case q:
		return -1
	}
	// A zero that follows the digits of a number belongs to it.
	var start int64
	if x[i] == '0' || y[i] == '0' {
		for j := i - 1; j >= 0 && unicode.IsDigit(x[j]); j-- {
			if x[j] != '0' {
				start = 1
				break
			}
		}
	}
	m, xEnd := number(x[i:], start)
	n, yEnd := number(y[i:], start)
	return cmp.Or(cmp.Compare(m, n), cmp.Compare(xEnd, yEnd), cmp.Compare(x[i], y[i]))
}

// number reads the digits at the beginning of a text behind those already read,
// and returns how many there are. Too many of them overflow, as in the library.
func number(text []rune, n int64) (int64, int) {
	for i, r := range text {
		if !unicode.IsDigit(r) {
			return n, i
		}
		n = n*10 + int64(r-'0')
	}
	return n, len(text)
}

func asciiLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
