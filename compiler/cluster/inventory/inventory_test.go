package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/grammar/source"
)

// read reads texts as the files 0.yaml, 1.yaml and so on.
func read(texts ...string) (*Inventory, []string) {
	var files []*source.File
	for i, text := range texts {
		files = append(files, source.NewFile(fmt.Sprintf("%d.yaml", i), text))
	}
	inv, diags := Read(files, "")
	var problems []string
	for _, d := range diags {
		place := ""
		if !d.Span.IsZero() {
			place = fmt.Sprintf("%s:%d: ", d.Span.File.Name, d.Span.Begin().Line)
		}
		problems = append(problems, fmt.Sprintf("%s%s [%s]", place, d.Message, d.Code))
	}
	return inv, problems
}

// mustRead reads texts that are to be without problems.
func mustRead(t *testing.T, texts ...string) *Inventory {
	t.Helper()
	inv, problems := read(texts...)
	if len(problems) > 0 {
		t.Fatalf("problems: %s", strings.Join(problems, "\n"))
	}
	return inv
}

// objects names all that an inventory has, with the lines where it stands.
func objects(inv *Inventory) []string {
	var out []string
	add := func(o Object) { out = append(out, fmt.Sprintf("%s @%s:%d", o, o.Span.File.Name, o.Span.Begin().Line)) }
	for _, o := range inv.Policies {
		add(o.Object)
	}
	for _, o := range inv.Workloads {
		add(o.Object)
	}
	for _, o := range inv.Services {
		add(o.Object)
	}
	for _, o := range inv.Namespaces {
		add(o.Object)
	}
	for _, o := range inv.Callbacks {
		add(o.Object)
	}
	for _, o := range inv.Foreign {
		add(o.Object)
	}
	return out
}

// Every document of every file is read, whatever stands between them, and
// kinds without a use are skipped.
func TestDocuments(t *testing.T) {
	policy := func(name string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name + "}\n"
	}
	tests := map[string]struct {
		text string
		want []string
	}{
		"one":             {policy("a"), []string{"NetworkPolicy default/a @0.yaml:1"}},
		"two":             {policy("a") + "---\n" + policy("b"), []string{"NetworkPolicy default/a @0.yaml:1", "NetworkPolicy default/b @0.yaml:5"}},
		"comments alone":  {"# nothing\n---\n# nothing\n---\n---\n" + policy("a") + "---\n# end\n", []string{"NetworkPolicy default/a @0.yaml:6"}},
		"document ends":   {policy("a") + "...\n---\n" + policy("b") + "...\n", []string{"NetworkPolicy default/a @0.yaml:1", "NetworkPolicy default/b @0.yaml:6"}},
		"a mark of order": {"\ufeff" + policy("a"), []string{"NetworkPolicy default/a @0.yaml:1"}},
		"CRLF":            {strings.ReplaceAll(policy("a")+"---\n"+policy("b"), "\n", "\r\n"), []string{"NetworkPolicy default/a @0.yaml:1", "NetworkPolicy default/b @0.yaml:5"}},
		"a separator in a text": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: |\n    a\n    ---\n    " + "apiVersion: networking.k8s.io/v1\n" + "---\n" + policy("a"),
			[]string{"NetworkPolicy default/a @0.yaml:10"}},
		"nothing of use":  {"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n---\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\n", nil},
		"another Service": {"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\nspec: {template: 3}\n", nil},
		"JSON":            {`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`, []string{"Namespace shop @0.yaml:1"}},
		"JSON, and more":  {"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}\n\n{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"b\"}}\n", []string{"Namespace a @0.yaml:1", "Namespace b @0.yaml:3"}},
		"JSON in YAML":    {"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}\n---\n" + policy("b"), []string{"NetworkPolicy default/b @0.yaml:3", "Namespace a @0.yaml:1"}},
		"flow style":      {"{apiVersion: v1, kind: Namespace, metadata: {name: a}}", []string{"Namespace a @0.yaml:1"}},
		"anchors":         {"apiVersion: v1\nkind: Service\nmetadata: &m {name: a}\nspec: {selector: *m, ports: [&p {port: 80}, {<<: *p, name: x}]}\n", []string{"Service default/a @0.yaml:1"}},
		"foreign": {"apiVersion: cilium.io/v3\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: b}\n---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: c}\nspec: {order: 5}\n",
			[]string{"CiliumNetworkPolicy b/a @0.yaml:1", "NetworkPolicy default/c @0.yaml:5"}},
		"a List": {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: Namespace\n    metadata: {name: b}\n",
			[]string{"Namespace a @0.yaml:4", "Namespace b @0.yaml:10"}},
		"a typed List":   {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nmetadata: {resourceVersion: '1'}\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n", []string{"NetworkPolicy default/a @0.yaml:5", "NetworkPolicy default/b @0.yaml:6"}},
		"an empty List":  {"apiVersion: v1\nitems: []\nkind: List\nmetadata: {resourceVersion: ''}\n", nil},
		"a List in JSON": {"{\"apiVersion\":\"networking.k8s.io/v1\",\"items\":[\n{\"metadata\":{\"name\":\"a\"}},\n{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}],\"kind\":\"NetworkPolicyList\"}", []string{"NetworkPolicy default/a @0.yaml:2", "Namespace n @0.yaml:3"}},
		"a ResourceList": {"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {}\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n", []string{"Namespace a @0.yaml:5"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, objects(mustRead(t, tt.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What `kubectl get networkpolicies -A -o yaml` prints, of a server that still had a status.
func TestClusterOutput(t *testing.T) {
	inv := mustRead(t, `apiVersion: v1
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy"}
    creationTimestamp: 2024-05-01T10:00:00Z
    generation: 1
    managedFields:
    - apiVersion: networking.k8s.io/v1
      fieldsType: FieldsV1
      fieldsV1:
        f:metadata: {f:annotations: {.: {}}}
      manager: kubectl
      operation: Update
      time: "2024-05-01T10:00:00Z"
    name: from-web
    namespace: shop
    resourceVersion: "4711"
    uid: 0f0e7b3c-8a55-4b7c-9a53-0b8d1f1f6a10
  spec:
    ingress:
    - from:
      - podSelector:
          matchExpressions:
          - key: app
            operator: NotIn
            values: [db]
      ports:
      - port: 8080
      - port: dns
        protocol: UDP
    podSelector: {}
  status: {}
kind: List
metadata:
  resourceVersion: ""
`)
	if len(inv.Policies) != 1 {
		t.Fatalf("%d policies", len(inv.Policies))
	}
	p := inv.Policies[0]
	if p.Object.String() != "NetworkPolicy shop/from-web" || p.ResourceVersion != "4711" || p.Span.Begin().Line != 3 {
		t.Errorf("%v %s %v", p.Object, p.ResourceVersion, p.Span.Begin())
	}
	if !slices.Equal(p.Spec.PolicyTypes, []networkingv1.PolicyType{"Ingress"}) {
		t.Errorf("policyTypes %v", p.Spec.PolicyTypes)
	}
	for i, want := range []string{"TCP", "UDP"} {
		if got := p.Spec.Ingress[0].Ports[i].Protocol; got == nil || string(*got) != want {
			t.Errorf("port %d: protocol %v", i, got)
		}
	}
	if e := p.Spec.Ingress[0].From[0].PodSelector.MatchExpressions[0]; e.Operator != "NotIn" || e.Key != "app" {
		t.Errorf("%v", e)
	}
}

// The API server's defaults: of policyTypes left out, Egress depends on egress rules.
func TestPolicyTypes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "[Ingress]",
		"ingress: []":                            "[Ingress]",
		"egress: []":                             "[Ingress]",
		"egress: [{}]":                           "[Ingress Egress]",
		"ingress: [{}]\n  egress: [{}]":          "[Ingress Egress]",
		"policyTypes: []":                        "[Ingress]",
		"policyTypes: [Egress]":                  "[Egress]",
		"egress: [{}]\n  policyTypes: [Ingress]": "[Ingress]",
	} {
		inv := mustRead(t, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {}\n  "+text+"\n")
		if got := fmt.Sprint(inv.Policies[0].Spec.PolicyTypes); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// What names no namespace goes where it is told to.
func TestNamespace(t *testing.T) {
	text := "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: x}\n"
	inv, diags := Read([]*source.File{source.NewFile("f", text)}, "shop")
	if len(diags) > 0 || inv.Services[0].Namespace != "shop" || inv.Services[1].Namespace != "x" {
		t.Error(inv.Services, diags)
	}
}
