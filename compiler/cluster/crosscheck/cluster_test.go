package crosscheck_test

import (
	"fmt"
	"slices"
	"testing"
)

// Where policies of the whole cluster decide before the program's own.
func TestClusterPolicies(t *testing.T) {
	const (
		program = "namespace shop {\n  tier web { app=web } :80\n  tier db { app=db } :5432\n  tier api { app=api }\n  web -> db\n  api -> web\n}\ndeny api -> db\n"
		all     = "[{namespaces: {}}]"
		every   = "{namespaces: {}}"
	)
	workloads := ""
	for _, app := range []string{"web", "db", "api"} {
		workloads += fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s, namespace: shop}, spec: {template: {metadata: {labels: {app: %s}}, spec: {containers: [{name: c, ports: [{containerPort: %d}]}]}}}}\n---\n", app, app, map[string]int{"web": 80, "db": 5432, "api": 1}[app])
	}
	policy := func(name, tier string, priority int, subject, rules string) string {
		return fmt.Sprintf("{apiVersion: policy.networking.k8s.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: %s}, spec: {tier: %s, priority: %d, subject: %s, %s}}\n---\n", name, tier, priority, subject, rules)
	}
	pods := func(app string) string {
		return "{pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: " + app + "}}}}"
	}
	for name, c := range map[string]struct {
		policies string
		want     []string
	}{
		"an edge denied":            {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Deny, from: ["+pods("web")+"]}]"), []string{"warning ZT635 5"}},
		"on the way out":            {policy("p", "Admin", 10, pods("web"), "egress: [{action: Deny, to: ["+pods("db")+"]}]"), []string{"warning ZT635 5"}},
		"on another port":           {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Deny, from: "+all+", protocols: [{tcp: {destinationPort: {number: 1}}}]}]"), nil},
		"accepted before":           {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Accept, from: ["+pods("web")+"], protocols: [{tcp: {destinationPort: {number: 5432}}}]}, {action: Deny, from: "+all+"}]"), nil},
		"passed before":             {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Deny, from: "+all+"}]") + policy("q", "Admin", 5, every, "ingress: [{action: Pass, from: "+all+"}]"), nil},
		"passed too late":           {policy("p", "Admin", 5, pods("db"), "ingress: [{action: Deny, from: "+all+"}]") + policy("q", "Admin", 10, every, "ingress: [{action: Pass, from: "+all+"}]"), []string{"warning ZT635 5"}},
		"denied in the tier after":  {policy("p", "Baseline", 10, every, "ingress: [{action: Deny, from: "+all+"}], egress: [{action: Deny, to: "+all+"}]"), nil},
		"what the program denies":   {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Deny, from: ["+pods("api")+"]}]"), nil},
		"DNS denied":                {policy("p", "Admin", 10, every, "egress: [{action: Deny, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]"), []string{"warning ZT635 0"}},
		"opened":                    {policy("p", "Admin", 10, every, "ingress: [{action: Accept, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: mon}}}]}]"), []string{"note ZT636 1"}},
		"what an edge permits":      {policy("p", "Admin", 10, pods("db"), "ingress: [{action: Accept, from: ["+pods("web")+"], protocols: [{tcp: {destinationPort: {number: 5432}}}]}]"), nil},
		"opened after it is denied": {policy("p", "Admin", 10, every, "ingress: [{action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: mon}}}]}, {action: Accept, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: mon}}}]}]"), nil},
		"opened elsewhere":          {policy("p", "Admin", 10, "{namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}", "ingress: [{action: Accept, from: "+all+"}]"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range hold(t, program, workloads+c.policies) {
				line := 0
				if d.Span.File != nil && d.Span.File.Name == "shop.zt" {
					line = d.Span.Begin().Line
				}
				got = append(got, fmt.Sprintf("%s %s %d", d.Severity, d.Code, line))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
