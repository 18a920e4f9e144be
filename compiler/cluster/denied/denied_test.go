package denied_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/denied"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// check compiles a program, and returns what manifests deny of it.
func check(t *testing.T, program, manifests string, reported diag.List) diag.List {
	t.Helper()
	file, diags := grammar.Parse(source.NewFile("shop.zt", program))
	top, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if top == nil || err != nil || diags.Errors()+more.Errors() > 0 {
		t.Fatal(err, diags, more)
	}
	inv, diags := inventory.ReadEvidence([]*source.File{source.NewFile("manifests.yaml", manifests)}, "")
	if diags.Errors() > 0 {
		t.Fatal(diags)
	}
	return denied.Check(top, inv, reported)
}

const program = `namespace shop {
  tier web { app=web } :80
  tier db { app=db } :5432, 9090
  web -> db
  web -> mon/prom
}
namespace mon isolates nothing {
  tier prom { app=prom } :9090
}
`

// workload returns a Deployment with these labels.
func workload(namespace, name, labels, ports string) string {
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: %s}\nspec: {template: {metadata: {labels: {%s}}, spec: {containers: [{name: c, ports: [%s]}]}}}\n", name, namespace, labels, ports)
}

var workloads = workload("shop", "web1", "app: web, version: v1", "{containerPort: 80}") + workload("shop", "web2", "app: web, version: v2", "{containerPort: 80}") +
	workload("shop", "db", "app: db", "{containerPort: 5432, name: sql}, {containerPort: 9090}") + workload("mon", "prom", "app: prom", "{containerPort: 9090}")

func cluster(name, tier, rules string) string {
	return fmt.Sprintf("---\n{apiVersion: policy.networking.k8s.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: %s}, spec: {tier: %s, priority: 10, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}, %s}}\n", name, tier, rules)
}

func netpol(namespace, name, spec string) string {
	return fmt.Sprintf("---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: %s, namespace: %s}, spec: {%s}}\n", name, namespace, spec)
}

// Policies that deny an edge to some of its pods are reported, and those that deny nothing of it are not.
func TestDenied(t *testing.T) {
	const (
		v1     = "[{pods: {podSelector: {matchLabels: {version: v1}}}}]"
		labels = "---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop, team: a}}}\n"
		passB  = "ingress: [{action: Pass, from: [{namespaces: {matchLabels: {team: b}}}]}, {action: Deny, from: " + v1 + "}]"
	)
	for name, c := range map[string]struct {
		policies string
		want     []string
	}{
		"none":                         {"", nil},
		"some pods":                    {cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+"}]"), []string{"4: ClusterNetworkPolicy p ingress[0] denies this edge on 5432/tcp, 9090/tcp, from Deployment shop/web1 to Deployment shop/db"}},
		"some pods, on the way out":    {cluster("p", "Admin", "egress: [{action: Deny, to: [{pods: {podSelector: {matchLabels: {app: prom}}}}]}]"), []string{"5: ClusterNetworkPolicy p egress[0] denies this edge on 9090/tcp, from Deployment shop/web1 to Deployment mon/prom, and between 1 more pair"}},
		"some pods on some ports":      {cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+", protocols: [{tcp: {destinationPort: {number: 9090}}}]}]"), []string{"4: ClusterNetworkPolicy p ingress[0] denies this edge on 9090/tcp, from Deployment shop/web1 to Deployment shop/db"}},
		"a port by its name":           {cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+", protocols: [{destinationNamedPort: sql}]}]"), []string{"4: ClusterNetworkPolicy p ingress[0] denies this edge on 5432/tcp, from Deployment shop/web1 to Deployment shop/db"}},
		"no such pods":                 {cluster("p", "Admin", "ingress: [{action: Deny, from: [{pods: {podSelector: {matchLabels: {quarantine: yes-please}}}}]}]"), nil},
		"a port that nobody has":       {cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+", protocols: [{tcp: {destinationPort: {number: 22}}}]}]"), nil},
		"passed before":                {cluster("p", "Admin", "ingress: [{action: Pass, from: "+v1+"}, {action: Deny, from: "+v1+"}]"), nil},
		"passed by unknown labels":     {cluster("p", "Admin", passB), nil},
		"not passed, by known labels":  {labels + cluster("p", "Admin", passB), []string{"4: ClusterNetworkPolicy p ingress[1] denies this edge on 5432/tcp, 9090/tcp, from Deployment shop/web1 to Deployment shop/db"}},
		"two of one priority":          {cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+"}]") + cluster("q", "Admin", "ingress: [{action: Accept, from: "+v1+"}]"), nil},
		"after the program's policies": {cluster("p", "Baseline", "ingress: [{action: Deny, from: "+v1+"}]"), nil},
		"policies of a namespace that the program isolates": {netpol("shop", "iso", "podSelector: {}, policyTypes: [Ingress, Egress]"), nil},
		"policies of another": {netpol("mon", "iso", "podSelector: {}, policyTypes: [Ingress]"),
			[]string{"5: NetworkPolicy mon/iso isolates Deployment mon/prom, and no policy permits this edge on 9090/tcp, from Deployment shop/web1 to Deployment mon/prom, and between 1 more pair"}},
		"another permits it": {netpol("mon", "iso", "podSelector: {}, policyTypes: [Ingress]") + netpol("mon", "m", "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"), nil},
		"another permits some": {netpol("mon", "iso", "podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {version: v2}}}]}]"),
			[]string{"5: NetworkPolicy mon/iso isolates Deployment mon/prom, and no policy permits this edge on 9090/tcp, from Deployment shop/web1 to Deployment mon/prom"}},
		"Cilium denies": {"---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: db}}, ingressDeny: [{fromEndpoints: [{matchLabels: {version: v2}}]}]}}\n",
			[]string{"4: CiliumNetworkPolicy shop/c ingressDeny[0] denies this edge on 5432/tcp, 9090/tcp, from Deployment shop/web2 to Deployment shop/db"}},
		"Cilium permits only others": {"---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {version: v3}}]}]}}\n", nil},
		"what zt does not evaluate":  {"---\n{apiVersion: crd.antrea.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: x}}\n" + cluster("p", "Admin", "ingress: [{action: Deny, from: "+v1+"}]"), nil},
	} {
		var got []string
		for _, d := range check(t, program, workloads[4:]+c.policies, nil) {
			got = append(got, fmt.Sprintf("%d: %s", d.Span.Begin().Line, d.Message))
			if d.Severity != diag.Warning || d.Code != diag.EdgeDenied || len(d.Related) != 1 || d.Help == "" {
				t.Errorf("%s: %+v", name, d)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// What was reported of all pods of an edge is not reported of some.
func TestReportedBefore(t *testing.T) {
	manifests := workloads[4:] + cluster("p", "Admin", "ingress: [{action: Deny, from: [{namespaces: {}}]}]")
	first := check(t, program, manifests, nil)
	if len(first) != 1 || !strings.HasSuffix(first[0].Message, "to Deployment shop/db, and between 1 more pair") || len(check(t, program, manifests, first)) > 0 {
		t.Error(first)
	}
}

// Host-network pods, and those of which it is not known what labels they have, are never said to be cut off.
func TestNoFalseAlarm(t *testing.T) {
	host := strings.Replace(workload("shop", "web1", "app: web", ""), "spec: {containers", "spec: {hostNetwork: true, containers", 1)
	deny := cluster("p", "Admin", "ingress: [{action: Deny, from: [{namespaces: {}}]}]")
	if found := check(t, program, host[4:]+workload("shop", "db", "app: db", "{containerPort: 5432}")+deny, nil); len(found) > 0 {
		t.Error(found)
	}
}

// More than can be compared is said, at once.
func TestManyDenied(t *testing.T) {
	var manifests strings.Builder
	for i := range 60 {
		manifests.WriteString(workload("shop", fmt.Sprintf("w%d", i), fmt.Sprintf("app: web, i: i%d", i), ""))
		manifests.WriteString(workload("shop", fmt.Sprintf("d%d", i), fmt.Sprintf("app: db, i: i%d", i), "{containerPort: 5432}"))
	}
	found := check(t, program, manifests.String()[4:]+cluster("p", "Admin", "ingress: [{action: Deny, from: [{namespaces: {}}]}]"), nil)
	if len(found) != 2 || !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == diag.TooMuch && d.Severity == diag.Note }) {
		t.Error(found)
	}
}
