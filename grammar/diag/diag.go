// Package diag has the one type in which zt reports what is wrong, and the
// closed registry of codes it may carry.
package diag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/grammar/source"
)

// Severity says whether a diagnostic stops the build.
type Severity int

// The severities. Only Error stops a build.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem: what is wrong, where, what else has to do with
// it, and what to write instead.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Message  string // one line in the user's terms, without a position
	Span     source.Span
	Related  []Related
	Help     string // what to do about it; may be empty
}

// Related is another place that has to do with a problem.
type Related struct {
	Message string
	Span    source.Span
}

// New returns a diagnostic with the severity that the registry gives its code.
func New(code Code, span source.Span, format string, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: code.Severity(), Span: span, Message: fmt.Sprintf(format, args...)}
}

// WithHelp returns d with a help line.
func (d Diagnostic) WithHelp(format string, args ...any) Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// WithRelated returns d with one more related range.
func (d Diagnostic) WithRelated(span source.Span, format string, args ...any) Diagnostic {
	d.Related = append(slices.Clip(d.Related), Related{fmt.Sprintf(format, args...), span})
	return d
}

// List is the diagnostics of a run.
type List []Diagnostic

// Add appends a diagnostic.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// Errors counts the diagnostics of severity Error.
func (l List) Errors() int {
	n := 0
	for _, d := range l {
		if d.Severity == Error {
			n++
		}
	}
	return n
}

// Strict makes every warning an error.
func (l List) Strict() {
	for i := range l {
		l[i].Severity = Error
	}
}

// Sort orders by file name, place, code and message, and drops repetitions, so that a
// run reports the same in the same order always.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(fileName(a.Span), fileName(b.Span)),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool {
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}

func fileName(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return s.File.Name
}
