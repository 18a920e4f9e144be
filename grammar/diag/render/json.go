// Package render shows diagnostics: to people, and to programs.
package render

import (
	"io"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

type report struct {
	Diagnostics []problem `json:"diagnostics"`
	Summary     summary   `json:"summary"`
}

type problem struct {
	Code     diag.Code     `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	Help     string        `json:"help"`
	Range    *source.Range `json:"range"` // null for a problem that is nowhere in a file
	Related  []related     `json:"related"`
	Fixes    []fix         `json:"fixes,omitempty"`
}

type fix struct {
	Message string `json:"message"`
	Edits   []edit `json:"edits"`
}

type edit struct {
	Range       *source.Range `json:"range"`
	Replacement string        `json:"replacement"`
}

type related struct {
	Message string        `json:"message"`
	Range   *source.Range `json:"range"`
}

type summary struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes,omitempty"`
}

// JSON writes diagnostics as one JSON object. Lines and columns count from 1,
// columns in code points; an end is exclusive.
func JSON(w io.Writer, list diag.List) error {
	out := report{Diagnostics: []problem{}, Summary: summary{list.Errors(), list.Count(diag.Warning), list.Count(diag.Note)}}
	for _, d := range list {
		p := problem{
			Code: d.Code, Severity: d.Severity.String(), Message: d.Message, Help: d.Help,
			Range: d.Span.Range(), Related: []related{},
		}
		for _, r := range d.Related {
			p.Related = append(p.Related, related{r.Message, r.Span.Range()})
		}
		for _, f := range d.Fixes {
			edits := []edit{}
			for _, e := range f.Edits {
				edits = append(edits, edit{e.Span.Range(), e.Replacement})
			}
			p.Fixes = append(p.Fixes, fix{f.Message, edits})
		}
		out.Diagnostics = append(out.Diagnostics, p)
	}
	_, err := w.Write(append(safe.JSON(out, ""), '\n'))
	return err
}
