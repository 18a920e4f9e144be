package policycheck_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/diag"
)

// clusterOf returns a ClusterNetworkPolicy as one line in flow style.
func clusterOf(name, tier string, priority int, rest string) string {
	return fmt.Sprintf("{apiVersion: policy.networking.k8s.io/v1beta1, kind: ClusterNetworkPolicy, metadata: {name: %s}, spec: {tier: %s, priority: %d, %s}}", name, tier, priority, rest)
}

// elderOf returns an AdminNetworkPolicy.
func elderOf(name string, priority int, rest string) string {
	return fmt.Sprintf("{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: %s}, spec: {priority: %d, %s}}", name, priority, rest)
}

// The traps of policies of the whole cluster, each alone and with what makes it none. A line of want is:
// severity code line, where the line is the number of the document.
func TestCluster(t *testing.T) {
	const (
		every    = "subject: {namespaces: {}}"
		shop     = "subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
		forAPI   = "subject: {pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: api}}}}"
		all      = "[{namespaces: {}}]"
		mon      = "[{namespaces: {matchLabels: {kubernetes.io/metadata.name: mon}}}]"
		tcp80    = ", protocols: [{tcp: {destinationPort: {number: 80}}}]"
		out      = "[{networks: [0.0.0.0/0, '::/0']}]"
		isolated = "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]"
		dns      = ", protocols: [{udp: {destinationPort: {number: 53}}}, {tcp: {destinationPort: {number: 53}}}]"
	)
	system, shopNS, monNS := namespace("kube-system", ""), namespace("shop", "env: prod"), namespace("mon", "")
	dualNode := "{apiVersion: v1, kind: Node, metadata: {name: one}, spec: {podCIDRs: [10.244.0.0/24, 'fd00:10:244::/64']}}"
	resolver := workload("kube-system", "coredns", "k8s-app: kube-dns", "{containerPort: 53, protocol: UDP}")
	workloads := []string{workload("shop", "api", "app: api", api), workload("shop", "web", "app: web", "{containerPort: 8080}")}
	onHost := "{apiVersion: v1, kind: Pod, metadata: {name: host, namespace: shop, labels: {app: host}}, spec: {hostNetwork: true, containers: [{name: c}]}}"
	podsOf := func(label string) string {
		return "{pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {" + label + "}}}}"
	}
	for name, test := range map[string]struct {
		docs []string
		want []string
	}{
		"all is well": {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"no rule":     {[]string{clusterOf("p", "Admin", 10, shop)}, []string{"warning ZT676 3"}},
		"empty rules": {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: []")}, []string{"warning ZT676 3"}},
		// subjects and peers
		"a misspelt subject":               {[]string{clusterOf("p", "Admin", 10, "subject: "+podsOf("app: apii")+", ingress: [{action: Deny, from: "+mon+"}]")}, []string{"error ZT650 3"}},
		"a subject of every namespace":     {[]string{clusterOf("p", "Admin", 10, "subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: batch}}}}, ingress: [{action: Deny, from: "+mon+"}]")}, []string{"note ZT650 3"}},
		"a misspelt one of every":          {[]string{clusterOf("p", "Admin", 10, "subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: apii}}}}, ingress: [{action: Deny, from: "+mon+"}]")}, []string{"error ZT650 3"}},
		"a subject in a namespace unknown": {[]string{clusterOf("p", "Admin", 10, "subject: {pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}, podSelector: {matchLabels: {app: apii}}}}, ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"a namespace by a label":           {[]string{clusterOf("p", "Admin", 10, "subject: {namespaces: {matchLabels: {name: shop}}}, ingress: [{action: Deny, from: "+mon+"}]"), shopNS}, []string{"error ZT652 3"}},
		"a misspelt label of a namespace":  {[]string{clusterOf("p", "Admin", 10, "subject: {namespaces: {matchLabels: {env: porduction}}}, ingress: [{action: Deny, from: "+mon+"}]"), namespace("shop", "env: production")}, []string{"warning ZT652 3"}},
		"a misspelt peer":                  {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: ["+podsOf("app: wbe")+"]}]")}, []string{"error ZT651 3"}},
		"a peer that selects":              {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: ["+podsOf("app: web")+"]}]")}, nil},
		"a peer of every namespace":        {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {job: night}}}}]}]")}, nil},
		"an elder misspelt subject":        {[]string{elderOf("p", 10, "subject: "+podsOf("app: apii")+", ingress: [{action: Deny, from: "+mon+"}]")}, []string{"error ZT650 3"}},
		"pods on the host network":         {[]string{clusterOf("p", "Admin", 10, "subject: "+podsOf("app: host")+", ingress: [{action: Deny, from: "+mon+"}]"), onHost}, []string{"warning ZT650 3"}},
		"a peer on the host network":       {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: ["+podsOf("app: host")+"]}]"), onHost}, []string{"warning ZT651 3"}},
		// ports
		"the port of a Service":   {[]string{clusterOf("p", "Admin", 10, forAPI+", ingress: [{action: Deny, from: "+mon+tcp80+"}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 9080}")}, []string{"error ZT653 3"}},
		"on the way out":          {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: ["+podsOf("app: api")+"]"+tcp80+"}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 9080}")}, []string{"error ZT653 3"}},
		"an elder's":              {[]string{elderOf("p", 10, forAPI+", ingress: [{action: Deny, from: "+mon+", ports: [{portNumber: {protocol: TCP, port: 80}}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 9080}")}, []string{"error ZT653 3"}},
		"both ports":              {[]string{clusterOf("p", "Admin", 10, forAPI+", ingress: [{action: Deny, from: "+mon+", protocols: [{tcp: {destinationPort: {range: {start: 1, end: 65535}}}}, {tcp: {destinationPort: {number: 80}}}]}]"), service("shop", "api", "app: api", "{port: 80, targetPort: 9080}")}, nil},
		"a port denied for all":   {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+", protocols: [{tcp: {destinationPort: {number: 22}}}]}]")}, nil},
		"a port accepted of none": {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+mon+", protocols: [{tcp: {destinationPort: {number: 22}}}]}]")}, []string{"warning ZT654 3"}},
		"a name of no container":  {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+", protocols: [{destinationNamedPort: wbe}]}]")}, []string{"error ZT654 3"}},
		"a name of a container":   {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+", protocols: [{destinationNamedPort: web}]}]")}, nil},
		"protocols without value": {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+", protocols: null}]")}, []string{"warning ZT658 3"}},
		// rules that never decide
		"denied after it is accepted":   {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+all+"}, {action: Deny, from: "+mon+"}]")}, []string{"warning ZT666 3"}},
		"denied before":                 {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}, {action: Accept, from: "+all+"}]")}, nil},
		"in a later policy":             {[]string{clusterOf("p", "Admin", 10, every+", ingress: [{action: Pass, from: "+all+"}]"), clusterOf("q", "Admin", 20, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, []string{"warning ZT666 4"}},
		"in an earlier policy":          {[]string{clusterOf("p", "Admin", 20, every+", ingress: [{action: Pass, from: "+all+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"for other pods":                {[]string{clusterOf("p", "Admin", 10, forAPI+", ingress: [{action: Pass, from: "+all+"}]"), clusterOf("q", "Admin", 20, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"in another tier":               {[]string{clusterOf("p", "Admin", 10, every+", ingress: [{action: Pass, from: "+all+"}]"), clusterOf("q", "Baseline", 20, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"in another direction":          {[]string{clusterOf("p", "Admin", 10, every+", egress: [{action: Pass, to: "+all+"}]"), clusterOf("q", "Admin", 20, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"on other ports":                {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+all+", protocols: [{tcp: {destinationPort: {number: 9080}}}]}, {action: Deny, from: "+mon+"}]")}, nil},
		"by several together":           {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+mon+"}, {action: Pass, from: [{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [mon]}]}}]}, {action: Deny, from: "+all+"}]")}, []string{"warning ZT666 3"}},
		"denied twice":                  {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+all+"}, {action: Deny, from: "+mon+"}]")}, []string{"note ZT666 3"}},
		"nodes after all addresses":     {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Accept, to: "+out+"}, {action: Deny, to: [{nodes: {}}]}]")}, []string{"warning ZT666 3"}},
		"addresses after nodes":         {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Accept, to: [{nodes: {}}]}, {action: Deny, to: [{networks: [192.0.2.0/24]}]}]")}, nil},
		"addresses inside others":       {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Accept, to: [{networks: [10.0.0.0/8]}]}, {action: Deny, to: [{networks: [10.1.0.0/16]}]}]")}, []string{"warning ZT666 3"}},
		"by labels of known namespaces": {[]string{clusterOf("p", "Admin", 10, "subject: {namespaces: {matchLabels: {env: prod}}}, ingress: [{action: Accept, from: "+all+"}]"), clusterOf("q", "Admin", 20, shop+", ingress: [{action: Deny, from: "+mon+"}]"), shopNS}, []string{"warning ZT666 4"}},
		// one priority
		"one priority, and they disagree": {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Accept, from: "+mon+"}]")}, []string{"warning ZT667 4"}},
		"one priority, and they agree":    {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"one priority in two tiers":       {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), clusterOf("q", "Baseline", 10, shop+", ingress: [{action: Accept, from: "+mon+"}]")}, nil},
		"one priority for other pods":     {[]string{clusterOf("p", "Admin", 10, forAPI+", ingress: [{action: Deny, from: "+mon+"}]"), clusterOf("q", "Admin", 10, "subject: "+podsOf("app: web")+", ingress: [{action: Accept, from: "+mon+"}]")}, nil},
		"one priority, decided before":    {[]string{clusterOf("o", "Admin", 5, shop+", ingress: [{action: Deny, from: "+mon+"}]"), clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+all+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Accept, from: "+mon+"}]")}, []string{"warning ZT666 5"}},
		"one priority, decided in one":    {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}, {action: Accept, from: "+all+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		// the tier Baseline
		"Baseline where all is isolated":   {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), netpol("np", isolated)}, []string{"note ZT668 3"}},
		"and it accepts":                   {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Accept, from: "+mon+"}, {action: Deny, from: "+all+"}]"), netpol("np", isolated)}, []string{"warning ZT668 3"}},
		"where some is isolated":           {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), netpol("np", "podSelector: {matchLabels: {app: api}}, ingress: []")}, nil},
		"for namespaces that may exist":    {[]string{clusterOf("p", "Baseline", 10, "subject: {namespaces: {matchLabels: {env: prod}}}, ingress: [{action: Deny, from: "+all+"}]"), netpol("np", isolated), shopNS}, nil},
		"all of it isolated by two":        {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), netpol("m", "podSelector: {matchLabels: {app: api}}, ingress: []"), netpol("np", "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [api]}]}, ingress: []")}, []string{"note ZT668 3"}},
		"isolated in the other direction":  {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), netpol("np", "podSelector: {}, policyTypes: [Egress]")}, nil},
		"Baseline where Cilium enforces":   {[]string{clusterOf("p", "Baseline", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), netpol("np", isolated), ciliumOf("c", "endpointSelector: {}\ningress: [{fromEndpoints: [{}]}]")}, nil},
		"all isolated, of a whole cluster": {[]string{clusterOf("p", "Baseline", 10, every+", ingress: [{action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]"), netpol("np", isolated), shopNS, system}, nil},
		// the tier Admin over NetworkPolicies
		"accepted against NetworkPolicies": {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+all+"}]"), netpol("np", isolated)}, []string{"warning ZT669 3"}},
		"some of it":                       {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: "+mon+"}]"), netpol("np", isolated)}, []string{"note ZT669 3"}},
		"what they permit as well":         {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Accept, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]"), netpol("np", isolated)}, nil},
		"passed to them":                   {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+all+"}]"), netpol("np", isolated)}, nil},
		"denied before it is accepted":     {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: [{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}}]}, {action: Accept, from: "+all+"}]"), netpol("np", isolated)}, nil},
		"accepted for pods without one":    {[]string{clusterOf("p", "Admin", 10, forAPI+", ingress: [{action: Accept, from: "+all+"}]"), netpol("np", "podSelector: {matchLabels: {app: web}}, ingress: []")}, nil},
		// DNS
		"all pods denied, DNS included":                     {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+all+"}]")}, []string{"warning ZT670 3"}},
		"with DNS accepted before":                          {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Accept, to: "+all+dns+"}, {action: Deny, to: "+all+"}]")}, nil},
		"with DNS passed by another policy":                 {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+all+"}]"), clusterOf("q", "Admin", 5, every+", egress: [{action: Pass, to: "+all+dns+"}]")}, nil},
		"accepted too late":                                 {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+all+"}, {action: Accept, to: "+mon+dns+"}]")}, []string{"warning ZT670 3", "warning ZT666 3"}},
		"with DNS for some":                                 {[]string{clusterOf("p", "Admin", 10, every+", egress: [{action: Deny, to: "+all+"}]"), clusterOf("q", "Admin", 5, shop+", egress: [{action: Accept, to: "+all+dns+"}]")}, []string{"warning ZT670 3"}},
		"kube-system denied":                                {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]")}, []string{"warning ZT670 3"}},
		"another namespace denied":                          {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+mon+"}]")}, nil},
		"only DNS denied":                                   {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+all+dns+"}]")}, nil},
		"other ports denied":                                {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+all+tcp80+"}]"), service("shop", "x", "app: none", "{port: 1}")}, nil},
		"denied to all in Baseline":                         {[]string{clusterOf("p", "Baseline", 10, shop+", egress: [{action: Deny, to: "+all+"}]")}, []string{"warning ZT670 3"}},
		"with DNS accepted in Admin":                        {[]string{clusterOf("p", "Baseline", 10, shop+", egress: [{action: Deny, to: "+all+"}]"), clusterOf("q", "Admin", 10, every+", egress: [{action: Accept, to: "+all+dns+"}]")}, nil},
		"with NetworkPolicies that decide":                  {[]string{clusterOf("p", "Baseline", 10, shop+", egress: [{action: Deny, to: "+all+"}]"), netpol("np", "podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]")}, []string{"note ZT668 3"}},
		"the resolvers denied":                              {[]string{clusterOf("p", "Admin", 10, every+", ingress: [{action: Deny, from: "+all+"}]")}, []string{"warning ZT670 3"}},
		"the resolvers denied in Baseline":                  {[]string{clusterOf("p", "Baseline", 10, every+", ingress: [{action: Deny, from: "+all+"}]"), resolver}, []string{"warning ZT670 3"}},
		"the resolvers not shown":                           {[]string{clusterOf("p", "Baseline", 10, every+", ingress: [{action: Deny, from: "+all+"}]")}, nil},
		"an elder one":                                      {[]string{elderOf("p", 10, shop+", egress: [{action: Deny, to: "+all+"}]")}, []string{"warning ZT670 3"}},
		"a NetworkPolicy without DNS, and Admin accepts it": {[]string{clusterOf("p", "Admin", 10, every+", egress: [{action: Accept, to: "+all+dns+"}]"), netpol("np", "podSelector: {matchLabels: {app: web}}, egress: [{to: [{podSelector: {matchLabels: {app: api}}}]}]")}, []string{"note ZT669 3"}},
		// networks
		"every address denied":             {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+out+"}]")}, []string{"warning ZT671 3"}},
		"every address accepted":           {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Accept, to: "+out+"}]")}, []string{"warning ZT671 3"}},
		"with pods passed before":          {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: "+out+"}]")}, nil},
		"with pods accepted in Admin":      {[]string{clusterOf("p", "Baseline", 10, shop+", egress: [{action: Deny, to: "+out+"}]"), clusterOf("q", "Admin", 10, every+", egress: [{action: Accept, to: "+all+"}]")}, nil},
		"names":                            {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Accept, to: [{domainNames: ['*.example.com']}]}, {action: Deny, to: [{networks: [192.0.2.0/24]}]}]")}, nil},
		"some addresses":                   {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: [{networks: [192.0.2.0/24]}]}]")}, nil},
		"addresses of pods":                {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]"), node}, []string{"warning ZT671 3"}},
		"addresses, and Nodes unknown":     {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]")}, nil},
		"every address where Cilium is":    {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Deny, to: "+out+"}]"), ciliumOf("c", "endpointSelector: {}\ningress: [{fromEndpoints: [{}]}]")}, nil},
		"one family of two":                {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}]"), dualNode}, []string{"warning ZT672 3"}},
		"both families":                    {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: "+out+"}]"), dualNode}, nil},
		"both families in two rules":       {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}, {action: Deny, to: [{networks: ['::/0']}]}]"), dualNode}, nil},
		"one family of one":                {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}]"), node}, nil},
		"one family, and nothing is known": {[]string{clusterOf("p", "Admin", 10, shop+", egress: [{action: Pass, to: "+all+"}, {action: Deny, to: [{networks: [0.0.0.0/0]}]}]")}, nil},
		"an elder kind beside the new":     {[]string{elderOf("p", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]"), clusterOf("q", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, []string{"warning ZT673 3"}},
		"a priority that is not applied":   {[]string{elderOf("p", 100, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, []string{"note ZT674 3"}},
		"the last one that is applied":     {[]string{elderOf("p", 99, shop+", ingress: [{action: Deny, from: "+mon+"}]")}, nil},
		"a pass without a later rule":      {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Deny, from: "+mon+"}, {action: Pass, from: "+all+"}]"), shopNS, monNS, system}, []string{"note ZT675 3"}},
		"a pass before a later rule":       {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+mon+"}, {action: Deny, from: "+all+"}]"), shopNS, monNS, system}, nil},
		"a pass before a later policy":     {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+mon+"}]"), clusterOf("q", "Admin", 20, shop+", ingress: [{action: Deny, from: "+all+"}]"), shopNS, monNS, system}, nil},
		"a pass, and all is not known":     {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+mon+"}]")}, nil},
		"a pass and a policy beside it":    {[]string{clusterOf("p", "Admin", 10, shop+", ingress: [{action: Pass, from: "+mon+"}]"), clusterOf("o", "Admin", 10, shop+", ingress: [{action: Deny, from: "+all+"}]"), shopNS, monNS, system}, []string{"warning ZT667 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range check(t, strings.Join(append(workloads, test.docs...), "\n---\n")) {
				got = append(got, fmt.Sprintf("%s %s %d", d.Severity, d.Code, (d.Span.Begin().Line+1)/2))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The user stories of the Network Policy API, and the rules of its conformance tests that come again after
// others. Nothing is reported of the stories.
func TestPublishedCluster(t *testing.T) {
	stories := []string{
		clusterOf("cluster-wide-deny-example", "Admin", 10, "subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: sensitive-ns}}}, ingress: [{action: Deny, name: select-all-deny-all, from: [{namespaces: {matchLabels: {}}}]}]"),
		clusterOf("cluster-wide-allow-example", "Admin", 30, "subject: {namespaces: {}}, ingress: [{action: Accept, name: allow-monitoring-ns-ingress, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring-ns}}}]}],"+
			" egress: [{action: Accept, name: allow-kube-dns-egress, to: [{pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {app: kube-dns}}}}]}]"),
		clusterOf("pub-svc-delegate-example", "Admin", 20, "subject: {namespaces: {}}, egress: [{action: Pass, to: [{pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bar-ns-1}}, podSelector: {matchLabels: {app: svc-pub}}}}],"+
			" protocols: [{tcp: {destinationPort: {number: 8080}}}, {destinationNamedPort: web-alt}, {udp: {destinationPort: {number: 53}}}]}]"),
		clusterOf("default", "Baseline", 10, "subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]"),
	}
	if list := check(t, strings.Join(stories, "\n---\n")); len(list) > 0 {
		t.Errorf("the stories: %v", list)
	}
	house := func(action, name, ports string) string {
		return "{action: " + action + ", to: [{namespaces: {matchLabels: {conformance-house: " + name + "}}}]" + ports + "}"
	}
	const sctp = ", protocols: [{sctp: {destinationPort: {number: 9003}}}]"
	rules := []string{
		house("Accept", "ravenclaw", ""), house("Deny", "ravenclaw", ""), house("Pass", "ravenclaw", ""),
		house("Deny", "slytherin", sctp), house("Pass", "slytherin", sctp), house("Accept", "hufflepuff", sctp), house("Deny", "hufflepuff", ""),
	}
	var got []string
	for _, d := range check(t, clusterOf("egress-sctp", "Admin", 8, "subject: {namespaces: {matchLabels: {conformance-house: gryffindor}}}, egress: ["+strings.Join(rules, ", ")+"]")) {
		got = append(got, string(d.Code)+" "+d.Message)
	}
	var want []string
	for _, i := range []int{1, 2, 4} {
		want = append(want, fmt.Sprintf("ZT666 ClusterNetworkPolicy egress-sctp egress[%d] never decides: an earlier rule matches all that it matches", i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// As many rules and peers as policies can have are compared, and what would take too long is noted.
func TestManyClusterRules(t *testing.T) {
	policies := func(peer func(p, rule, i int) string) string {
		var docs []string
		for p := range 20 {
			var rules []string
			for r := range 25 {
				var peers []string
				for i := range 25 {
					peers = append(peers, peer(p, r, i))
				}
				rules = append(rules, "{action: "+[]string{"Accept", "Deny", "Pass"}[r%3]+", from: ["+strings.Join(peers, ", ")+"]}")
			}
			docs = append(docs, clusterOf(fmt.Sprint("p", p), "Admin", p, "subject: {namespaces: {}}, ingress: ["+strings.Join(rules, ", ")+"]"))
		}
		return strings.Join(docs, "\n---\n")
	}
	list := check(t, policies(func(p, r, i int) string {
		return fmt.Sprintf("{pods: {podSelector: {matchLabels: {app: a%d-%d-%d}}}}", p, r, i)
	}))
	if len(list) > 0 {
		t.Errorf("%v", list)
	}
	list = check(t, policies(func(p, r, i int) string {
		return fmt.Sprintf("{pods: {podSelector: {matchExpressions: [{key: k%d, operator: NotIn, values: [a%d]}]}}}", i, p*25+r)
	}))
	for _, d := range list {
		if d.Code != diag.NeverDecides && (d.Code != diag.TooMuch || d.Severity != diag.Note) {
			t.Errorf("%v", d)
		}
	}
}

// A rule of which others leave too many parts to compare is noted, and where it is.
func TestRulesInTooManyParts(t *testing.T) {
	policies := func(n int) string {
		docs := []string{"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: isolate, namespace: shop}, spec: {podSelector: {}}}"}
		for i := range n {
			docs = append(docs, clusterOf(fmt.Sprint("deny", i), "Admin", i, fmt.Sprintf(
				"subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {own%d: x}}}}, ingress: [{action: Deny, from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {other%d: x}}}}]}]", i, i)))
		}
		docs = append(docs, clusterOf("accept", "Admin", 100, "subject: {namespaces: {}}, ingress: [{action: Accept, from: [{namespaces: {}}]}]"))
		return strings.Join(docs, "\n---\n")
	}
	noted := func(n int) (list []string) {
		for _, d := range check(t, policies(n)) {
			if d.Code == diag.TooMuch {
				list = append(list, d.Severity.String()+": "+d.Message+" at "+strings.TrimSpace(d.Span.Text())[:15])
			}
		}
		return list
	}
	if got := noted(4); len(got) > 0 {
		t.Errorf("4 policies: %v", got)
	}
	want := []string{"note: zt cannot tell what these policies permit together: namespace shop: 41 policies with 80 label keys: they cut what pods may do into parts with more than 500000 label requirements at {apiVersion: po",
		"note: ClusterNetworkPolicy accept ingress[0] is not compared with all policies: they cut it into more than 300 parts at {action: Accept"}
	if diff := cmp.Diff(want, noted(40)); diff != "" {
		t.Error(diff)
	}
}

// Selectors of many keys, of which every rule leaves one more, count for what they cost.
func TestManyKeys(t *testing.T) {
	var docs []string
	for p := range 200 {
		var rules []string
		for r := range 25 {
			rules = append(rules, fmt.Sprintf("{action: Deny, from: [{namespaces: {matchExpressions: [{key: k%d-%d, operator: NotIn, values: [a%d]}]}}]}", p, r, r))
		}
		docs = append(docs, clusterOf(fmt.Sprint("p", p), "Admin", p, fmt.Sprintf("subject: {namespaces: {matchExpressions: [{key: s%d, operator: NotIn, values: [a]}]}}, ingress: [%s]", p, strings.Join(rules, ", "))))
	}
	began := time.Now()
	list := check(t, strings.Join(docs, "\n---\n"))
	if !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == diag.TooMuch && d.Severity == diag.Note }) {
		t.Errorf("%v", list)
	}
	if took := time.Since(began); took > 30*time.Second { // about one second; it was minutes
		t.Errorf("it took %s", took)
	}
}
