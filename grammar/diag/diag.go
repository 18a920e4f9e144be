// Package diag has the one type in which zt reports what is wrong, and the
// closed registry of codes it may carry.
package diag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/grammar/source"
)

// Severity is whether a diagnostic stops the build.
type Severity int

// The severities. Only Error stops a build. A Warning stops a strict one; a Note does
// not, since there may be nothing to fix.
const (
	Error Severity = iota
	Warning
	Note
)

func (s Severity) String() string { return [...]string{"error", "warning", "note"}[s] }

// Diagnostic is one problem: what is wrong, where, related places, and what to write instead.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Message  string // one line in the user's terms, without a position
	Span     source.Span
	Related  []Related
	Help     string // what to write instead; may be empty
	Fixes    []Fix  // changes that resolve it; often none
}

// Fix is a change of the source that resolves a problem without causing another.
type Fix struct {
	Message string // what the change does, as a help line
	Edits   []Edit // in order, none overlapping another
}

// Edit replaces a range of a file.
type Edit struct {
	Span        source.Span
	Replacement string
}

// Related is another place that belongs to a problem.
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

// WithFix returns d with a fix of one edit, whose message is also the help line if there is none.
func (d Diagnostic) WithFix(at source.Span, replacement, format string, args ...any) Diagnostic {
	f := Fix{fmt.Sprintf(format, args...), []Edit{{at, replacement}}}
	d.Fixes = append(slices.Clip(d.Fixes), f)
	d.Help = cmp.Or(d.Help, f.Message)
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
func (l List) Errors() int { return l.Count(Error) }

// Count counts the diagnostics of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Strict makes every warning an error.
func (l List) Strict() {
	for i := range l {
		if l[i].Severity == Warning {
			l[i].Severity = Error
		}
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
