package inventory

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// A chart or kustomization that is not rendered has one diagnostic, that says what to run.
func TestUnrendered(t *testing.T) {
	const template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n"
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a}]}}}\n"
	const patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 3}\n"
	const wrong = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicies\nmetadata: {name: a}\n"
	tests := map[string]struct {
		files     []string // names and texts
		want      string
		severity  diag.Severity
		remaining int // diagnostics
	}{
		"a chart":                  {[]string{"c/Chart.yaml", "apiVersion: v2\nname: x\n", "c/templates/a.yaml", template, "c/templates/b.yaml", template}, "a Helm chart that is not rendered", diag.Error, 1},
		"a chart without mistakes": {[]string{"c/Chart.yaml", "apiVersion: v2\nname: x\n", "c/templates/a.yaml", deployment}, "a Helm chart that is not rendered", diag.Warning, 1},
		"a policy in a chart":      {[]string{"c/Chart.yaml", "apiVersion: v2\nname: x\n", "c/templates/a.yaml", wrong}, "no API server serves the kind", diag.Error, 2},
		"a kustomization":          {[]string{"k/kustomization.yaml", "resources: [d.yaml]\n", "k/d.yaml", deployment, "k/p.yaml", patch}, "a kustomization that is not built", diag.Warning, 1},
		"a policy beside it":       {[]string{"k/kustomization.yaml", "resources: [d.yaml]\n", "k/d.yaml", wrong}, "no API server serves the kind", diag.Error, 1},
		"another folder":           {[]string{"k/kustomization.yaml", "resources: []\n", "l/p.yaml", patch}, "has no pod template", diag.Warning, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var files []*source.File
			for i := 0; i < len(tt.files); i += 2 {
				files = append(files, source.NewFile(tt.files[i], tt.files[i+1]))
			}
			_, diags := ReadEvidence(files, "")
			found := false
			for _, d := range diags {
				found = found || strings.Contains(d.Message, tt.want) && d.Severity == tt.severity
			}
			if !found || len(diags) != tt.remaining {
				t.Errorf("%v", diags)
			}
		})
	}
}
