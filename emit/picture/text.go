package picture

import (
	"strings"
	"unicode/utf8"
)

// The sizes of text. All text is set in a font whose letters are of one width.
const (
	nameSize  = 12
	labelSize = 11
	lineSpace = 15
)

// width returns how wide a line is in pixels, at most: letters of such fonts are up to 0.605 of their
// size. Others than those of ASCII can be twice as wide.
func width(line string, size int) int {
	n := 0
	for _, r := range line {
		if n++; r >= utf8.RuneSelf {
			n++
		}
	}
	return (n*size*605 + 999) / 1000
}

// wrap breaks a text into lines of at most so many characters, if it can after a space, or else after a
// comma or a slash. If these are too many, the last ends with an ellipsis.
func wrap(text string, columns, most int) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > columns {
		cut := columns
		for _, after := range []string{" ", ",/"} {
			if i := strings.LastIndexAny(string(rest[:columns+1]), after); i > columns/3 && i < len(string(rest[:columns])) {
				cut = utf8.RuneCountInString(string(rest[:columns+1])[:i+1])
				break
			}
		}
		lines = append(lines, strings.TrimSpace(string(rest[:cut])))
		rest = rest[cut:]
	}
	if text := strings.TrimSpace(string(rest)); text != "" || len(lines) == 0 {
		lines = append(lines, text)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	return lines
}
