package published

import "strings"

// Case is an object that a published definition accepts, and changes with each of which it does not.
type Case struct {
	Good    string
	Changes [][2]string // a text, and the one in its place
}

// Refused lists cases of every kind, so that a test can show that the definitions are asked. What they refuse of
// the names of objects is not among them.
func Refused() []Case {
	of := func(version string) Case {
		return Case{strings.Replace(ordered, "v1beta1", version, 1), orderedChanges}
	}
	clusterwide := strings.NewReplacer("kind: CiliumNetworkPolicy", "kind: CiliumClusterwideNetworkPolicy", ", namespace: shop", "").Replace(ofCiliumGood)
	return []Case{
		of("v1beta1"), of("v1alpha2"),
		{admin, append(elderChanges, [2]string{"priority: 10", "priority: 1001"}, [2]string{"  priority: 10\n", ""})},
		{baseline, append(elderChanges, [2]string{"name: default", "name: other"}, [2]string{"action: Deny", "action: Pass"})},
		{ofCiliumGood, ciliumChanges}, {clusterwide, ciliumChanges},
	}
}

// RefusedExperimental is a case of the definition Experimental. The API says that a domain name is for rules that
// accept, but its definition does not refuse others.
func RefusedExperimental() Case {
	return Case{
		strings.NewReplacer("action: Deny", "action: Accept", "networks: [203.0.113.0/24]", "domainNames: ['*.example.com', api.example.com]").Replace(ordered),
		[][2]string{
			{"'*.example.com'", "'*'"},
			{"'*.example.com'", "'**.example.com'"},
			{"'*.example.com'", "api.example.com"},
			{"tcp: {destinationPort: {number: 80}}", "destinationNamedPort: http"},
		},
	}
}

const ordered = `apiVersion: policy.networking.k8s.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: good}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - action: Deny
    to: [{networks: [203.0.113.0/24]}]
    protocols: [{tcp: {destinationPort: {number: 80}}}]
`

var orderedChanges = [][2]string{
	{"priority: 10", "priority: 1001"},
	{"tier: Admin", "tier: First"},
	{"action: Deny", "action: Refuse"},
	{"number: 80", "number: 0"},
	{"number: 80", "range: {start: 80, end: 80}"},
	{"destinationPort: {number: 80}", ""},
	{"203.0.113.0/24", "203.0.113.1/24"},
	{"networks: [203.0.113.0/24]", "networks: []"},
	{"networks: [203.0.113.0/24]", "domainNames: [api.example.com]"}, // only experimental
	{"tcp: {destinationPort: {number: 80}}", "destinationNamedPort: http"},
	{"to: [{networks: [203.0.113.0/24]}]", "to: [{}]"},
	{"to: [{networks: [203.0.113.0/24]}]", "to: [" + strings.Repeat("{namespaces: {}}, ", 26) + "]"},
	{"[{tcp: {destinationPort: {number: 80}}}]", "[]"},
	{"  egress:\n", "  egress:\n" + strings.Repeat("  - {action: Deny, to: [{namespaces: {}}]}\n", 25)},
	{"subject: {namespaces: {}}", "subject: {}"},
	{"subject: {namespaces: {}}", "subjects: {namespaces: {}}"},
}

const (
	admin = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: good}
spec:
  priority: 10
` + elderRules
	baseline = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
` + elderRules
	elderRules = `  subject: {namespaces: {}}
  ingress:
  - action: Deny
    from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]
    ports: [{portNumber: {protocol: TCP, port: 80}}]
`
)

var elderChanges = [][2]string{
	{"action: Deny", "action: Refuse"},
	{"port: 80", "port: 0"},
	{"{portNumber: {protocol: TCP, port: 80}}", "{}"},
	{"pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}", ""},
	{"  ingress:\n", "  ingress:\n" + strings.Repeat("  - {action: Deny, from: [{namespaces: {}}]}\n", 100)},
	{"subject: {namespaces: {}}", "subject: {}"},
	{"ingress", "ingresses"},
}

const ofCiliumGood = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: good, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  enableDefaultDeny: {egress: true}
  egress:
  - toFQDNs: [{matchPattern: "**.example.com"}]
    toPorts: [{ports: [{port: "443", protocol: TCP}]}]
  - toEndpoints: [{matchExpressions: [{key: app, operator: In, values: [db]}]}]
  - toEntities: [world]
  egressDeny:
  - toCIDRSet: [{cidr: 203.0.113.0/24, except: [203.0.113.7/32]}]
`

var ciliumChanges = [][2]string{
	{`"**.example.com"`, `"**.example/com"`},
	{`port: "443"`, `port: 443`},
	{`port: "443"`, `port: "-"`},
	{"protocol: TCP", "protocol: DCCP"},
	{"operator: In", "operator: Has"},
	{"[world]", "[moon]"},
	{"203.0.113.0/24", "203.0.113/24"},
	{"endpointSelector", "endpointSelectors"},
	{"enableDefaultDeny: {egress: true}", "enableDefaultDeny: {egress: nothing}"},
	{"toEntities", "toEntity"},
	{"toCIDRSet: [{cidr: 203.0.113.0/24, except: [203.0.113.7/32]}]", "toFQDNs: [{matchName: api.example.com}]"}, // not in rules that deny
	{ofCiliumGood[strings.Index(ofCiliumGood, "spec:"):], ""},                                                    // which a rule in CEL refuses
}
