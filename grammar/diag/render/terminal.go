package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Terminal writes diagnostics for somebody at a terminal: each with its lines
// of source, what it is about underlined, and a count at the end.
//
//	error[ZT201]: nothing here is called "frontnd"
//	  --> shop.zt:3:1
//	   |
//	 3 | frontnd -> backend :80
//	   | ^^^^^^^
//	   |
//	   = help: did you mean "frontend"?
func Terminal(w io.Writer, list diag.List, color bool) error {
	if len(list) == 0 {
		return nil
	}
	var b bytes.Buffer
	p := palette(color)
	for _, d := range list {
		t := terminal{Buffer: &b, palette: p, gutter: gutter(d)}
		t.diagnostic(d)
		b.WriteByte('\n')
	}
	b.WriteString(p.bold(Summary(list)) + "\n")
	_, err := w.Write(b.Bytes())
	return err
}

// Summary says how many errors and warnings there are; nothing where there are none.
func Summary(list diag.List) string {
	var parts []string
	for _, n := range []struct {
		count int
		noun  string
	}{{list.Errors(), "error"}, {len(list) - list.Errors(), "warning"}} {
		switch {
		case n.count == 1:
			parts = append(parts, "1 "+n.noun)
		case n.count > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n.count, n.noun))
		}
	}
	return strings.Join(parts, ", ")
}

// palette says whether there are colours.
type palette bool

func (p palette) paint(sgr, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string  { return p.paint("1", s) }
func (p palette) frame(s string) string { return p.paint("1;34", s) }
func (p palette) severity(v diag.Severity, s string) string {
	if v == diag.Warning {
		return p.paint("1;33", s)
	}
	return p.paint("1;31", s)
}

// terminal writes one diagnostic.
type terminal struct {
	*bytes.Buffer
	palette
	gutter int // columns that line numbers take
}

func (t terminal) diagnostic(d diag.Diagnostic) {
	t.WriteString(t.severity(d.Severity, fmt.Sprintf("%s[%s]", d.Severity, d.Code)) + t.bold(": "+Plain(d.Message)) + "\n")
	t.snippet(d.Span, "-->", func(s string) string { return t.severity(d.Severity, s) }, '^', "")
	for _, r := range d.Related {
		if r.Span.IsZero() {
			t.note("note", r.Message)
			continue
		}
		t.snippet(r.Span, ":::", t.frame, '-', r.Message)
	}
	if d.Help != "" {
		t.note("help", d.Help)
	}
}

// note writes a line below the source. One that belongs to no source has no frame.
func (t terminal) note(kind, message string) {
	t.WriteString(t.margin("") + t.frame("=") + " " + t.bold(kind+":") + " " + Plain(message) + "\n")
}

// margin returns the left margin with a line number, or empty.
func (t terminal) margin(number string) string {
	return t.frame(fmt.Sprintf(" %*s ", t.gutter, number))
}

// bar writes a line of the frame: a number or none, and what stands right of the bar.
func (t terminal) bar(number, content string) {
	line := t.margin(number) + t.frame("|")
	if content != "" {
		line += " " + content
	}
	t.WriteString(line + "\n")
}

// snippet writes the lines of a span, underlined, between bars.
func (t terminal) snippet(s source.Span, arrow string, paint func(string) string, underline rune, message string) {
	if s.IsZero() {
		return
	}
	t.WriteString(strings.Repeat(" ", t.gutter+1) + t.frame(arrow) + " " + place(s) + "\n")
	t.bar("", "")
	rows := rows(s)
	for i, r := range rows {
		if r.gap {
			t.WriteString(t.margin("") + t.frame("...") + "\n")
			continue
		}
		t.bar(strconv.Itoa(r.number), strings.TrimRight(r.text, " "))
		marks := strings.Repeat(" ", r.from) + paint(strings.Repeat(string(underline), r.to-r.from))
		if i == len(rows)-1 && message != "" {
			marks += " " + paint(Plain(message))
		}
		t.bar("", marks)
	}
	t.bar("", "")
}

// gutter returns how many columns a diagnostic's line numbers take.
func gutter(d diag.Diagnostic) int {
	last := 1
	for _, s := range append([]source.Span{d.Span}, spans(d.Related)...) {
		if !s.IsZero() {
			last = max(last, s.Finish().Line)
		}
	}
	return len(strconv.Itoa(last))
}

func spans(related []diag.Related) []source.Span {
	var out []source.Span
	for _, r := range related {
		out = append(out, r.Span)
	}
	return out
}
