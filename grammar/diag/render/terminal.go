package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

// Style is how a terminal shows diagnostics.
type Style struct {
	Color bool
	// Width is the number of columns. Lines of source are cut to it, messages are broken. 0 means 80.
	Width int
}

// Terminal writes diagnostics for a reader at a terminal: each with its source lines, the range
// underlined, and a count at the end.
//
//	error[ZT201]: nothing here is called "frontnd"
//	  --> shop.zt:3:1
//	   |
//	 3 | frontnd -> backend :80
//	   | ^^^^^^^
//	   |
//	   = help: did you mean "frontend"?
func Terminal(w io.Writer, list diag.List, style Style) error {
	if len(list) == 0 {
		return nil
	}
	var b bytes.Buffer
	p := palette(style.Color)
	if style.Width <= 0 {
		style.Width = 80
	}
	for _, d := range list {
		t := terminal{Buffer: &b, palette: p, gutter: gutter(d)}
		t.room = max(minRoom, style.Width-t.gutter-len("  | "))
		t.diagnostic(d)
		b.WriteByte('\n')
	}
	b.WriteString(p.bold(Summary(list)) + "\n")
	_, err := w.Write(b.Bytes())
	return err
}

// Summary returns the number of errors, warnings and notes in words; "" if there are none.
func Summary(list diag.List) string {
	var parts []string
	for severity := diag.Error; severity <= diag.Note; severity++ {
		switch count := list.Count(severity); count {
		case 0:
		case 1:
			parts = append(parts, fmt.Sprintf("1 %s", severity))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", count, severity))
		}
	}
	return strings.Join(parts, ", ")
}

// palette is whether there are colours.
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
	return p.paint([...]string{"1;31", "1;33", "1;36"}[v], s)
}

type terminal struct {
	*bytes.Buffer
	palette
	gutter int // columns for line numbers
	room   int // columns for source lines
}

func (t terminal) diagnostic(d diag.Diagnostic) {
	kind := fmt.Sprintf("%s[%s]", d.Severity, d.Code)
	message := Indent(d.Message, t.gutter+len("  | ")+t.room, len(kind)+len(": "), len("  "))
	t.WriteString(t.severity(d.Severity, kind) + t.bold(": "+message) + "\n")
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

// note writes a line below the source.
func (t terminal) note(kind, message string) {
	before := t.gutter + len("  = ") + len(kind) + len(": ")
	message = Indent(message, t.gutter+len("  | ")+t.room, before, before)
	t.WriteString(t.margin("") + t.frame("=") + " " + t.bold(kind+":") + " " + message + "\n")
}

// margin returns the left margin with a line number, or empty.
func (t terminal) margin(number string) string {
	return t.frame(fmt.Sprintf(" %*s ", t.gutter, number))
}

// bar writes a line of the frame: a number or none, and what is right of the bar.
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
	rows := rows(s, t.room)
	for i, r := range rows {
		if r.gap {
			t.WriteString(t.margin("") + t.frame("...") + "\n")
			continue
		}
		t.bar(strconv.Itoa(r.number), strings.TrimRight(r.text, " "))
		marks := strings.Repeat(" ", r.from) + paint(strings.Repeat(string(underline), r.to-r.from))
		switch last := i == len(rows)-1 && message != ""; {
		case last && r.to+1+columns(cells(message)) <= t.room:
			t.bar("", marks+" "+paint(safe.Text(message)))
		case last:
			t.bar("", marks)
			t.label(message, r.from, paint)
		default:
			t.bar("", marks)
		}
	}
	t.bar("", "")
}

// label writes a message that does not fit beside its marks: below them, or at the left over as
// many lines as it needs.
func (t terminal) label(message string, from int, paint func(string) string) {
	if from+columns(cells(message)) <= t.room {
		t.bar("", strings.Repeat(" ", from)+paint(safe.Text(message)))
		return
	}
	for _, line := range Wrap(message, t.room) {
		t.bar("", paint(safe.Text(line)))
	}
}

// Wrap breaks a text between words into lines of at most room columns. A longer word has its own line.
func Wrap(text string, room int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Split(text, " ") {
		if line != "" && columns(cells(line))+1+columns(cells(word)) > room {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// Indent returns a message without control characters, broken at a width. The first line starts at
// one column, the others are indented to another.
func Indent(message string, width, first, others int) string {
	lines := Wrap(strings.Repeat("_", first-others)+message, max(width-others, minRoom))
	for i, line := range lines {
		lines[i] = safe.Text(line)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", others))[first-others:]
}

// gutter returns the number of columns for a diagnostic's line numbers.
func gutter(d diag.Diagnostic) int {
	last := 1
	for _, r := range append([]diag.Related{{Span: d.Span}}, d.Related...) {
		if !r.Span.IsZero() {
			last = max(last, r.Span.Finish().Line)
		}
	}
	return len(strconv.Itoa(last))
}
