package policycheck_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ciliumOf returns a policy of Cilium in namespace shop.
func ciliumOf(name, spec string) string {
	return "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: " + name + ", namespace: shop}\nspec:\n  " + strings.ReplaceAll(spec, "\n", "\n  ")
}

// dns returns a rule that lets names through.
func dns(pattern string) string {
	return `{toEntities: [all], toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "` + pattern + `"}]}}]}`
}

// The traps of the format, each alone and with what makes it none.
func TestCilium(t *testing.T) {
	const forAPI = "endpointSelector: {matchLabels: {app: api}}\n"
	workloads := []string{
		workload("shop", "api", "app: api", "{containerPort: 80}"), workload("shop", "web", "app: web", "{containerPort: 80}"),
		workload("mon", "prom", "app: prom", "{containerPort: 1}"),
	}
	web := "{matchLabels: {app: web}}"
	for name, test := range map[string]struct {
		policies []string
		want     []string
	}{
		"all is well":                 {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]")}, nil},
		"an empty rule alone":         {[]string{ciliumOf("p", forAPI+"ingress: [{}]")}, []string{"note ZT661"}},
		"an empty rule beside others": {[]string{ciliumOf("p", forAPI+"ingress: [{}, {fromEndpoints: ["+web+"]}]")}, []string{"warning ZT661"}},
		"an empty list of peers":      {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: []}, {fromEndpoints: ["+web+"]}]")}, []string{"warning ZT661"}},
		"ports without peers":         {[]string{ciliumOf("p", forAPI+"ingress: [{toPorts: [{ports: [{port: \"80\"}]}]}]")}, nil},
		"ICMP":                        {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], icmps: [{fields: [{type: 8}]}]}]")}, nil},
		"Cilium's proxy":              {[]string{ciliumOf("p", forAPI+"ingress: [{fromEntities: [ingress]}, {fromEndpoints: [{matchLabels: {\"reserved:init\": \"\"}}]}]")}, nil},
		"nothing of Cilium's proxy":   {[]string{ciliumOf("p", forAPI+"ingress: [{fromEntities: [ingress], toPorts: [{ports: []}]}, {fromEntities: []}]")}, []string{"warning ZT661"}},
		"an empty list of rules":      {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\negress: []")}, []string{"warning ZT662"}},
		"an empty list beside denies": {[]string{ciliumOf("p", forAPI+"ingress: []\ningressDeny: [{fromEndpoints: ["+web+"]}]\nenableDefaultDeny: {ingress: false}")}, nil},
		"all of it denied":            {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\ningressDeny: [{fromEntities: [cluster]}]")}, []string{"warning ZT663"}},
		"denied by another policy":    {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]"), ciliumOf("q", "endpointSelector: {}\ningressDeny: [{fromEndpoints: [{}]}]\nenableDefaultDeny: {ingress: false}")}, []string{"warning ZT663"}},
		"some of it denied":           {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\ningressDeny: [{fromEndpoints: [{}], toPorts: [{ports: [{port: \"81\"}]}]}]")}, nil},
		"only a denial":               {[]string{ciliumOf("p", forAPI+"ingressDeny: [{fromEndpoints: ["+web+"]}]")}, []string{"warning ZT664"}},
		"a denial that isolates none": {[]string{ciliumOf("p", forAPI+"ingressDeny: [{fromEndpoints: ["+web+"]}]\nenableDefaultDeny: {ingress: false}")}, nil},
		"a denial beside NetworkPolicies": {[]string{ciliumOf("p", forAPI+"ingressDeny: [{fromEndpoints: ["+web+"]}]"),
			netpol("np", "podSelector: {matchLabels: {app: api}}, ingress: [{}]")}, nil},
		"a peer of another namespace": {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: prom}}]}]")}, []string{"warning ZT651"}},
		"with its namespace":          {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: prom, \"k8s:io.kubernetes.pod.namespace\": mon}}]}]")}, nil},
		"a misspelt peer":             {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: webb}}]}]")}, []string{"error ZT651"}},
		"a misspelt subject":          {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: apii}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"error ZT650"}},
		"a subject elsewhere":         {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: prom}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"warning ZT650"}},
		"a name without DNS":          {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}]")}, []string{"warning ZT665"}},
		"a name with DNS for others":  {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}, "+dns("b.example.com")+"]")}, []string{"warning ZT665"}},
		"a name with DNS":             {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}, "+dns("*")+"]")}, nil},
		"a name with DNS elsewhere":   {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}]"), ciliumOf("q", "endpointSelector: {}\negress: ["+dns("*.example.com")+"]")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range check(t, strings.Join(append(test.policies, workloads...), "\n---\n")) {
				got = append(got, fmt.Sprintf("%s %s", d.Severity, d.Code))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A policy about nodes and pods has its rules where they are written.
func TestCiliumNodesBesidePods(t *testing.T) {
	const policy = `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: both}
specs:
- nodeSelector: {}
  ingress: [{fromEntities: [cluster]}]
- endpointSelector: {matchLabels: {"reserved:health": ""}}
  ingress: [{}]
- endpointSelector: {}
  ingress: [{fromEntities: [cluster]}, {fromEntities: [all], icmps: [{fields: [{type: 8}]}]}]
`
	for _, d := range check(t, policy) {
		t.Errorf("%s %s", d.Code, d.Message)
	}
}
