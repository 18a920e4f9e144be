package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// The colours of what a diagnostic has, as terminals number them.
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	cyan   = "\x1b[1;36m"
)

// Terminal writes diagnostics for people: each with its source line, the range underlined, and the
// lines that have to do with it shown the same way.
func Terminal(w io.Writer, list diag.List, color bool) error {
	t := &terminal{color: color}
	for _, d := range list {
		t.diagnostic(d)
		t.b.WriteByte('\n')
	}
	if summary := Summary(list); summary != "" {
		t.b.WriteString(summary + "\n")
	}
	_, err := w.Write(t.b.Bytes())
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

type terminal struct {
	b     bytes.Buffer
	color bool
}

func (t *terminal) paint(color, text string) string {
	if !t.color || text == "" {
		return text
	}
	return color + text + reset
}

func (t *terminal) diagnostic(d diag.Diagnostic) {
	color := red
	if d.Severity == diag.Warning {
		color = yellow
	}
	fmt.Fprintf(&t.b, "%s%s\n", t.paint(color, fmt.Sprintf("%s[%s]", d.Severity, d.Code)), t.paint(bold, ": "+printable(d.Message)))

	// One margin for all of a diagnostic's line numbers.
	margin := digits(d.Span)
	for _, r := range d.Related {
		margin = max(margin, digits(r.Span))
	}
	t.snippet(d.Span, "-->", "^", "", color, margin)
	for _, r := range d.Related {
		t.snippet(r.Span, ":::", "-", r.Message, blue, margin)
	}
	if d.Help != "" {
		fmt.Fprintf(&t.b, "%*s %s %s: %s\n", margin, "", t.paint(blue, "="), t.paint(cyan, "help"), printable(d.Help))
	}
}

func digits(s source.Span) int {
	if s.IsZero() {
		return 1
	}
	return len(fmt.Sprint(s.Begin().Line))
}

// snippet shows the line on which a span begins, and underlines the span.
func (t *terminal) snippet(s source.Span, arrow, mark, label, color string, margin int) {
	if s.IsZero() {
		return
	}
	at := s.Begin()
	bar := t.paint(blue, "|")
	fmt.Fprintf(&t.b, "%*s%s %s:%d:%d\n", margin, "", t.paint(blue, arrow), printable(s.File.Name), at.Line, at.Column)
	fmt.Fprintf(&t.b, "%*s %s\n", margin, "", bar)
	text, before, marked := excerpt(s)
	fmt.Fprintf(&t.b, "%s %s %s\n", t.paint(blue, fmt.Sprintf("%*d", margin, at.Line)), bar, text)
	underline := strings.Repeat(mark, max(1, marked))
	if label != "" {
		underline += " " + printable(label)
	}
	fmt.Fprintf(&t.b, "%*s %s %s%s\n", margin, "", bar, strings.Repeat(" ", before), t.paint(color, underline))
}

// The widest line that is shown whole, and how much is shown before the range of a wider one.
const (
	widest  = 160
	context = 40
)

// excerpt returns the line on which a span begins as a terminal is to show it, how many
// cells stand before the span, and how many it covers on this line.
func excerpt(s source.Span) (text string, before, marked int) {
	line, start := s.File.Line(s.Begin().Line)
	from := min(s.Start-start, len(line))
	to := max(from, min(s.End-start, len(line)))
	head, body, tail := line[:from], line[from:to], line[to:]
	if cells(line) > widest {
		if short := lastCells(head, context); short != head {
			head = "..." + short
		}
		if short := firstCells(body, widest-2*context); short != body {
			body, tail = short, "..."
		} else if short := firstCells(tail, context); short != tail {
			tail = short + "..."
		}
	}
	return shown(head) + shown(body) + shown(tail), cells(head), cells(body)
}

// tab is how a tab is shown.
const tab = "    "

func shown(s string) string { return printable(strings.ReplaceAll(s, "\t", tab)) }

// cells returns how many cells of a terminal a text covers.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cell(r)
	}
	return n
}

func cell(r rune) int {
	switch {
	case r == '\t':
		return len(tab)
	case r < 0x80:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func firstCells(s string, n int) string {
	for i, r := range s {
		if n -= cell(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

func lastCells(s string, n int) string {
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if n -= cell(r); n < 0 {
			return s[i:]
		}
		i -= size
	}
	return s
}
