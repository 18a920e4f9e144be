package manifest

import "strings"

// value reads the text that is the value of a key in a column.
func (s *scanner) value(column int) string {
	if !s.skip(" ") {
		s.giveUp()
		return ""
	}
	return s.scalar(column)
}

// scalar reads text to the end of its last line. Further lines stand to the right of a column.
func (s *scanner) scalar(column int) string {
	if s.at >= len(s.text) {
		s.giveUp()
		return ""
	}
	switch c := s.text[s.at]; c {
	case '"', '\'':
		text := s.quoted(c, column)
		s.end()
		return text
	case '|':
		return s.literal(column)
	}
	return s.plain(column)
}

// quoted reads text in quotes, without escapes. In single quotes, two of them stand for one. A
// line may end where the text has a space, unless the column is negative.
func (s *scanner) quoted(quote byte, column int) string {
	var before strings.Builder
	start := s.at + 1
	for i := start; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\' && quote == '"':
			s.giveUp()
			return ""
		case c == '\n':
			before.WriteString(s.text[start:i])
			before.WriteByte(' ')
			s.at = i + 1
			next := s.line()
			if i == start || column < 0 || next <= column || s.text[s.at+next] == quote {
				s.giveUp()
				return ""
			}
			start = s.at + next
			i = start - 1
		case c == quote && quote == '\'' && i+1 < len(s.text) && s.text[i+1] == quote:
			before.WriteString(s.text[start : i+1])
			start = i + 2
			i++
		case c == quote:
			s.at = i + 1
			if before.Len() == 0 {
				return s.text[start:i]
			}
			before.WriteString(s.text[start:i])
			return before.String()
		}
	}
	s.giveUp()
	return ""
}

// literal reads lines as they stand, below the sign that announces them.
func (s *scanner) literal(column int) string {
	if !s.skip("|-\n") {
		s.giveUp()
		return ""
	}
	indent := s.line()
	if indent <= column {
		s.giveUp()
		return ""
	}
	margin := s.text[s.at : s.at+indent]
	var b strings.Builder
	b.Grow(s.below(column) - s.at)
	for {
		s.skip(margin)
		b.WriteString(s.rest())
		breaks := 1
		for s.skip("\n") {
			breaks++
		}
		if !strings.HasPrefix(s.text[s.at:], margin) {
			return b.String()
		}
		for range breaks {
			b.WriteByte('\n')
		}
	}
}

// plain reads text without quotes, a line end in which is a space.
func (s *scanner) plain(column int) string {
	start := s.at
	text := s.oneLine()
	if s.line() > column {
		var b strings.Builder
		b.Grow(s.below(column) - start)
		b.WriteString(text)
		for next := s.line(); next > column; next = s.line() {
			s.at += next
			b.WriteByte(' ')
			b.WriteString(s.oneLine())
		}
		text = b.String()
	}
	if !isText(text) {
		s.giveUp()
	}
	return text
}

// oneLine reads a line of plain text, in which neither a key nor a comment may begin.
func (s *scanner) oneLine() string {
	text := s.rest()
	if strings.HasSuffix(text, ":") || strings.Contains(text, ": ") || strings.Contains(text, " #") {
		s.giveUp()
	}
	return text
}

// isText reports whether YAML 1.1 reads plain text as text for sure.
func isText(text string) bool {
	if text == "" {
		return false
	}
	c := text[0]
	switch {
	case '0' <= c && c <= '9':
		// A number has only some letters and never a slash, and neither has a date.
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
		return len(text) > 1
	}
	return strings.IndexByte("/_($^;", c) >= 0
}

// number reads the value of a key that is a number.
func (s *scanner) number() int32 {
	if !s.skip(" ") {
		s.giveUp()
		return 0
	}
	text := s.rest()
	if len(text) == 0 || len(text) > 9 || text[0] == '0' && len(text) > 1 {
		s.giveUp()
		return 0
	}
	n := int32(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			s.giveUp()
			return 0
		}
		n = n*10 + int32(c-'0')
	}
	return n
}

// startsWithDigit reports whether the value of a key may be a number.
func (s *scanner) startsWithDigit() bool {
	return s.at+1 < len(s.text) && '0' <= s.text[s.at+1] && s.text[s.at+1] <= '9'
}
