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
	const (
		web       = "{matchLabels: {app: web}}"
		node      = "apiVersion: v1\nkind: Node\nmetadata: {name: one}\nspec: {podCIDRs: [10.244.0.0/24]}\nstatus: {addresses: [{type: InternalIP, address: 192.168.10.5}]}"
		nodesMode = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {policy-cidr-match-mode: nodes}"
		service   = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, clusterIP: 10.96.0.7, ports: [{port: 8080, targetPort: 80}]}"
		slice     = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}\nendpoints: [{addresses: [192.168.10.5]}]\nports: [{port: 6443, protocol: TCP}]"
	)
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
		"a peer of another namespace":    {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: prom}}]}]")}, []string{"warning ZT651"}},
		"with its namespace":             {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: prom, \"k8s:io.kubernetes.pod.namespace\": mon}}]}]")}, nil},
		"a misspelt peer":                {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {app: webb}}]}]")}, []string{"error ZT651"}},
		"a misspelt subject":             {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: apii}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"error ZT650"}},
		"a subject elsewhere":            {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: prom}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"warning ZT650"}},
		"a name without DNS":             {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}]")}, []string{"warning ZT665"}},
		"a name with DNS for others":     {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}, "+dns("b.example.com")+"]")}, []string{"warning ZT665"}},
		"a name with DNS":                {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}, "+dns("*")+"]")}, nil},
		"a subject of another namespace": {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: api, \"k8s:io.kubernetes.pod.namespace\": mon}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"error ZT679"}},
		"a subject of no namespace":      {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: api, io.kubernetes.pod.namespace: mon}}\ningress: [{fromEndpoints: ["+web+"]}]")}, []string{"error ZT679"}},
		"a subject of its own namespace": {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: api, \"k8s:io.kubernetes.pod.namespace\": shop}}\ningress: [{fromEndpoints: ["+web+"]}]")}, nil},
		"a label of namespaces":          {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {kubernetes.io/metadata.name: mon}}]}]")}, []string{"warning ZT677"}},
		"an address of a node":           {[]string{ciliumOf("p", forAPI+"egress: [{toCIDR: [192.168.10.5/32]}]"), node}, []string{"warning ZT680"}},
		"an address of a node, matched":  {[]string{ciliumOf("p", forAPI+"egress: [{toCIDR: [192.168.10.5/32]}]"), node, nodesMode}, nil},
		"addresses of pods":              {[]string{ciliumOf("p", forAPI+"ingress: [{fromCIDRSet: [{cidr: 10.244.0.0/25}]}]"), node}, []string{"warning ZT680"}},
		"addresses of pods and others":   {[]string{ciliumOf("p", forAPI+"ingress: [{fromCIDRSet: [{cidr: 10.0.0.0/8}]}]"), node}, nil},
		"an address of a Service":        {[]string{ciliumOf("p", forAPI+"egress: [{toCIDR: [10.96.0.7/32]}]"), service}, []string{"warning ZT680"}},
		"another address":                {[]string{ciliumOf("p", forAPI+"egress: [{toCIDR: [10.96.0.8/32]}]"), service}, nil},
		"a name of the cluster":          {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: web.shop.svc.Cluster.local.}]}, "+dns("*")+"]")}, []string{"warning ZT681"}},
		"a pattern of the cluster":       {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchPattern: \"*.shop.svc\"}]}, "+dns("*")+"]")}, []string{"warning ZT681"}},
		"a name that looks like it":      {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.notsvc}]}, "+dns("*")+"]")}, nil},
		"Services denied": {[]string{ciliumOf("p", forAPI+"egressDeny: [{toServices: [{k8sService: {serviceName: web, namespace: shop}}]}]\negress: [{toEndpoints: ["+web+"]}]"), service},
			[]string{"error ZT682"}},
		"Services denied at ports": {[]string{ciliumOf("p", forAPI+"egressDeny: [{toServices: [{k8sService: {serviceName: web, namespace: shop}}], toPorts: [{ports: [{port: \"81\"}]}]}]\negress: [{toEndpoints: ["+web+"]}]"), service},
			[]string{"error ZT682"}},
		"a Service":                        {[]string{ciliumOf("p", forAPI+"egress: [{toServices: [{k8sService: {serviceName: web, namespace: shop}}]}]"), service}, nil},
		"a Service that is not there":      {[]string{ciliumOf("p", forAPI+"egress: [{toServices: [{k8sService: {serviceName: wep, namespace: shop}}]}]"), service}, []string{"warning ZT682"}},
		"a Service of an unread namespace": {[]string{ciliumOf("p", forAPI+"egress: [{toServices: [{k8sService: {serviceName: wep, namespace: far}}]}]"), service}, nil},
		"a Service of all namespaces":      {[]string{ciliumOf("p", forAPI+"egress: [{toServices: [{k8sService: {serviceName: web}}]}]"), service}, []string{"warning ZT682"}},
		"the API server's Service":         {[]string{ciliumOf("p", forAPI+"egress: [{toServices: [{k8sService: {serviceName: kubernetes, namespace: default}}]}]")}, []string{"warning ZT682"}},
		"default deny without rules":       {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\nenableDefaultDeny: {egress: true}")}, []string{"warning ZT683"}},
		"no default deny without rules":    {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\nenableDefaultDeny: {ingress: true, egress: false}")}, nil},
		"an endPort that is less":          {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: \"80\", endPort: 79}]}]}]")}, []string{"warning ZT683"}},
		"an endPort of every port":         {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: \"0\", endPort: 79}]}]}]")}, []string{"warning ZT683"}},
		"a range of ports":                 {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: \"80\", endPort: 89}]}]}]")}, nil},
		"a Service's port":                 {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: api}}\negress: [{toEndpoints: ["+web+"], toPorts: [{ports: [{port: \"8080\", protocol: TCP}]}]}]"), service}, []string{"error ZT653"}},
		"a Service's port and the pods'":   {[]string{ciliumOf("p", "endpointSelector: {matchLabels: {app: api}}\negress: [{toEndpoints: ["+web+"], toPorts: [{ports: [{port: \"8080\"}, {port: \"80\"}]}]}]"), service}, nil},
		"a port that none declares":        {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: \"82\"}]}]}]")}, []string{"warning ZT654"}},
		"a name that no port has":          {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: http}]}]}]")}, []string{"error ZT654"}},
		"a port that is denied":            {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: ["+web+"]}]\ningressDeny: [{fromEndpoints: ["+web+"], toPorts: [{ports: [{port: \"82\"}]}]}]")}, nil},
		"a Service's port of the API server": {[]string{ciliumOf("p", forAPI+"egress: [{toEntities: [kube-apiserver], toPorts: [{ports: [{port: \"443\"}]}]}]"),
			slice}, []string{"error ZT653"}},
		"the port of the API server": {[]string{ciliumOf("p", forAPI+"egress: [{toEntities: [kube-apiserver], toPorts: [{ports: [{port: \"6443\"}]}]}]"),
			slice}, nil},
		"resolvers of its own namespace": {[]string{ciliumOf("p", forAPI+"egress: [{toEndpoints: [{matchLabels: {\"k8s:k8s-app\": kube-dns}}]}]")}, []string{"warning ZT651"}},
		"a reserved label misspelt":      {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {\"reserved:hosts\": \"\"}}]}]")}, []string{"error ZT651"}},
		"a reserved label with a value":  {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {\"reserved:host\": \"true\"}}]}]")}, []string{"error ZT651"}},
		"a source before a dot":          {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {any.role: web, \"k8s:io.kubernetes.pod.namespace\": far}}]}]")}, []string{"warning ZT651"}},
		"a label that looks like it":     {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {k8s.example.com/app: web, \"k8s:io.kubernetes.pod.namespace\": far}}]}]")}, nil},
		"a reserved label":               {[]string{ciliumOf("p", forAPI+"ingress: [{fromEndpoints: [{matchLabels: {\"reserved:world\": \"\"}}]}]")}, nil},
		"an empty rule of a denial":      {[]string{ciliumOf("default-deny", forAPI+"ingress: [{}]")}, nil},
		"an empty rule that zt wrote":    {[]string{strings.Replace(ciliumOf("p", forAPI+"ingress: [{}]"), "name: p,", "name: p, labels: {app.kubernetes.io/managed-by: zt},", 1)}, nil},
		"a name with DNS elsewhere":      {[]string{ciliumOf("p", forAPI+"egress: [{toFQDNs: [{matchName: a.example.com}]}]"), ciliumOf("q", "endpointSelector: {}\negress: ["+dns("*.example.com")+"]")}, nil},
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
