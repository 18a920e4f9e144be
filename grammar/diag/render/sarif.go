package render

import (
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

// SARIF's own names for what a log of version 2.1.0 consists of; see
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               diag.Code          `json:"id"`
		ShortDescription sarifMessage       `json:"shortDescription"`
		Help             sarifMessage       `json:"help"`
		Default          sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID    diag.Code       `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifMessage `json:"insertedContent"`
	}
	sarifLocation struct {
		ID       *int           `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Message  *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
)

// SARIF writes diagnostics as a log in the Static Analysis Results Interchange
// Format 2.1.0, which code hosts and editors show. The rules of the log are the
// codes that occur in it, each with its page as help.
func SARIF(w io.Writer, list diag.List) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "zt", Rules: []sarifRule{}}
	rules := map[diag.Code]int{}
	for _, e := range diag.Registry() {
		if !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == e.Code }) {
			continue
		}
		rules[e.Code] = len(run.Tool.Driver.Rules)
		page, _ := diag.Page(string(e.Code))
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID:               e.Code,
			ShortDescription: sarifMessage{Text: e.Title},
			Help:             sarifMessage{Text: page, Markdown: page},
			Default:          sarifConfiguration{e.Code.Severity().String()},
		})
	}
	for _, d := range list {
		r := sarifResult{RuleID: d.Code, RuleIndex: rules[d.Code], Level: d.Severity.String(), Message: sarifMessage{Text: d.Message}}
		if d.Help != "" {
			r.Message.Text += "\nhelp: " + d.Help
		}
		if !d.Span.IsZero() {
			r.Locations = []sarifLocation{{Physical: physical(d.Span)}}
		}
		for i, rel := range d.Related {
			r.Related = append(r.Related, sarifLocation{&i, physical(rel.Span), &sarifMessage{Text: rel.Message}})
		}
		for _, f := range d.Fixes {
			var changes []sarifChange
			for _, e := range f.Edits {
				changes = append(changes, sarifChange{sarifArtifact{uri(e.Span.File.Name)}, []sarifReplacement{{region(e.Span), sarifMessage{Text: e.Replacement}}}})
			}
			r.Fixes = append(r.Fixes, sarifFix{sarifMessage{Text: f.Message}, changes})
		}
		run.Results = append(run.Results, r)
	}
	_, err := w.Write(append(safe.JSON(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}, ""), '\n'))
	return err
}

// physical returns where a span is; nil for one that is in no file.
func physical(s source.Span) *sarifPhysical {
	if s.IsZero() {
		return nil
	}
	return &sarifPhysical{sarifArtifact{uri(s.File.Name)}, region(s)}
}

func region(s source.Span) sarifRegion {
	start, end := s.Begin(), s.Finish()
	return sarifRegion{start.Line, start.Column, end.Line, end.Column}
}

// uri returns a file's name as a URI: one that is relative stays so, for
// consumers to resolve in the folder that zt was run in.
func uri(name string) string {
	u := url.URL{Path: name}
	if drive.MatchString(name) {
		u.Path = "/" + name
	}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

// drive matches an absolute path of Windows; the paths of zt have slashes there, too.
var drive = regexp.MustCompile(`^[A-Za-z]:/`)
