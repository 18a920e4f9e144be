package policycheck_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policycheck"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Parts of the manifests of cases. They are lines, each a document in flow style.
func workload(namespace, name, labels string, ports ...string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s, namespace: %s}, spec: {template: {metadata: {labels: {%s}}, spec: {containers: [{name: c, ports: [%s]}]}}}}`,
		name, namespace, labels, strings.Join(ports, ", "))
}

func service(namespace, name, labels, ports string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: %s}, spec: {selector: {%s}, ports: [%s]}}`, name, namespace, labels, ports)
}

func namespace(name, labels string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {%s}}}`, name, labels)
}

func netpol(name, spec string) string {
	return fmt.Sprintf("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: %s, namespace: shop}, spec: {%s}}", name, spec)
}

const (
	api        = "{containerPort: 9080, name: web}"
	forAPI     = "podSelector: {matchLabels: {app: api}}, "
	prometheus = "{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s, namespace: shop}, spec: {}}"
	headless   = "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {clusterIP: None, selector: {app: api}, ports: [{port: 80, targetPort: 9080}]}}"
	host       = "{apiVersion: v1, kind: Pod, metadata: {name: host, namespace: shop, labels: {app: host}}, spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}"
	node       = "{apiVersion: v1, kind: Node, metadata: {name: one}, spec: {podCIDRs: [10.244.0.0/24]}, status: {addresses: [{type: InternalIP, address: 192.168.10.5}]}}"
	own        = "podSelector: {matchLabels: {app: %s}}"
	fromPod    = forAPI + "ingress: [{from: [{podSelector: {matchLabels: {%s}}}]}]"
)

// What is reported of policies, and what is not. A line of want is: severity code line, where the
// line is the number of the document.
func TestCases(t *testing.T) {
	shop := []string{workload("shop", "api", "app: api", api), workload("shop", "web", "app: web, tier: front", "{containerPort: 8080}")}
	cases := map[string]struct {
		docs []string
		want []string
	}{
		// policies that select nothing
		"a policy that selects":          {[]string{netpol("p", fmt.Sprintf(own, "api"))}, nil},
		"a misspelt value":               {[]string{netpol("p", fmt.Sprintf(own, "apis"))}, []string{"error ZT650 3"}},
		"a value of another key":         {[]string{netpol("p", "podSelector: {matchLabels: {k8s-app: api}}")}, []string{"error ZT650 3"}},
		"one label too many":             {[]string{netpol("p", "podSelector: {matchLabels: {app: api, tier: front}}")}, []string{"warning ZT650 3"}},
		"unlike everything":              {[]string{netpol("p", fmt.Sprintf(own, "batch"))}, []string{"note ZT650 3"}},
		"unlike everything in a dump":    {[]string{netpol("p", fmt.Sprintf(own, "batch")), namespace("kube-system", "")}, []string{"warning ZT650 3"}},
		"a Service shows its pods":       {[]string{netpol("p", fmt.Sprintf(own, "batch")), service("shop", "b", "app: batch", "{port: 80}")}, nil},
		"workloads without a namespace":  {[]string{strings.Replace(workload("shop", "b", "app: b"), ", namespace: shop", "", 1), strings.Replace(workload("shop", "c", "app: c"), ", namespace: shop", "", 1), netpol("p", fmt.Sprintf(own, "b")), netpol("q", fmt.Sprintf(own, "c")+", ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]")}, []string{"note ZT650 5"}},
		"a workload of default":          {[]string{workload("default", "b", "app: b"), netpol("p", fmt.Sprintf(own, "b"))}, []string{"warning ZT650 4"}},
		"a workload that cannot be read": {[]string{workload("shop", "b", "app: b", "{containerPort: x}"), netpol("p", fmt.Sprintf(own, "b")), netpol("q", fmt.Sprintf(own, "batch"))}, []string{"note ZT650 5"}},
		"the near one has its own":       {[]string{netpol("p", fmt.Sprintf(own, "apis")), netpol("q", fmt.Sprintf(own, "api"))}, []string{"note ZT650 3"}},
		"in another namespace":           {[]string{netpol("p", fmt.Sprintf(own, "batch")), workload("jobs", "b", "app: batch")}, []string{"warning ZT650 3"}},
		"two places and one cause":       {[]string{netpol("p", fmt.Sprintf(own, "apis")), netpol("q", "podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: apis}}}]}]")}, []string{"error ZT650 3"}},
		"an expression":                  {[]string{netpol("p", "podSelector: {matchExpressions: [{key: app, operator: In, values: [apis]}]}")}, []string{"error ZT650 3"}},
		"what has no expression":         {[]string{netpol("p", "podSelector: {matchExpressions: [{key: app, operator: Exists}]}")}, nil},
		"what nothing can have":          {[]string{netpol("p", "podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: app, operator: DoesNotExist}]}")}, nil},
		// peers
		"a peer that selects":            {[]string{netpol("p", fmt.Sprintf(fromPod, "app: web"))}, nil},
		"a misspelt peer":                {[]string{netpol("p", fmt.Sprintf(fromPod, "app: wbe"))}, []string{"error ZT651 3"}},
		"a peer of another namespace":    {[]string{netpol("p", fmt.Sprintf(fromPod, "app: prom")), workload("mon", "prom", "app: prom")}, []string{"error ZT651 3"}},
		"a peer that no pod has":         {[]string{netpol("p", fmt.Sprintf(fromPod, "job: night"))}, []string{"note ZT651 3"}},
		"another peer selects the near":  {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {matchLabels: {app: web}}}, {podSelector: {matchLabels: {app: wbe}}}]}]")}, []string{"note ZT651 3"}},
		"a peer elsewhere, misspelt":     {[]string{netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mon}}, podSelector: {matchLabels: {app: promm}}}]}]"), workload("mon", "prom", "app: prom")}, []string{"error ZT651 3"}},
		"a peer of an unknown namespace": {[]string{netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mon}}, podSelector: {matchLabels: {app: promm}}}]}]")}, nil},
		"a peer of every namespace":      {[]string{netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: promm}}}]}]"), workload("mon", "prom", "app: prom")}, nil},
		// namespaces
		"a namespace by its name":         {[]string{namespace("mon", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {name: mon}}}]}]")}, []string{"error ZT652 4"}},
		"a namespace with the label":      {[]string{namespace("mon", "name: mon"), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {name: mon}}}]}]")}, nil},
		"a misspelt namespace":            {[]string{namespace("monitoring", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitorng}}}]}]")}, []string{"warning ZT652 4"}},
		"a namespace that is not given":   {[]string{namespace("mon", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]}]")}, nil},
		"a label that none has":           {[]string{namespace("shop", ""), namespace("mon", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]")}, []string{"note ZT652 5"}},
		"a label that the one lacks":      {[]string{namespace("mon", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mon, team: ops}}}]}]")}, []string{"error ZT652 4"}},
		"a label that none in a dump has": {[]string{namespace("kube-system", ""), namespace("shop", ""), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]")}, []string{"warning ZT652 5"}},
		"a misspelt label of a namespace": {[]string{namespace("mon", "team: platform"), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: platfrom}}}]}]")}, []string{"warning ZT652 4"}},
		"labels that are not known":       {[]string{namespace("kube-system", ""), namespace("ops", "team: ops"), workload("ops", "x", "app: x"), workload("mon", "prom", "app: prom"), netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: promm}}}]}]")}, nil},
		// ports
		"a declared port":                {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 9080}]}]")}, nil},
		"a range with it":                {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 9000, endPort: 9100}]}]")}, nil},
		"a range without it":             {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 9100, endPort: 9200}]}]")}, []string{"warning ZT654 3"}},
		"a declared name":                {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: web}]}]")}, nil},
		"a misspelt name":                {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: wbe}]}]")}, []string{"error ZT654 3"}},
		"the name of a Service":          {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: http}]}]"), service("shop", "api", "app: api", "{port: 80, name: http, targetPort: 9080}")}, []string{"error ZT653 3"}},
		"the port of a Service":          {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 80}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: web}")}, []string{"error ZT653 3"}},
		"the port of a headless Service": {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 80}]}]"), headless}, []string{"warning ZT654 3"}},
		"pods on the host network":       {[]string{host, netpol("p", "podSelector: {matchLabels: {app: host}}, ingress: [{ports: [{port: 1}]}]")}, nil},
		"both ports":                     {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 80}, {port: 9080}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: web}")}, nil},
		"a target that is not declared":  {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 7000}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 7000}")}, nil},
		"another protocol":               {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 9080, protocol: UDP}]}]")}, []string{"warning ZT654 3"}},
		"one that is not declared":       {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 9080}, {port: 7000}]}]")}, []string{"note ZT654 3"}},
		"a sidecar's":                    {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: 15020}]}]")}, nil},
		"of containers without ports":    {[]string{workload("shop", "quiet", "app: quiet"), netpol("p", "podSelector: {matchLabels: {app: quiet}}, ingress: [{ports: [{port: 1}]}]")}, nil},
		"a way out to a port":            {[]string{netpol("p", "podSelector: {matchLabels: {app: web}}, egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}, {ports: [{port: 53, protocol: UDP}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 9080}")}, []string{"error ZT653 3"}},
		"a way out to anything":          {[]string{netpol("p", "podSelector: {matchLabels: {app: web}}, egress: [{ports: [{port: 443}]}, {ports: [{port: 53, protocol: UDP}]}]")}, nil},
		"empty ports":                    {[]string{netpol("p", forAPI+"ingress: [{ports: [{port: }]}]")}, []string{"error ZT658 3"}},
		"a protocol alone":               {[]string{netpol("p", forAPI+"ingress: [{ports: [{protocol: TCP}]}]")}, nil},
		"empty peers":                    {[]string{netpol("p", forAPI+"ingress: [{from: }]")}, []string{"warning ZT658 3"}},
		"peers that are no list":         {[]string{netpol("p", forAPI+"ingress: [{from: []}]")}, nil},
		// pods that operators create
		"pods of an operator":         {[]string{prometheus, netpol("p", "podSelector: {matchLabels: {app.kubernetes.io/name: prometheus, team: ops}}, ingress: [{ports: [{port: 1}, {port: x}]}]")}, nil},
		"nearly those of an operator": {[]string{prometheus, netpol("p", "podSelector: {matchLabels: {app.kubernetes.io/name: prometeus}}")}, []string{"error ZT650 4"}},
		"nearly those of a Service":   {[]string{service("shop", "b", "app: batch", "{port: 80}"), netpol("p", fmt.Sprintf(own, "bacth"))}, []string{"error ZT650 4"}},
		// rules
		"rules and types":                {[]string{netpol("p", forAPI+"policyTypes: [Ingress], ingress: [{}], egress: []")}, nil},
		"egress without Egress":          {[]string{netpol("p", forAPI+"policyTypes: [Ingress], egress: [{}]")}, []string{"error ZT656 3"}},
		"ingress without Ingress":        {[]string{netpol("p", forAPI+"policyTypes: [Egress], ingress: [{}]")}, []string{"error ZT656 3"}},
		"egress by itself":               {[]string{netpol("p", forAPI+"egress: [{}]")}, nil},
		"a rule twice":                   {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {}}]}, {from: [{podSelector: {}}]}]")}, []string{"warning ZT657 3"}},
		"a peer twice":                   {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.1.0.0/16}}]}]")}, []string{"warning ZT657 3"}},
		"two that are together one":      {[]string{netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/9}}]}, {from: [{ipBlock: {cidr: 10.128.0.0/9}}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 9080}]}]")}, []string{"warning ZT657 3"}},
		"a wide address and a pod":       {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}]}]")}, nil},
		"pointless pods":                 {[]string{netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {app: web}}}]}]")}, []string{"warning ZT655 3"}},
		"pods or a namespace":            {[]string{netpol("p", forAPI+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mon}}}, {podSelector: {matchLabels: {app: web}}}]}]")}, nil},
		"permitted by another policy":    {[]string{netpol("p", "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]"), netpol("q", forAPI+"ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 9080}]}]")}, []string{"note ZT657 4"}},
		"permitted by the same policy":   {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {}}]}]"), netpol("q", forAPI+"ingress: [{from: [{podSelector: {}}]}]")}, []string{"note ZT657 4"}},
		"permitted for other pods":       {[]string{netpol("p", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]"), netpol("q", forAPI+"ingress: [{from: [{podSelector: {}}]}]")}, nil},
		"permitted in another direction": {[]string{netpol("p", "podSelector: {}, egress: [{}], policyTypes: [Egress]"), netpol("q", forAPI+"ingress: [{}]")}, nil},
		"a wrong port without an effect": {[]string{netpol("p", forAPI+"policyTypes: [Ingress], egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 1}]}]")}, []string{"error ZT656 3"}},
		"a misspelt peer twice":          {[]string{netpol("p", forAPI+"ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}, {podSelector: {matchLabels: {app: wbe}}}]}]")}, []string{"error ZT651 3"}},
		// addresses
		"a block of pods":            {[]string{node, netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}]")}, []string{"warning ZT660 4"}},
		"a block of nodes":           {[]string{node, netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 192.168.10.0/24}}]}]")}, []string{"warning ZT660 4"}},
		"a block without them":       {[]string{node, netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16]}}]}]")}, nil},
		"every address":              {[]string{node, netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]")}, nil},
		"a block, and Nodes unknown": {[]string{netpol("p", forAPI+"ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}]")}, nil},
		// DNS
		"egress without DNS":      {[]string{netpol("p", forAPI+"egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]")}, []string{"warning ZT659 3"}},
		"DNS of another policy":   {[]string{netpol("p", forAPI+"egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]"), netpol("q", "podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}]")}, nil},
		"DNS of other pods":       {[]string{netpol("p", forAPI+"egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]"), netpol("q", "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]")}, []string{"warning ZT659 3"}},
		"no egress":               {[]string{netpol("p", forAPI+"policyTypes: [Egress]")}, nil},
		"egress to one address":   {[]string{netpol("p", forAPI+"egress: [{to: [{ipBlock: {cidr: 192.0.2.1/32}}], ports: [{port: 443}]}]")}, nil},
		"egress to every address": {[]string{netpol("p", forAPI+"egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]")}, []string{"warning ZT659 3"}},
		"egress to every pod":     {[]string{netpol("p", forAPI+"egress: [{to: [{namespaceSelector: {}}]}]")}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range check(t, strings.Join(append(slices.Clone(shop), c.docs...), "\n---\n")) {
				got = append(got, fmt.Sprintf("%s %s %d", d.Severity, d.Code, (d.Span.Begin().Line+1)/2))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("reported: %v, want %v", got, c.want)
			}
		})
	}
}

// Without workloads, nothing is known of selectors and ports.
func TestPoliciesAlone(t *testing.T) {
	list := check(t, netpol("p", fmt.Sprintf(own, "nowhere")+", ingress: [{from: [{podSelector: {matchLabels: {a: b}}}], ports: [{port: 1}, {port: x}]}]"))
	if len(list) > 0 {
		t.Errorf("%v", list)
	}
}

// Thousands of policies and workloads are checked in seconds, and what would take longer is refused.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, c := range map[string]struct {
		label  func(i int) string
		spec   func(i int) string
		n      int
		refuse bool
	}{
		"one policy for each": {func(i int) string { return fmt.Sprintf("app: a%d", i) }, func(i int) string {
			return fmt.Sprintf(own, fmt.Sprintf("a%d", i)) + ", ingress: [{from: [{podSelector: {matchLabels: {app: a0}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: prometheus}}}], ports: [{port: 80}]}]"
		}, 10_000, false},
		"all select all": {func(i int) string { return fmt.Sprintf("app: a%d", i) }, func(i int) string {
			return "podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]"
		}, 10_000, false},
		"all select by NotIn": {func(i int) string { return fmt.Sprintf("app: a%d", i) }, func(i int) string {
			return fmt.Sprintf("podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a%d]}]}, ingress: [{ports: [{port: 80}]}]", i)
		}, 6000, true},
		"none selects": {func(i int) string { return fmt.Sprintf("app: a%d", i) }, func(i int) string { return fmt.Sprintf(own, fmt.Sprintf("zzzzzzzzzzzzzzzzzzzzzzzz%d", i)) }, 2000, true},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for i := range c.n {
				b.WriteString(workload("shop", fmt.Sprint("w", i), c.label(i), "{containerPort: 80}") + "\n---\n")
				b.WriteString(netpol(fmt.Sprint("p", i), c.spec(i)) + "\n---\n")
			}
			inv, diags := inventory.ReadPlaced([]inventory.Group{{Files: []*source.File{source.NewFile("m.yaml", b.String())}}})
			if diags.Errors() > 0 {
				t.Fatal(diags)
			}
			list := policycheck.Check(inv)
			refused := len(list) == 1 && list[0].Code == diag.TooMuch
			if refused != c.refuse || !refused && list.Errors()+list.Count(diag.Warning) > 0 {
				t.Errorf("refused: %t, and %d diagnostics", refused, len(list))
			}
		})
	}
}
