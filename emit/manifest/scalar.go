package manifest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// style is a way to write a string in YAML.
type style int

const (
	quoted  style = iota // "text", with escapes: any text
	plain                // text
	literal              // |- and the text in the lines below
)

// styleOf returns the style for a value. Text without quotes must not look like anything but text.
func styleOf(s string) style {
	switch {
	case !readable(s) || strings.HasPrefix(s, " "):
	case !strings.Contains(s, "\n"):
		if isPlain(s) {
			return plain
		}
	case s[0] != '\n' && s[len(s)-1] != '\n':
		return literal
	}
	return quoted
}

// readable reports whether YAML reads all characters of a text as themselves, and no line ends in
// a space.
func readable(text string) bool {
	return !strings.HasSuffix(text, " ") && !strings.Contains(text, " \n") && printable(text)
}

// isPlain reports whether YAML certainly reads a readable line as this text, without quotes.
func isPlain(line string) bool {
	return isText(line) && line[len(line)-1] != ':' && !strings.Contains(line, ": ") && !strings.Contains(line, " #")
}

// printable reports whether YAML reads all characters of a text as themselves.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if ' ' <= c && c < 0x7f || c == '\n' {
			continue
		}
		if c < utf8.RuneSelf {
			return false
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || r <= '\u00a0' || r == '\u2028' || r == '\u2029' || r >= '\ufe00' {
			return false
		}
		i += size - 1
	}
	return true
}

// isText reports whether YAML 1.1 certainly reads text of one line, without quotes, as text, and not
// as a number, a date, a boolean, null or punctuation.
func isText(text string) bool {
	if text == "" {
		return false
	}
	c := text[0]
	switch {
	case '0' <= c && c <= '9':
		// A number has only some letters and never a slash. The same holds for a date.
		return strings.ContainsAny(text, "/ghijklmnpqrsuvwy")
	case letter(c):
		if len(text) > len("false") {
			return true
		}
		switch strings.ToLower(text) {
		case "y", "yes", "true", "on", "n", "no", "false", "off", "null":
			return false
		}
		return true
	case c >= 0x80:
		return true
	case c == ':':
		return len(text) > 1 && text[1] != ' '
	}
	return strings.IndexByte("/_($^;", c) >= 0
}

// isKey reports whether YAML certainly reads a key as itself, without quotes.
func isKey(name string) bool {
	for i := range len(name) {
		if !inKey(name[i]) {
			return false
		}
	}
	return isText(name)
}

// inKey reports whether a byte can be in a key without quotes.
func inKey(c byte) bool {
	return letter(c) || '0' <= c && c <= '9' || c == '.' || c == '/' || c == '-' || c == '_'
}

// letter reports whether a byte is an ASCII letter.
func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// appendQuoted appends text in double quotes, as JSON and YAML read it.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; ' ' <= c && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b = append(b, s[start:i]...)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r != utf8.RuneError && printable(s[i:i+size]):
			b = append(b, s[i:i+size]...)
		case r > 0xffff:
			b = utf8.AppendRune(b, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
