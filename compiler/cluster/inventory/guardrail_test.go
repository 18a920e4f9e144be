package inventory

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// tieredText returns a policy whose spec, from line 5 on, is this.
func tieredText(version, kind, name, spec string) string {
	return fmt.Sprintf("apiVersion: policy.networking.k8s.io/%s\nkind: %s\nmetadata: {name: %s}\nspec:\n  %s\n", version, kind, name, strings.ReplaceAll(spec, "\n", "\n  "))
}

func readText(texts ...string) (*Inventory, []string) {
	inv, diags := Read([]*source.File{source.NewFile("0.yaml", strings.Join(texts, "---\n"))}, "")
	var out []string
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%d: %s", d.Span.Begin().Line, d.Message))
	}
	return inv, out
}

const everyone = "subject: {namespaces: {}}\n"

// What the schema of the API refuses is an error at its line, and the policy is not there.
func TestRefusedClusterPolicies(t *testing.T) {
	const head = "tier: Admin\npriority: 1\n" + everyone
	list := func(item string, n int) string { return "[" + strings.Repeat(item+", ", n-1) + item + "]" }
	rule := func(text string) string { return head + "egress:\n- " + text }
	peer := func(text string) string { return rule("action: Deny\n  to:\n  - " + text) }
	protocol := func(text string) string {
		return rule("action: Deny\n  to: [{namespaces: {}}]\n  protocols:\n  - " + text)
	}
	for name, test := range map[string]struct{ spec, want string }{
		"no tier":             {"priority: 1\n" + everyone, `5: the API server would refuse ClusterNetworkPolicy a: spec.tier: "" is neither Admin nor Baseline`},
		"another tier":        {"tier: admin\npriority: 1\n" + everyone, `5: the API server would refuse ClusterNetworkPolicy a: spec.tier: "admin" is neither Admin nor Baseline`},
		"no priority":         {"tier: Admin\n" + everyone, "5: the API server would refuse ClusterNetworkPolicy a: spec.priority is missing"},
		"priority too high":   {"tier: Admin\npriority: 1001\n" + everyone, "6: the API server would refuse ClusterNetworkPolicy a: spec.priority: 1001 is not between 0 and 1000"},
		"priority below 0":    {"tier: Admin\npriority: -1\n" + everyone, "6: the API server would refuse ClusterNetworkPolicy a: spec.priority: -1 is not between 0 and 1000"},
		"no subject":          {"tier: Admin\npriority: 1", "5: the API server would refuse ClusterNetworkPolicy a: spec.subject: it must have exactly one field"},
		"two subjects":        {"tier: Admin\npriority: 1\nsubject: {namespaces: {}, pods: {podSelector: {}}}", "7: the API server would refuse ClusterNetworkPolicy a: spec.subject: it must have exactly one field"},
		"no podSelector":      {"tier: Admin\npriority: 1\nsubject: {pods: {namespaceSelector: {}}}", "7: the API server would refuse ClusterNetworkPolicy a: spec.subject.pods.podSelector is missing"},
		"another field":       {head + "ingres: []", "8: ClusterNetworkPolicy a has no field spec.ingres"},
		"ports of the elder":  {rule("action: Deny\n  to: [{namespaces: {}}]\n  ports: []"), "11: ClusterNetworkPolicy a has no field spec.egress[0].ports"},
		"networks of ingress": {head + "ingress:\n- action: Deny\n  from:\n  - networks: [10.0.0.0/8]", "11: ClusterNetworkPolicy a has no field spec.ingress[0].from[0].networks"},
		"an operator":         {"tier: Admin\npriority: 1\nsubject: {namespaces: {matchExpressions: [{key: a, operator: Is}]}}", `7: ClusterNetworkPolicy a: spec.subject.namespaces.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`},

		"26 rules":     {head + "egress: " + list("{action: Deny, to: [{namespaces: {}}]}", 26), "8: the API server would refuse ClusterNetworkPolicy a: spec.egress: there are 26 rules, and at most 25 are possible"},
		"no action":    {rule("to: [{namespaces: {}}]"), `9: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].action: "" is not one of Accept, Deny, Pass`},
		"elder action": {rule("action: Allow\n  to: [{namespaces: {}}]"), `9: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].action: "Allow" is not one of`},
		"a long name":  {rule("action: Deny\n  name: " + strings.Repeat("n", 101) + "\n  to: [{namespaces: {}}]"), "10: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].name is longer than 100 characters"},
		"no peers":     {rule("action: Deny"), "9: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to: there must be 1 to 25 peers"},
		"26 peers":     {rule("action: Deny\n  to: " + list("{namespaces: {}}", 26)), "10: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to: there must be 1 to 25 peers"},

		"an empty peer":         {peer("{}"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0]: it must have exactly one field"},
		"a peer of two":         {peer("namespaces: {}\n    nodes: {}"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0]: it must have exactly one field"},
		"no networks":           {peer("networks: []"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].networks: there must be 1 to 25"},
		"host bits":             {peer("networks: [10.0.0.1/8]"), `11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].networks[0]: "10.0.0.1/8" is not a CIDR without host bits`},
		"a network twice":       {peer("networks: [10.0.0.0/8, 10.0.0.0/8]"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].networks[1]: \"10.0.0.0/8\" is in the list twice"},
		"a part of a name":      {peer("domainNames: ['a*.example.com']"), `11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames[0]: "a*.example.com" is not a domain name`},
		"a name of one label":   {peer("domainNames: [localhost]"), `11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames[0]: "localhost" is not a domain name`},
		"below a top level":     {peer("domainNames: ['*.org']"), `11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames[0]: "*.org" is not a domain name`},
		"no names":              {peer("domainNames: []"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames: there must be 1 to 25"},
		"26 names":              {peer("domainNames: " + list("a.b", 26)), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames: there must be 1 to 25"},
		"a name twice":          {peer("domainNames: [a.b, a.b]"), `11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames[1]: "a.b" is in the list twice`},
		"names that are denied": {peer("domainNames: [a.b]"), "11: ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames: a rule with domain names must have the action Accept, not Deny"},
		"names that are passed": {rule("action: Pass\n  to: [{domainNames: [a.b]}]"), "10: ClusterNetworkPolicy a: spec.egress[0].to[0].domainNames: a rule with domain names must have the action Accept, not Pass"},
		"names and networks":    {rule("action: Deny\n  to: [{networks: [10.0.0.0/8]}]\n  protocols: [{destinationNamedPort: http}]"), "9: the API server would refuse ClusterNetworkPolicy a: spec.egress[0]: networks, nodes and domain names have no named ports"},

		"no protocols":   {rule("action: Deny\n  to: [{namespaces: {}}]\n  protocols: []"), "11: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols: there must be 1 to 25"},
		"all of TCP":     {protocol("tcp: {}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0].tcp: destinationPort is missing; all ports are the range 1 to 65535"},
		"two protocols":  {protocol("tcp: {destinationPort: {number: 80}}\n    udp: {destinationPort: {number: 80}}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0]: it must have exactly one of"},
		"no port":        {protocol("tcp: {destinationPort: {}}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0].tcp.destinationPort: it must have exactly one of number and range"},
		"port 0":         {protocol("tcp: {destinationPort: {number: 0}}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0].tcp.destinationPort.number: 0 is not a port"},
		"a range of one": {protocol("tcp: {destinationPort: {range: {start: 80, end: 80}}}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0].tcp.destinationPort.range: start must be less than end"},
		"half a range":   {protocol("tcp: {destinationPort: {range: {start: 80}}}"), "12: the API server would refuse ClusterNetworkPolicy a: spec.egress[0].protocols[0].tcp.destinationPort.range.end is missing"},
	} {
		inv, diags := readText(tieredText("v1beta1", "ClusterNetworkPolicy", "a", test.spec))
		if len(inv.ClusterPolicies) > 0 || !slices.ContainsFunc(diags, func(d string) bool { return strings.HasPrefix(d, test.want) }) {
			t.Errorf("%s: %q, want %q", name, diags, test.want)
		}
	}
	for _, test := range []struct{ kind, name, spec, want string }{
		{"AdminNetworkPolicy", "a", "priority: 1\n" + everyone + "tier: Admin", "AdminNetworkPolicy a has no field spec.tier"},
		{"AdminNetworkPolicy", "a", "priority: 1\n" + everyone + "ingress: [{action: Accept, from: [{namespaces: {}}]}]", `spec.ingress[0].action: "Accept" is not one of Allow, Deny, Pass`},
		{"AdminNetworkPolicy", "a", "priority: 1\n" + everyone + "ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: tcp, port: 1}}]}]", `"tcp" is not one of TCP, UDP, SCTP`},
		{"AdminNetworkPolicy", "a", "priority: 1\n" + everyone + "ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portRange: {start: 2, end: 1}}]}]", "start must be less than end"},
		{"AdminNetworkPolicy", "a", "priority: 1\n" + everyone + "egress: [{action: Pass, to: [{domainNames: [a.b]}]}]", "a rule with domain names must have the action Allow, not Pass"},
		{"BaselineAdminNetworkPolicy", "a", everyone, "the only name that it can have is default"},
		{"BaselineAdminNetworkPolicy", "default", everyone + "ingress: [{action: Pass, from: [{namespaces: {}}]}]", `"Pass" is not one of Allow, Deny`},
		{"BaselineAdminNetworkPolicy", "default", everyone + "egress: [{action: Deny, to: [{domainNames: [a.b]}]}]", "has no field spec.egress[0].to[0].domainNames"},
		{"BaselineAdminNetworkPolicy", "default", everyone + "priority: 1", "has no field spec.priority"},
	} {
		inv, diags := readText(tieredText("v1alpha1", test.kind, test.name, test.spec))
		if len(inv.ClusterPolicies) > 0 || !strings.Contains(strings.Join(diags, "\n"), test.want) {
			t.Errorf("%s: %q, want %q", test.spec, diags, test.want)
		}
	}
}

// What releases of the API before v0.3.0 accept in the elder kinds is read as plugins apply it.
func TestElderValues(t *testing.T) {
	spec := "priority: 1\nsubject: {namespaces: {}}\negress:\n- {action: Allow, to: [{networks: ['10.0.0.1/8', '2001:db8::1/64']}, {domainNames: [_a.example.com]}]}"
	inv, diags := readText(tieredText("v1alpha1", "AdminNetworkPolicy", "a", spec))
	if len(diags) > 0 || len(inv.ClusterPolicies) != 1 {
		t.Fatal(diags)
	}
	var keys []string
	for _, p := range inv.ClusterPolicies[0].Rules[relation.Egress][0].Peers {
		keys = append(keys, p.Of.Key())
	}
	blocks := relation.PrefixesAddrs([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/64")})
	if want := []string{relation.AddrPeer(blocks).Key(), relation.HostPeer("_a.example.com").Key()}; !slices.Equal(keys, want) {
		t.Errorf("%q, want %q", keys, want)
	}
	for _, peer := range []string{"networks: [10.0.0.1/33]", "networks: ['::ffff:10.0.0.0/104']", "networks: [10.0.0.1]", "domainNames: ['[a.example.com']", "domainNames: [a_.example.com]"} {
		text := tieredText("v1alpha1", "AdminNetworkPolicy", "a", "priority: 1\nsubject: {namespaces: {}}\negress: [{action: Allow, to: [{"+peer+"}]}]")
		if inv, diags := readText(text); len(diags) != 1 || len(inv.ClusterPolicies) > 0 {
			t.Errorf("%s: %q", peer, diags)
		}
	}
}

// A namespace that API servers ignore is a warning.
func TestIgnoredNamespace(t *testing.T) {
	text := strings.Replace(tieredText("v1beta1", "ClusterNetworkPolicy", "a", "tier: Admin\npriority: 1\nsubject: {namespaces: {}}"), "name: a", "name: a, namespace: shop", 1)
	inv, diags := readText(text)
	want := "3: ClusterNetworkPolicy a has a namespace, which API servers ignore: it applies to the whole cluster"
	if len(inv.ClusterPolicies) != 1 || inv.ClusterPolicies[0].Object.Namespace != "" || len(diags) != 1 || !strings.HasPrefix(diags[0], want) {
		t.Errorf("%q, want %q", diags, want)
	}
}

// All of a policy is read, whichever of the versions it has.
func TestClusterPolicies(t *testing.T) {
	spec := `tier: Baseline
priority: 1000
subject: {pods: {namespaceSelector: {matchLabels: {env: prod}}, podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}}}
ingress:
- {name: x, action: Accept, from: [{namespaces: {matchExpressions: [{key: env, operator: Exists}]}}], protocols: [{sctp: {destinationPort: {number: 9}}}, {destinationNamedPort: http}]}
egress:
- {action: Pass, to: [{networks: [10.0.0.0/8, 'FD00:0::/8']}, {nodes: {}}, {pods: {podSelector: {}}}]}
- {action: Accept, to: [{domainNames: ['*.Example.com', www.example.org.]}], protocols: [{udp: {destinationPort: {range: {start: 1, end: 65535}}}}]}`
	for _, version := range []string{"v1beta1", "v1alpha2"} {
		inv, diags := readText(tieredText(version, "ClusterNetworkPolicy", "a", spec) + "status: {conditions: []}\n")
		if len(diags) > 0 || len(inv.ClusterPolicies) != 1 || len(inv.Foreign) > 0 {
			t.Fatalf("%s: %v, %d policies", version, diags, len(inv.ClusterPolicies))
		}
		p := inv.ClusterPolicies[0].Policy
		var got []string
		for d, rules := range p.Rules {
			for _, r := range rules {
				for _, peer := range r.Peers {
					what := peer.Unknown
					switch of := peer.Of.(type) {
					case relation.Pods:
						what = fmt.Sprintf("{%s}/{%s}", of.Namespaces, of.Labels)
					case relation.Addresses:
						what = fmt.Sprint(of.Addrs.Prefixes())
						if !of.Hosts.IsAny() {
							what += " by " + of.Hosts.String()
						}
					}
					got = append(got, fmt.Sprintf("%s %s %s :%s", relation.Direction(d), r.Action, what, r.Ports))
				}
			}
		}
		want := []string{"egress Pass [10.0.0.0/8 fd00::/8] :any", "egress Pass nodes :any", "egress Pass {}/{} :any", "egress Accept [0.0.0.0/0 ::/0] by **.example.com :1-65535/udp", "egress Accept [0.0.0.0/0 ::/0] by www.example.org :1-65535/udp",
			"ingress Accept {env}/{} :9/sctp, http/tcp, http/udp, http/sctp"}
		if p.Tier != clusterpolicy.Baseline || p.Priority != 1000 || p.Subject.Namespaces.String() != "env=prod" || p.Subject.Labels.String() != "app!=a" || !slices.Equal(got, want) {
			t.Errorf("%s: %v %q", version, p, got)
		}
	}
	inv, diags := readText(
		tieredText("v1alpha1", "AdminNetworkPolicy", "a", "priority: 0\n"+everyone+"egress: [{action: Allow, to: [{networks: [10.0.0.0/8]}], ports: [{portNumber: {port: 80}}, {portRange: {protocol: UDP, start: 5, end: 9}}]}]"),
		tieredText("v1alpha1", "BaselineAdminNetworkPolicy", "default", everyone+"ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{namedPort: dns}]}]"))
	if len(diags) > 0 || len(inv.ClusterPolicies) != 2 {
		t.Fatal(diags)
	}
	a, b := inv.ClusterPolicies[0], inv.ClusterPolicies[1]
	if a.Rules[relation.Egress][0].Ports.String() != "80/tcp, 5-9/udp" || a.Tier != clusterpolicy.Admin || b.Tier != clusterpolicy.Baseline || b.Rules[relation.Ingress][0].Action != clusterpolicy.Deny {
		t.Errorf("%v, %v", a.Policy, b.Policy)
	}
}

// One name is one policy, and the elder kinds are not evaluated beside the new one.
func TestClusterPoliciesTogether(t *testing.T) {
	of := func(version, kind, name string) string {
		spec := "priority: 1\n" + everyone
		if kind == "ClusterNetworkPolicy" {
			spec += "tier: Admin"
		}
		return tieredText(version, kind, name, spec)
	}
	if _, diags := readText(of("v1alpha2", "ClusterNetworkPolicy", "a"), of("v1beta1", "ClusterNetworkPolicy", "a")); len(diags) != 1 || !strings.Contains(diags[0], "defined twice") {
		t.Error(diags)
	}
	inv, diags := readText(of("v1alpha1", "AdminNetworkPolicy", "a"), of("v1beta1", "ClusterNetworkPolicy", "a"))
	if len(diags) > 0 || len(inv.ClusterPolicies) != 1 || len(inv.Foreign) != 1 || inv.Foreign[0].Reason == "" {
		t.Errorf("%v: %d policies, %v", diags, len(inv.ClusterPolicies), inv.Foreign)
	}
	list := "apiVersion: policy.networking.k8s.io/v1beta1\nkind: ClusterNetworkPolicyList\nitems:\n- metadata: {name: a, namespace: x}\n  spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}\n"
	if inv, diags := readText(list); len(diags) != 1 || len(inv.ClusterPolicies) != 1 || inv.ClusterPolicies[0].Object.Namespace != "" {
		t.Errorf("%v, %v", diags, inv.ClusterPolicies)
	}
}
