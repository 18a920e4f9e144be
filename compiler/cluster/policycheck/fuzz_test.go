package policycheck_test

import (
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policycheck"
	"github.com/zt-lang/zt/grammar/source"
)

// FuzzCheck checks that whatever can be read is checked without a panic, that all diagnostics have a
// place in the file, and that fixes change the file only there.
func FuzzCheck(f *testing.F) {
	for _, code := range ours() {
		page := fence.FindAllStringSubmatch(pageOf(code), -1)
		for _, m := range page {
			f.Add(m[1])
		}
	}
	f.Add(workload("shop", "a", "app: a", api) + "\n---\n" + netpol("p", "podSelector: &s {matchLabels: &l {app: b}}, ingress: [{from: [{podSelector: *s}], ports: [{port: }]}]"))
	f.Add(`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"generateName":"a"},"spec":{"podSelector":{"matchLabels":{"\u0061pp":"\u0061"}},"policyTypes":["Ingress"],"egress":[{}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("m.yaml", text)
		inv, diags := inventory.ReadPlaced([]inventory.Group{{Files: []*source.File{file}}})
		if diags.Errors() > 0 {
			return
		}
		for _, d := range policycheck.Check(inv) {
			if d.Span.File != file || d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End || d.Help == "" && len(d.Fixes) == 0 {
				t.Errorf("%+v", d)
			}
			for _, fix := range d.Fixes {
				for _, e := range fix.Edits {
					if e.Span.File != file || e.Span.Start < 0 || e.Span.End > len(text) || e.Span.Start > e.Span.End {
						t.Errorf("%+v", e)
					}
				}
			}
		}
	})
}
