package ciliumpolicy

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/relation"
)

// read reads a spec of a policy of a namespace, or of a clusterwide one.
func read(t *testing.T, namespace, spec string) (*Policy, []Problem) {
	t.Helper()
	var o Object
	if err := yaml.UnmarshalStrict([]byte("spec:\n  "+strings.ReplaceAll(spec, "\n", "\n  ")), &o); err != nil {
		t.Fatal(err)
	}
	kind := Namespaced
	if namespace == "" {
		kind = Clusterwide
	}
	return Read(kind, namespace, "p", &o)
}

// web returns an ingress rule for port 80 with something else.
func web(with string) string {
	return "ingress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}], " + with + "}]}]"
}

// What Cilium refuses: pkg/policy/api/rule_validation.go of Cilium 1.20.2, and the schemas of its resources
// (pkg/k8s/apis/cilium.io/client/crds/v2).
func TestRefused(t *testing.T) {
	all := "endpointSelector: {}\n"
	tests := []struct{ name, namespace, spec, path, message string }{
		{"no rules", "a", "endpointSelector: {}", "spec", "there must be a rule"},
		{"empty lists of rules", "a", all + "ingress: []\negress: []", "spec", "there must be a rule"},
		{"no subject", "a", "ingress: [{}]", "spec.endpointSelector", "endpointSelector is missing"},
		{"two subjects", "", all + "nodeSelector: {}\ningress: [{}]", "spec.nodeSelector", "beside endpointSelector"},
		{"nodes in a namespace", "a", "nodeSelector: {}\ningress: [{}]", "spec.nodeSelector", "only a CiliumClusterwideNetworkPolicy"},
		{"two fields of peers", "a", all + "ingress: [{fromEndpoints: [{}], fromCIDR: [10.0.0.0/8]}]", "spec.ingress[0].fromCIDR", "cannot stand beside fromEndpoints"},
		{"names beside addresses", "a", all + "egress: [{toFQDNs: [{matchName: a.b}], toCIDR: [10.0.0.0/8]}]", "spec.egress[0].toFQDNs[0]", ""},
		{"an address", "a", all + "egress: [{toCIDR: [10.0.0.1]}]", "spec.egress[0].toCIDR[0]", "is not a CIDR"},
		{"except outside", "a", all + "egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]}]", "spec.egress[0].toCIDRSet[0].except[0]", "is not in"},
		{"no block", "a", all + "egress: [{toCIDRSet: [{except: [11.0.0.0/8]}]}]", "spec.egress[0].toCIDRSet[0]", "exactly one of cidr"},
		{"unknown entity", "a", all + "ingress: [{fromEntities: [internet]}]", "spec.ingress[0].fromEntities[0]", "is not one of the entities"},
		{"entity of Cilium's code only", "a", all + "ingress: [{fromEntities: [world-ipv4]}]", "spec.ingress[0].fromEntities[0]", "is not one of the entities"},
		{"requires", "a", all + "ingress: [{fromRequires: [{}]}]", "spec.ingress[0].fromRequires", "no longer"},
		{"protocol", "a", all + "ingress: [{toPorts: [{ports: [{port: \"80\", protocol: tcp}]}]}]", "spec.ingress[0].toPorts[0].ports[0].protocol", "is not one of"},
		{"no port", "a", all + "ingress: [{toPorts: [{ports: [{protocol: TCP}]}]}]", "spec.ingress[0].toPorts[0].ports[0].port", "port is missing"},
		{"large port", "a", all + "ingress: [{toPorts: [{ports: [{port: \"65536\"}]}]}]", "spec.ingress[0].toPorts[0].ports[0].port", "neither a port"},
		{"long name", "a", all + "ingress: [{toPorts: [{ports: [{port: sixteen-letters-x}]}]}]", "spec.ingress[0].toPorts[0].ports[0].port", "neither a port"},
		{"dns on ingress", "a", all + "ingress: [{toPorts: [{ports: [{port: \"53\"}], rules: {dns: [{matchPattern: \"*\"}]}}]}]", "spec.ingress[0].toPorts[0].rules.dns", "ingress"},
		{"http without TCP", "a", all + "ingress: [{toPorts: [{ports: [{port: \"80\"}], rules: {http: [{}]}}]}]", "spec.ingress[0].toPorts[0].ports[0].protocol", "TCP"},
		{"icmps beside ports", "a", all + "ingress: [{icmps: [{}], toPorts: [{ports: [{port: \"80\"}]}]}]", "spec.ingress[0].icmps", "toPorts"},
		{"name and pattern", "a", all + "egress: [{toFQDNs: [{matchName: a.b, matchPattern: a.b}]}]", "spec.egress[0].toFQDNs[0]", "exactly one"},
		{"pattern as name", "a", all + "egress: [{toFQDNs: [{matchName: \"*.b\"}]}]", "spec.egress[0].toFQDNs[0].matchName", "matchPattern"},
		{"operator", "a", "endpointSelector: {matchExpressions: [{key: a, operator: Is}]}\ningress: [{}]", "spec.endpointSelector.matchExpressions[0].operator", "is not one of"},
		{"two colons", "a", "endpointSelector: {matchLabels: {\"k8s:a:b\": c}}\ningress: [{}]", "spec.endpointSelector.matchLabels[k8s:a:b]", "name part"},
		// Layer 7: pkg/policy/api/http.go, and the schema.
		{"path of http", "a", all + web("rules: {http: [{path: \"/(\"}]}"), "spec.ingress[0].toPorts[0].rules.http[0].path", "is not a regular expression"},
		{"method of http", "a", all + web("rules: {http: [{}, {method: \"*\"}]}"), "spec.ingress[0].toPorts[0].rules.http[1].method", "is not a regular expression"},
		{"header without a name", "a", all + web("rules: {http: [{headerMatches: [{value: x}]}]}"), "spec.ingress[0].toPorts[0].rules.http[0].headerMatches[0].name", "missing"},
		{"action of a header", "a", all + web("rules: {http: [{headerMatches: [{name: x, mismatch: drop}]}]}"), "spec.ingress[0].toPorts[0].rules.http[0].headerMatches[0].mismatch", "is not one of"},
		{"secret without a name", "a", all + web("rules: {http: [{headerMatches: [{name: x, secret: {name: \"\"}}]}]}"), "spec.ingress[0].toPorts[0].rules.http[0].headerMatches[0].secret.name", "missing"},
		{"http for nodes", "", "nodeSelector: {}\n" + web("rules: {http: [{}]}"), "spec.ingress[0].toPorts[0].rules", "for nodes"},
		{"http from nodes", "", "nodeSelector: {}\negress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}], rules: {http: [{}]}}]}]", "spec.egress[0].toPorts[0].rules.http", "for nodes"},
		{"server name", "a", all + web("serverNames: [a/b]"), "spec.ingress[0].toPorts[0].serverNames[0]", "is not a pattern"},
		{"server name twice", "a", all + web("serverNames: [a, b, a]"), "spec.ingress[0].toPorts[0].serverNames[2]", "twice"},
		{"no server name", "a", all + web("serverNames: []"), "spec.ingress[0].toPorts[0].serverNames", "there must be a name"},
		{"tls without a secret", "a", all + web("terminatingTLS: {trustedCA: x}"), "spec.ingress[0].toPorts[0].terminatingTLS.secret", "missing"},
		{"listener without a configuration", "a", all + strings.Replace(web("listener: {name: l}"), "ingress", "egress", 1), "spec.egress[0].toPorts[0].listener.envoyConfig.name", "missing"},
		// pkg/policy/api/icmp.go.
		{"family", "a", all + "ingress: [{icmps: [{fields: [{family: IPv5, type: 8}]}]}]", "spec.ingress[0].icmps[0].fields[0].family", "is not one of"},
		{"no type", "a", all + "ingress: [{icmps: [{fields: [{family: IPv4}]}]}]", "spec.ingress[0].icmps[0].fields[0].type", "missing"},
		{"type of the other family", "a", all + "egressDeny: [{icmps: [{fields: [{type: EchoReply}, {type: PacketTooBig}]}]}]", "spec.egressDeny[0].icmps[0].fields[1].type", "for IPv4"},
		{"many types", "a", all + "ingress: [{icmps: [{fields: [" + strings.Repeat("{type: 8},", 41) + "]}]}]", "spec.ingress[0].icmps[0].fields", "at most 40"},
		{"many ports", "a", all + "ingress: [{toPorts: [{ports: [" + strings.Repeat("{port: \"80\"},", 41) + "]}]}]", "spec.ingress[0].toPorts[0].ports", "at most 40"},
		// The other selectors, and what describes a rule.
		{"selector of nodes", "a", all + "ingress: [{fromNodes: [{matchLabels: {\"a b\": c}}]}]", "spec.ingress[0].fromNodes[0].matchLabels[a b]", "name part"},
		{"selector of groups", "a", all + "egress: [{toCIDRSet: [{cidrGroupSelector: {matchExpressions: [{key: a, operator: Is}]}}]}]", "spec.egress[0].toCIDRSet[0].cidrGroupSelector.matchExpressions[0].operator", "is not one of"},
		{"name of a group", "a", all + "egress: [{toCIDRSet: [{cidrGroupRef: A_b}]}]", "spec.egress[0].toCIDRSet[0].cidrGroupRef", "subdomain"},
		{"label without a key", "a", all + "ingress: [{}]\nlabels: [{value: x}]", "spec.labels[0].key", "missing"},
		{"long log", "a", all + "ingress: [{}]\nlog: {value: " + strings.Repeat("x", 33) + "}", "spec.log.value", "longer than 32"},
		{"mode", "a", all + "ingress: [{authentication: {mode: always}}]", "spec.ingress[0].authentication.mode", "is not one of"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := read(t, test.namespace, test.spec)
			if test.message == "" { // it is refused at either field
				if len(problems) == 0 {
					t.Error("it is not refused")
				}
				return
			}
			if len(problems) != 1 || problems[0].Path != test.path || !strings.Contains(problems[0].Message, test.message) {
				t.Errorf("problems %q, want one at %s: %s", problems, test.path, test.message)
			}
		})
	}
}

// What selectors and rules mean, each with the part of Cilium's code that says so.
func TestMeaning(t *testing.T) {
	const role, namespace = `{matchLabels: {role: web}}`, `{matchLabels: {"k8s:io.kubernetes.pod.namespace": b}}`
	tests := []struct{ name, namespace, spec, want string }{
		// getEndpointSelector: a selector without a namespace means the policy's own.
		{"own namespace", "a", "endpointSelector: {}\ningress: [{fromEndpoints: [" + role + "]}]", "pods {kubernetes.io/metadata.name=a}/{role=web} any"},
		{"named namespace", "a", "endpointSelector: {}\ningress: [{fromEndpoints: [" + namespace + "]}]", "pods {kubernetes.io/metadata.name=b}/{} any"},
		{"labelled namespaces", "a", "endpointSelector: {}\ningress: [{fromEndpoints: [{matchLabels: {io.cilium.k8s.namespace.labels.env: dev}}]}]", "pods {env=dev}/{} any"},
		{"clusterwide", "", "endpointSelector: {}\ningress: [{fromEndpoints: [" + role + "]}]", "pods {}/{role=web} any"},
		{"any source", "a", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchLabels: {"any:role": web}}]}]`, "pods {kubernetes.io/metadata.name=a}/{role=web} any"},
		{"another source", "a", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchLabels: {"container:role": web}}]}]`, "pods {kubernetes.io/metadata.name=a}/{} any (which pods have labels of the source container)"},
		// addClusterFilterByDefault: a selector that speaks of clusters gets none, and world is in none.
		{"other clusters", "a", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: NotIn, values: [x]}, {key: k8s:io.kubernetes.pod.namespace, operator: NotIn, values: [b]}]}]}]`,
			"pods {kubernetes.io/metadata.name!=b}/{} any (which pods have the label io.cilium.k8s.policy.cluster); part 2 any (which pods have the label io.cilium.k8s.policy.cluster)"},
		{"one cluster", "", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.cilium.k8s.policy.cluster": x}}]}]`, "pods {}/{} any (which pods have the label io.cilium.k8s.policy.cluster)"},
		// pkg/labelsfilter/filter.go: not part of a pod's identity by default.
		{"ignored label", "a", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchLabels: {pod-template-hash: x}}]}]`, "pods {kubernetes.io/metadata.name=a}/{} any (whether Cilium is configured to select by the label pod-template-hash)"},
		{"label of an app", "", `endpointSelector: {}` + "\n" + `ingress: [{fromEndpoints: [{matchLabels: {app.kubernetes.io/name: x}}]}]`, "pods {}/{app.kubernetes.io/name=x} any"},
		// mergeEndpointSelectors, mergeL4Filter: nothing; with ports, everything; an empty list, nothing.
		{"an empty rule", "a", "endpointSelector: {}\ningress: [{}]", ""},
		{"only ports", "a", "endpointSelector: {}\ningress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}]}]}]", "pods {}/{} 80/tcp; part 2 80/tcp"},
		{"an empty list of peers", "a", "endpointSelector: {}\ningress: [{fromEndpoints: [], toPorts: [{ports: [{port: \"80\"}]}]}]", ""},
		{"an empty list of ports", "a", "endpointSelector: {}\ningress: [{fromEntities: [all], toPorts: [{}]}]", "pods {}/{} ; part 2 "},
		{"all ports", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: \"0\", protocol: UDP}]}]}]", "part 1 1-65535/udp"},
		{"any protocol", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: http}]}]}]", "part 1 http/tcp, http/udp, http/sctp"},
		{"a range", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: \"80\", endPort: 90, protocol: TCP}]}]}]", "part 1 80-90/tcp"},
		{"a range backwards", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: \"80\", endPort: 70, protocol: TCP}]}]}]", "part 1 80/tcp"},
		{"icmps", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], icmps: [{}]}]", "part 1 "},
		{"both sorts of nodes", "a", "endpointSelector: {}\ningress: [{fromEntities: [host, remote-node]}]", "part 3 any; part 3 any"},
		{"one sort of nodes", "a", "endpointSelector: {}\ningress: [{fromEntities: [host]}]", "part 4 any"},
		{"what a relation does not have", "a", "endpointSelector: {}\ningress: [{fromEntities: [health, none]}]", ""},
		{"dns for all names", "a", "endpointSelector: {}\negress: [{toEntities: [world], toPorts: [{ports: [{port: \"53\", protocol: UDP}], rules: {dns: [{matchPattern: \"*\"}]}}]}]", "part 1 53/udp"},
		{"dns for some names", "a", "endpointSelector: {}\negress: [{toEntities: [world], toPorts: [{ports: [{port: \"53\", protocol: UDP}], rules: {dns: [{matchPattern: \"*.x\"}]}}]}]", "part 1  proxied 53/udp"},
		{"http", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: \"80\", protocol: TCP}], rules: {http: [{}]}}, {ports: [{port: \"81\", protocol: TCP}]}]}]", "part 1 81/tcp proxied 80/tcp"},
		{"authentication", "a", "endpointSelector: {}\ningress: [{fromEntities: [world], authentication: {mode: required}}]", "part 1  proxied any"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, problems := read(t, test.namespace, test.spec)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for _, d := range []relation.Direction{relation.Ingress, relation.Egress} {
				for _, r := range p.Specs[0].Rules[d] {
					for _, peer := range r.Peers {
						got = append(got, peerText(peer, r))
					}
				}
			}
			if text := strings.Join(got, "; "); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func peerText(p Peer, r Rule) string {
	text := ""
	if pods, ok := p.Of.(relation.Pods); ok {
		text = "pods {" + pods.Namespaces.String() + "}/{" + pods.Labels.String() + "}"
	} else {
		text = "part " + string(rune('0'+p.Part))
	}
	text += " " + r.Ports.String()
	if !r.Proxied.IsEmpty() {
		text += " proxied " + r.Proxied.String()
	}
	if p.Doubt != "" {
		text += " (" + p.Doubt + ")"
	}
	return text
}

// Patterns of names, each with a name that it matches and one that it does not (pkg/fqdn/matchpattern, and the
// examples of its documentation).
func TestHostNames(t *testing.T) {
	for _, test := range []struct {
		name HostName
		is   []string
		not  []string
	}{
		{HostName{MatchName: "API.example.com."}, []string{"api.example.com"}, []string{"a.api.example.com", "example.com"}},
		{HostName{MatchPattern: "*.cilium.io"}, []string{"www.cilium.io"}, []string{"cilium.io", "a.www.cilium.io"}},
		{HostName{MatchPattern: "*cilium.io"}, []string{"cilium.io", "subcilium.io"}, []string{"www.cilium.io"}},
		{HostName{MatchPattern: "sub*.cilium.io"}, []string{"sub.cilium.io", "subdomain.cilium.io"}, []string{"www.cilium.io", "cilium.io"}},
		{HostName{MatchPattern: "**.cilium.io"}, []string{"app.cilium.io", "test.app.cilium.io"}, []string{"cilium.io"}},
		{HostName{MatchPattern: "*"}, []string{"a", "a.b.c"}, nil},
		{HostName{MatchPattern: "a.**.io."}, []string{"a.b.io"}, []string{"a.b.c.io"}},
	} {
		names := relation.Host(test.name.Pattern())
		for _, n := range test.is {
			if !names.Has(n) {
				t.Errorf("%+v does not match %s", test.name, n)
			}
		}
		for _, n := range test.not {
			if names.Has(n) {
				t.Errorf("%+v matches %s", test.name, n)
			}
		}
	}
}

// Rules of a direction isolate, deny rules included, unless enableDefaultDeny says otherwise. It does nothing
// in a direction without rules (pkg/policy/utils/parserules.go, RulesToPolicyEntries).
func TestIsolation(t *testing.T) {
	for _, test := range []struct {
		spec            string
		ingress, egress bool
	}{
		{"ingress: [{}]", true, false},
		{"ingressDeny: [{}]", true, false},
		{"egressDeny: [{toEntities: [all]}]\nenableDefaultDeny: {egress: false}", false, false},
		{"ingress: [{}]\negress: [{}]\nenableDefaultDeny: {ingress: false}", false, true},
		{"ingress: [{}]\nenableDefaultDeny: {egress: true}", true, false},
		{"ingress: [{}]\negress: []", true, false},
	} {
		p, problems := read(t, "a", "endpointSelector: {}\n"+test.spec)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := p.Specs[0].Isolates; got != [2]bool{relation.Ingress: test.ingress, relation.Egress: test.egress} {
			t.Errorf("%s: isolates %v", test.spec, got)
		}
	}
}

// Services count in rules that permit. A rule that denies has no peers without them: it matches nothing, or with ports
// all (pkg/policy/k8s/service.go, processRule; pkg/policy/rule.go, mergeL4Filter).
func TestServicesDenied(t *testing.T) {
	const services = "toServices: [{k8sService: {serviceName: s, namespace: b}}]"
	for spec, want := range map[string]int{
		"egressDeny: [{" + services + "}]":                                      0,
		"egressDeny: [{" + services + ", toPorts: [{ports: [{port: \"1\"}]}]}]": 2,
	} {
		p, problems := read(t, "a", "endpointSelector: {}\n"+spec)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		rule := p.Specs[0].Rules[relation.Egress][0]
		if len(rule.Peers) != want {
			t.Errorf("%s: %d peers, want %d", spec, len(rule.Peers), want)
		}
		for _, peer := range rule.Peers {
			if peer.Doubt != "" {
				t.Errorf("%s: %s", spec, peer.Doubt)
			}
		}
	}
	if _, problems := read(t, "a", "endpointSelector: {}\negressDeny: [{"+services+", toCIDR: [10.0.0.0/8]}]"); len(problems) != 1 {
		t.Errorf("Services beside blocks are refused with %v", problems)
	}
}

// The subject of a policy of a namespace is in it (pkg/k8s/apis/cilium.io/utils/utils.go, ParseToCiliumRule).
func TestSubject(t *testing.T) {
	for spec, want := range map[string]string{
		`{}`: "{kubernetes.io/metadata.name=a}/{}",
		`{matchLabels: {"k8s:io.kubernetes.pod.namespace": b, x: z}}`:  "{kubernetes.io/metadata.name=a}/{x=z}",
		`{matchLabels: {io.cilium.k8s.namespace.labels.env: dev}}`:     "{env=dev,kubernetes.io/metadata.name=a}/{}",
		`{matchExpressions: [{key: x, operator: NotIn, values: [z]}]}`: "{kubernetes.io/metadata.name=a}/{x!=z}",
	} {
		p, problems := read(t, "a", "endpointSelector: "+spec+"\ningress: [{}]")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		s := p.Specs[0].Subject
		if got := "{" + s.Namespaces.String() + "}/{" + s.Labels.String() + "}"; got != want || p.Unread != "" {
			t.Errorf("%s: got %s, want %s; %s", spec, got, want, p.Unread)
		}
	}
	p, _ := read(t, "a", `endpointSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: x}}`+"\ningress: [{}]")
	if p.Unread == "" {
		t.Error("a policy about a service account is evaluated")
	}
	// Documentation/gettingstarted/terminology.rst: of Cilium's probes, and of pods that it does not know yet.
	for _, key := range []string{"health", "init"} {
		if p, problems := read(t, "", `endpointSelector: {matchLabels: {"reserved:`+key+`": ""}}`+"\ningress: [{}]"); len(problems) > 0 || p.Unread != "" || len(p.Specs) > 0 {
			t.Errorf("a policy about reserved:%s is read as %+v: %v", key, p, problems)
		}
	}
	for _, q := range []string{`matchLabels: {"reserved:host": ""}`, `matchLabels: {"reserved:ingress": ""}`, `matchExpressions: [{key: "reserved:health", operator: DoesNotExist}]`} {
		if p, _ := read(t, "", "endpointSelector: {"+q+"}\ningress: [{}]"); p.Unread == "" {
			t.Errorf("a policy about %s is evaluated", q)
		}
	}
	if p, problems := read(t, "", "nodeSelector: {}\ningress: [{}]"); len(problems) > 0 || p.Unread != "" || len(p.Specs) > 0 || p.Nodes != [2]bool{relation.Ingress: true} {
		t.Errorf("a policy about nodes is read as %+v: %v", p, problems)
	}
}

// A policy that Cilium refuses by default, and accepts with a setting, is not evaluated.
func TestSettings(t *testing.T) {
	for spec, want := range map[string]string{
		"ingress: [{fromNodes: [{}]}]":                                      "enable-node-selector-labels=true",
		"egress: [{toEntities: [all]}, {toNodes: [{matchLabels: {a: b}}]}]": "enable-node-selector-labels=true",
		"egressDeny: [{toPorts: [{ports: [{protocol: VRRP}]}]}]":            "enable-extended-ip-protocols=true",
		"egress: [{toPorts: [{ports: [{protocol: VRRP, port: \"0\"}]}]}]":   "",
		"ingress: [{fromNodes: []}]":                                        "",
	} {
		p, problems := read(t, "a", "endpointSelector: {matchLabels: {app: a}}\n"+spec)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if is := p.Unread != ""; is != (want != "") || !strings.Contains(p.Unread, want) || is && len(p.About) != 1 {
			t.Errorf("%s: not evaluated because %q, about %v; want %q", spec, p.Unread, p.About, want)
		}
	}
}
