package inventory

import (
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// unrendered reports a folder once that a tool must render before it has manifests: a Helm chart, or a
// kustomization with patches. It replaces what is reported because of that of its files.
func (r *reader) unrendered(files []*source.File) {
	for _, f := range files {
		folder, name := split(f.Name)
		d := diag.Diagnostic{Code: diag.UnreadableManifest, Span: source.Span{File: f}}
		switch {
		case name == "Chart.yaml":
			d.Message = "a Helm chart that is not rendered"
			d.Help = "render it first: helm template " + strings.TrimSuffix(folder, "/") + " | zt ... -"
		case kustomization.MatchString(f.Name):
			d.Message = "a kustomization that is not built"
			d.Help = "build it first: kustomize build " + strings.TrimSuffix(folder, "/") + " | zt ... -"
		default:
			continue
		}
		kept := r.diags[:0:0]
		of, errors := 0, 0
		for _, old := range r.diags {
			isOf := old.Code == diag.UnreadableManifest && old.Span.File != nil && folder != "" && strings.HasPrefix(old.Span.File.Name, folder)
			if isOf && (old.Severity == diag.Warning || old.Help == renderFirst && name == "Chart.yaml") {
				if old.Severity == diag.Error {
					errors++
				}
				if of++; of <= 3 && old.Span.File != f {
					d = d.WithRelated(old.Span, "%s", old.Message)
				}
				continue
			}
			kept = append(kept, old)
		}
		if of == 0 {
			continue
		}
		if d.Severity = diag.Warning; errors > 0 {
			d.Severity = diag.Error
		}
		r.diags = append(kept, d)
	}
}

// split returns the folder of a file, with the separator at its end, and its name.
func split(file string) (folder, name string) {
	at := strings.LastIndexAny(file, `/\`) + 1
	return file[:at], file[at:]
}
