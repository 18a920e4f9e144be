package inventory

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// A policy that an object or a bare list holds is refused where it is: skipped, it would read as "no policy".
func TestHeldPolicies(t *testing.T) {
	const (
		native  = "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {podSelector: {}}"
		foreign = "apiVersion: cilium.io/v3, kind: CiliumNetworkPolicy, metadata: {name: p}"
		list    = "make it a List: "
	)
	for text, want := range map[string]string{
		"apiVersion: v1\nitems: [{" + native + "}]\nkind: list\n":                                                                    list,
		"apiVersion: v1\nitems:\n- a: b\n- {" + native + "}\nkind: LIST\n":                                                           list,
		"apiVersion: v1\nitems: [{" + native + "}]\nkind: Foo\n":                                                                     list,
		"apiVersion: example.com/v1\nitems: [{" + foreign + "}]\nkind: Foo\nmetadata: {name: x}\n":                                   list,
		"apiVersion: apps/v1\nitems: [{" + native + "}]\nkind: Deployment\nmetadata: {name: x}\n":                                    list,
		"apiVersion: v1\nitems: [{" + native + "}]\nkind: Service\nmetadata: {name: x}\n":                                            list,
		"apiVersion: v1\nitems: [{" + native + "}]\nkind: Pod\nmetadata: {name: x}\n":                                                list,
		"apiVersion: v1\nitems: [{apiVersion: v1, kind: List, items: [{" + native + "}]}]\nkind: Foo\n":                              list,
		"apiVersion: v1\nitems: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicyList, metadata: {}, items: []}]\nkind: Foo\n": list,
		"apiVersion: v1\nitems: [{apiVersion: v1, kind: NetworkPolicies, metadata: {name: p}}]\nkind: list\n":                        list,
		"apiVersion: v1\nitems: [{apiVersion: v1, items: [{" + native + "}], kind: list}]\nkind: List\n":                             list,
		"apiVersion: cilium.io/v3\nitems: [{metadata: {name: p}}]\nkind: CiliumNetworkPolicy\nmetadata: {name: p}\n":                 "write kind: CiliumNetworkPolicyList",
		"[{" + native + "}]\n":            list,
		"- a: b\n- - {" + foreign + "}\n": list,
		"apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: x}\nobjects: [{" + native + "}]\n":                                                                                                      "oc process -f FILE",
		"apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nmetadata: {name: x}\nspec: {workload: {manifests: [{" + native + "}]}}\n":                                                                  "documents of their own",
		"apiVersion: hive.openshift.io/v1\nkind: SelectorSyncSet\nmetadata: {name: x}\nspec: {resources: [{" + native + "}]}\n":                                                                                         "documents of their own",
		"apiVersion: kubernetes.crossplane.io/v1alpha2\nkind: Object\nmetadata: {name: x}\nspec: {forProvider: {manifest: {" + native + "}}}\n":                                                                         "documents of their own",
		"apiVersion: kro.run/v1alpha1\nkind: ResourceGraphDefinition\nmetadata: {name: x}\nspec: {resources: [{id: a, template: {" + native + "}}]}\n":                                                                  "documents of their own",
		"apiVersion: v1\nitems:\n- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  metadata: {name: p}\n  spec: {podSelector: {}}\nkind: list\n":                                                             list,
		"kind: Foo\napiVersion: v1\nitems:\n- metadata: {name: p}\n  apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  spec: {podSelector: {}}\n":                                                              list,
		"apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nspec:\n  workload:\n    manifests:\n    - apiVersion: networking.k8s.io/v1\n      kind: NetworkPolicy\n      metadata:\n        name: p\n": "documents of their own",
	} {
		json, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{text, string(json)} {
			for i, read := range []func([]*source.File, string) (*Inventory, diag.List){Read, ReadEvidence} {
				inv, diags := read([]*source.File{newFile("f", text)}, "")
				if diags.Errors() != 1 || !strings.Contains(diags[0].Help, want) || len(inv.Policies)+len(inv.Foreign) > 0 {
					t.Errorf("reader %d: %v: %s", i, diags, text)
				}
			}
		}
	}
	if _, diags := Read([]*source.File{newFile("f", "apiVersion: template.openshift.io/v1\nkind: Template\nobjects: []\nobjects: [{"+native+"}]\n")}, ""); diags.Errors() != 1 {
		t.Errorf("objects twice: %v", diags)
	}
	_, problems := read("- a: b\n- " + strings.ReplaceAll(policyOf("podSelector: {}"), "\n", "\n  "))
	if want := "0.yaml:2: the NetworkPolicy inside a bare list is not read [ZT601]"; len(problems) != 1 || problems[0] != want {
		t.Errorf("%v, want %s", problems, want)
	}
	_, problems = read("apiVersion: example.com/v1\nkind: Object\nspec:\n  resources:\n  - " + strings.ReplaceAll(policyOf("podSelector: {}"), "\n", "\n    "))
	if want := "0.yaml:5: the NetworkPolicy inside an Object is not read [ZT601]"; len(problems) != 1 || problems[0] != want {
		t.Errorf("%v, want %s", problems, want)
	}
	// What holds nothing like a policy blocks nothing.
	for _, text := range []string{
		"apiVersion: v1\nkind: Foo\nitems: [1, {a: b}, {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]\n",
		"apiVersion: template.openshift.io/v1\nkind: Template\nobjects: [{apiVersion: v1, kind: Service, metadata: {name: c}}]\n",
		`[{"kind": "NetworkPolicy", "name": "p", "status": "valid"}, {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "name": "p"}]`,
		"apiVersion: apps.example.com/v1\nkind: Set\nspec: {resources: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, name: p}]}\n",
		"apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\nspec: {resources: {limits: {cpu: 1}}}\n",
	} {
		inv, diags := Read([]*source.File{newFile("p", policyOf("podSelector: {}")), newFile("f", text)}, "")
		if diags.Errors() > 0 || len(inv.Policies) != 1 {
			t.Errorf("%s: %v", text, diags)
		}
	}
}
