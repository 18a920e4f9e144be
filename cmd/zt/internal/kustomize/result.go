package kustomize

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
)

// Result is one problem, as hosts show it that read the results of a function.
type Result struct {
	Message  string     `yaml:"message"`
	Severity string     `yaml:"severity"`
	File     ResultFile `yaml:"file,omitempty"`
	Tags     Tags       `yaml:"tags,omitempty"`
}

// ResultFile is the file that a result is about.
type ResultFile struct {
	Path string `yaml:"path,omitempty"`
}

// Tags carry the code of a diagnostic and its place.
type Tags struct {
	Code   string `yaml:"code,omitempty"`
	Line   string `yaml:"line,omitempty"`
	Column string `yaml:"column,omitempty"`
}

// maxResults is how many problems a list of results shows; standard error has them all.
const maxResults = 1000

// Results returns diagnostics as results.
func Results(list diag.List) []Result {
	var out []Result
	for i, d := range list {
		if rest := list[i:]; i == maxResults {
			severity := diag.Warning
			if rest.Errors() > 0 {
				severity = diag.Error
			}
			return append(out, Result{Message: fmt.Sprintf("and %d more, which standard error has", len(rest)), Severity: severity.String()})
		}
		r := Result{Message: d.Message, Severity: d.Severity.String(), Tags: Tags{Code: string(d.Code)}}
		if d.Help != "" {
			r.Message += " (" + d.Help + ")"
		}
		if !d.Span.IsZero() {
			at := d.Span.Begin()
			r.File.Path = d.Span.File.Name
			r.Tags.Line, r.Tags.Column = strconv.Itoa(at.Line), strconv.Itoa(at.Column)
			r.Message = fmt.Sprintf("%d:%d: %s", at.Line, at.Column, r.Message)
		}
		r.Message = strings.ToValidUTF8(r.Message, "\ufffd")
		r.File.Path = strings.ToValidUTF8(r.File.Path, "\ufffd")
		out = append(out, r)
	}
	return out
}
