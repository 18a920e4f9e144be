package policies

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func importCilium(t *testing.T, text string) (string, diag.List) {
	t.Helper()
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", text)}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%v\n%s", diags, text)
	}
	files, diags, err := Import(inv, false)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(files) == 0 {
		return "", diags
	}
	return string(files[0].Text), diags
}

// What policies of Cilium permit is a program, which is proven to permit the same; what none can say is refused.
func TestImportCilium(t *testing.T) {
	const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  endpointSelector: {matchLabels: {app: api}}\n  "
	for _, test := range []struct{ spec, want string }{
		{`ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`, "web -> api"},
		{`ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`, "all -> api"},
		{`egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}]`, "api -> 10.0.0.0/8 except 10.1.0.0/16 :any"},
		{`egress: [{}]`, "namespace shop isolates tiers egress"},
		{`ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]` + "\n  " + `ingressDeny: [{toPorts: []}]`, "web -> api :any"},
		{`ingressDeny: [{fromEntities: [world]}]`, "tier api { app=api }"},
		{`enableDefaultDeny: {ingress: false}` + "\n  " + `ingress: [{fromEntities: [world]}]`, "namespace shop isolates nothing"},
		{`enableDefaultDeny: {ingress: false}` + "\n  " + `ingressDeny: [{fromEntities: [world]}]`, "cluster -> api :any"},
		{`ingress: [{fromEntities: [host]}]`, "the entity host alone: no program names the node of a pod"},
		{`ingress: [{fromEntities: [remote-node]}]`, "nothing says which node"},
		{`ingress: [{fromEntities: [world], toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{}]}}]}]`, "leaves to a proxy"},
		{`egress: [{toFQDNs: [{matchName: api.example.com}]}]`, "nothing says that Cilium learns the addresses of api.example.com"},
	} {
		program, diags := importCilium(t, head+test.spec)
		if !strings.Contains(program, test.want) && (diags.Errors() == 0 || !strings.Contains(diags[0].Message, test.want)) {
			t.Errorf("%s: no %q in\n%s%v", test.spec, test.want, program, diags)
		}
	}
}

// Every form of a policy is read: lists of specs, selectors with the sources of labels, and what matches nothing.
func TestImportCiliumForms(t *testing.T) {
	const (
		head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\n"
		wide = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}\n"
		dns  = `{toEndpoints: [{matchLabels: {k8s-app: kube-dns, "k8s:io.kubernetes.pod.namespace": kube-system}}], toPorts: [{ports: [{port: "53", protocol: UDP}, {port: "53", protocol: TCP}], rules: {dns: [{matchPattern: "*"}]}}]}`
	)
	for _, test := range []struct{ text, want string }{
		{head + `specs: []`, "namespace shop isolates nothing"},
		{head + `spec: {endpointSelector: {}, ingress: [{}]}` + "\n" + `specs: [{endpointSelector: {matchLabels: {app: a}}, ingress: [{fromEndpoints: [{}]}]}]`, "  shop/* -> a :any  # policy p"},
		{head + `spec: {endpointSelector: {matchLabels: {"k8s:app": a}}, ingress: [{fromEndpoints: [{matchExpressions: [{key: "any:role", operator: NotIn, values: [b]}]}]}]}`, "  tier not-b { role!=b } isolates nothing"},
		{head + `spec: {endpointSelector: {matchLabels: {"container:app": a}}, ingress: [{}]}`, "nothing says which pods have labels of the source container"},
		{head + `spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {"reserved:host": ""}}]}]}`, "nothing says which node a pod is on"},
		{head + `spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {"reserved:health": ""}}]}]}`, "namespace shop isolates ingress"},
		{head + `spec: {endpointSelector: {}, ingress: [{fromEndpoints: []}, {fromEntities: [none, init]}]}`, "namespace shop isolates ingress"},
		{head + `spec: {endpointSelector: {}, egress: [{toFQDNs: [{matchName: API.Example.com.}]}, ` + dns + `]}`, "external example { host api.example.com }"},
		{head + `spec: {endpointSelector: {}, egress: [{toFQDNs: [{matchName: _a.example.com}]}, ` + dns + `]}`, "spec.egress[0].toFQDNs[0]: the names that match _a.example.com have no form"},
		{head + `spec: {endpointSelector: {}, egress: [{toFQDNs: [{matchPattern: "*"}]}, ` + dns + `]}`, "the names that match * have no form"},
		{head + `spec: {endpointSelector: {}, egress: [{toEntities: [world]}], egressDeny: [{toCIDR: [10.0.0.0/8]}, {toPorts: [{ports: [{port: "25", protocol: TCP}]}]}]}`, "0.0.0.0/0 except 10.0.0.0/8"},
		{wide + `spec: {endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": shop}}, ingress: [{fromEndpoints: [{}]}]}`, "  cluster -> shop/* :any  # policy p"},
		{wide + `spec: {endpointSelector: {matchLabels: {"io.cilium.k8s.namespace.labels.team": a}}, ingress: [{}]}`, "selects pods of namespaces that it does not name"},
		{wide + `spec: {endpointSelector: {}, ingressDeny: [{fromEntities: [world]}], enableDefaultDeny: {ingress: false}}`, "selects pods of namespaces that it does not name"},
		{wide + `spec: {endpointSelector: {}, ingress: [{fromEntities: [all]}]}`, "From 1 policy of the whole cluster."},
	} {
		program, diags := importCilium(t, test.text)
		if !strings.Contains(program, test.want) && (diags.Errors() == 0 || !strings.Contains(diags[0].Message, test.want)) {
			t.Errorf("%s: no %q in\n%s%v", test.text, test.want, program, diags)
		}
	}
}

// Random policies are imported exactly, or refused with a reason. No program has a name in part, or a pattern of one label.
func TestImportRandomCilium(t *testing.T) {
	sets := uint64(2000)
	if testing.Short() {
		sets = 200
	}
	imported, refused := 0, map[string]int{}
	for seed := range sets {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(seed, 3))}
		s := d.Set(false, false)
		s.Ordered = nil
		d.AddCilium(s, seed%4 == 0)
		if seed%2 == 0 {
			s.ResolveNames()
		}
		for _, name := range []string{"a", "b", "c"} {
			if s.Namespaces[name] == nil && seed%8 > 0 {
				s.Namespaces[name] = map[string]string{"env": "x"}
			}
		}
		program, diags := importCilium(t, s.Manifests())
		for _, p := range diags {
			if p.Code != diag.NotImportable && p.Code != diag.LabelsNeeded || p.Help == "" {
				t.Fatalf("seed %d: %s %s\n%s", seed, p.Code, p.Message, s.Manifests())
			}
			refused[reason.FindString(p.Message)]++
		}
		if program != "" {
			imported++
		}
	}
	t.Logf("%d of %d imported; refused: %v", imported, sets, refused)
	if imported < int(sets)/4 || refused[""] > 0 {
		t.Error("too few are imported, or refused for another reason")
	}
}

// reason matches why policies are refused.
var reason = regexp.MustCompile("leaves to a proxy|nothing says [a-z ]*|namespaces that it does not name|numbers and names of ports|no form in the language|some of the addresses|are not known|no single name|which no program has|no program names the node of a pod")
