package render

import (
	"bytes"
	"fmt"
	"io"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

// Lines writes diagnostics for logs and for programs that look for problems in them: a line
// `file:line:col: severity: message [CODE]` each, and what belongs to it indented below.
func Lines(w io.Writer, list diag.List) error {
	var b bytes.Buffer
	for _, d := range list {
		safe.Fprintf(&b, "%s%s: %s [%s]\n", prefix(d.Span), d.Severity, d.Message, d.Code)
		for _, r := range d.Related {
			safe.Fprintf(&b, "    %snote: %s\n", prefix(r.Span), r.Message)
		}
		if d.Help != "" {
			safe.Fprintf(&b, "    help: %s\n", d.Help)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// prefix returns the place before a message.
func prefix(s source.Span) string {
	if s.IsZero() {
		return ""
	}
	return place(s) + ": "
}

// place returns where a span begins.
func place(s source.Span) string {
	at := s.Begin()
	return fmt.Sprintf("%s:%d:%d", safe.Text(s.File.Name), at.Line, at.Column)
}
