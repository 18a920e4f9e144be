package inventory

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Policies that name no namespace beside workloads that do are noted: nothing else says that they apply
// to none of these.
func TestPoliciesElsewhere(t *testing.T) {
	pod := func(namespace string) string {
		return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x" + namespace + "}\n"
	}
	policy := policyOf("podSelector: {}")
	placed := strings.Replace(policy, "{name: a}", "{name: a, namespace: shop}", 1)
	again := "---\n" + strings.Replace(policy, "{name: a}", "{name: b}", 1)
	for text, want := range map[string]string{
		policy + pod(", namespace: shop"):           "NetworkPolicy default/a names no namespace",
		policy + again + pod(", namespace: shop"):   "and 1 other policies name no namespace",
		placed + pod(", namespace: shop"):           "",
		policy + pod(""):                            "",
		policy + pod(", namespace: shop") + pod(""): "",
		policy: "",
		policy + "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\n": "",
	} {
		_, diags := Read([]*source.File{source.NewFile("a.yaml", text)}, "")
		if want == "" && len(diags) > 0 || want != "" && (len(diags) != 1 || diags[0].Severity != diag.Note || !strings.Contains(diags[0].Message, want)) {
			t.Errorf("%q: %v, want %q", text, diags, want)
		}
		if _, diags := Read([]*source.File{source.NewFile("a.yaml", text)}, "shop"); len(diags) > 0 {
			t.Errorf("%q with a namespace given: %v", text, diags)
		}
	}
}
