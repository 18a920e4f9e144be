package kustomize

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
)

// Result is one problem, for hosts that show the results of a function.
type Result struct {
	Message  string      `yaml:"message"`
	Severity string      `yaml:"severity"`
	Resource ResourceRef `yaml:"resourceRef,omitempty"`
	File     ResultFile  `yaml:"file,omitempty"`
	Tags     Tags        `yaml:"tags,omitempty"`
}

// ResourceRef names the object that a result is about.
type ResourceRef struct {
	APIVersion string `yaml:"apiVersion,omitempty"`
	Kind       string `yaml:"kind,omitempty"`
	Name       string `yaml:"name,omitempty"`
	Namespace  string `yaml:"namespace,omitempty"`
}

// ResultFile is the file that a result is about, and which of its objects.
type ResultFile struct {
	Path  string `yaml:"path,omitempty"`
	Index int    `yaml:"index,omitempty"`
}

// Tags carry the code of a diagnostic and its place.
type Tags struct {
	Code   string `yaml:"code,omitempty"`
	Line   string `yaml:"line,omitempty"`
	Column string `yaml:"column,omitempty"`
}

// severityOf returns the word of the KRM functions specification for a severity.
func severityOf(s diag.Severity) string {
	if s == diag.Note {
		return "info"
	}
	return s.String()
}

// maxResults is how many problems a list of results has; standard error shows all.
const maxResults = 1000

// Results returns diagnostics as results. Diagnostics in the file of the given name are about
// items: if the host says which file an item is from, the result names that file, without a line,
// since zt has not seen it.
func (r *ResourceList) Results(list diag.List, name string) []Result {
	var out []Result
	for i, d := range list {
		if rest := list[i:]; i == maxResults {
			severity := diag.Warning
			if rest.Errors() > 0 {
				severity = diag.Error
			}
			return append(out, Result{Message: fmt.Sprintf("and %d more, shown on standard error", len(rest)), Severity: severityOf(severity)})
		}
		result := Result{Message: d.Message, Severity: severityOf(d.Severity), Tags: Tags{Code: string(d.Code)}}
		if d.Help != "" {
			result.Message += " (" + d.Help + ")"
		}
		item, there := r.itemOf(d, name)
		if item != nil {
			result.Resource = item.object
		}
		switch {
		case there && item.file.Path != "":
			result.File = item.file
		case !d.Span.IsZero():
			at := d.Span.Begin()
			result.File.Path = d.Span.File.Name
			result.Tags.Line, result.Tags.Column = strconv.Itoa(at.Line), strconv.Itoa(at.Column)
			result.Message = fmt.Sprintf("%d:%d: %s", at.Line, at.Column, result.Message)
		}
		result.Message = strings.ToValidUTF8(result.Message, "\ufffd")
		result.File.Path = strings.ToValidUTF8(result.File.Path, "\ufffd")
		out = append(out, result)
	}
	return out
}
