package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Lines writes diagnostics for logs and for programs that look for problems
// in them: a line `file:line:col: severity: message [CODE]` each, and what belongs to it
// indented below.
func Lines(w io.Writer, list diag.List) error {
	var b bytes.Buffer
	for _, d := range list {
		fmt.Fprintf(&b, "%s%s: %s [%s]\n", place(d.Span), d.Severity, printable(d.Message), d.Code)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    %snote: %s\n", place(r.Span), printable(r.Message))
		}
		if d.Help != "" {
			fmt.Fprintf(&b, "    help: %s\n", printable(d.Help))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func place(s source.Span) string {
	if s.IsZero() {
		return ""
	}
	at := s.Begin()
	return fmt.Sprintf("%s:%d:%d: ", printable(s.File.Name), at.Line, at.Column)
}

// printable replaces what a terminal would obey instead of show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
