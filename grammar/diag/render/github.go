package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

// GitHub writes diagnostics as workflow commands: printed by a step of GitHub Actions, they become
// annotations at the lines that they are about.
func GitHub(w io.Writer, list diag.List) error {
	var b bytes.Buffer
	for _, d := range list {
		parts := []string{safe.Text(d.Message)}
		for _, r := range d.Related {
			parts = append(parts, prefix(r.Span)+"note: "+safe.Text(r.Message))
		}
		if d.Help != "" {
			parts = append(parts, "help: "+safe.Text(d.Help))
		}
		command := d.Severity.String()
		if d.Severity == diag.Note {
			command = "notice"
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", command, properties(d.Span), d.Code, commandData.Replace(strings.Join(parts, "\n")))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// properties returns a place as the properties of a workflow command. Columns
// are allowed where it is all on one line.
func properties(s source.Span) string {
	if s.IsZero() {
		return ""
	}
	start, end := s.Begin(), s.Finish()
	text := fmt.Sprintf("file=%s,line=%d,endLine=%d,", commandProperty.Replace(safe.Text(s.File.Name)), start.Line, end.Line)
	if start.Line == end.Line {
		text += fmt.Sprintf("col=%d,endColumn=%d,", start.Column, end.Column)
	}
	return text
}

// What a workflow command may not have in it as it is.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
