// Package render shows diagnostics: to people, and to programs.
package render

import (
	"encoding/json"
	"io"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

type report struct {
	Diagnostics []problem `json:"diagnostics"`
	Summary     summary   `json:"summary"`
}

type problem struct {
	Code     diag.Code `json:"code"`
	Severity string    `json:"severity"`
	Message  string    `json:"message"`
	Help     string    `json:"help"`
	Range    *span     `json:"range"` // null for a problem that is nowhere in a file
	Related  []related `json:"related"`
}

type related struct {
	Message string `json:"message"`
	Range   *span  `json:"range"`
}

type span struct {
	File  string   `json:"file"`
	Start position `json:"start"`
	End   position `json:"end"`
}

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type summary struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// JSON writes diagnostics as one JSON object. Lines and columns count from 1,
// columns in code points; an end is exclusive.
func JSON(w io.Writer, list diag.List) error {
	out := report{Diagnostics: []problem{}, Summary: summary{list.Errors(), len(list) - list.Errors()}}
	for _, d := range list {
		p := problem{d.Code, d.Severity.String(), d.Message, d.Help, spanOf(d.Span), []related{}}
		for _, r := range d.Related {
			p.Related = append(p.Related, related{r.Message, spanOf(r.Span)})
		}
		out.Diagnostics = append(out.Diagnostics, p)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func spanOf(s source.Span) *span {
	if s.IsZero() {
		return nil
	}
	start, end := s.Begin(), s.Finish()
	return &span{s.File.Name, position(start), position(end)}
}
