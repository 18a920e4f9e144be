package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func foreignText(apiVersion, kind, namespace string) string {
	if namespace != "" {
		namespace = ", namespace: " + namespace
	}
	return "---\napiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: f" + namespace + "}\nspec: {}\n"
}

// ask returns the verdict on a question and its text.
func ask(t *testing.T, v *Model, question string) (Verdict, string) {
	t.Helper()
	q, err := v.Query(question)
	if err != nil {
		t.Fatal(err)
	}
	a := v.Why(q)
	var text strings.Builder
	a.WriteText(&text)
	data, err := json.Marshal(a.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if undecided := a.Verdict() == Unknown; undecided != strings.Contains(text.String(), "is undecided\n") || undecided == strings.Contains(string(data), `"undecided":[]`) || undecided && a.Permitted {
		t.Errorf("%s: the forms of the answer disagree:\n%s\n%s", question, text.String(), data)
	}
	return a.Verdict(), text.String()
}

// TestUndecided wants an answer to be undecided exactly where what zt cannot evaluate could change it.
func TestUndecided(t *testing.T) {
	agent := workloadText("DaemonSet", "agent", "{app: agent}", "{hostNetwork: true, containers: [{name: c}]}")
	web := workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c}]}")
	old := strings.Replace(policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.1.1/24}}]}]}"), "name: p", "name: p, uid: u", 1)
	for _, test := range []struct {
		name, manifests, question string
		want                      Verdict
		reason                    string
	}{
		{"nothing is open", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"), "pay/{} -> shop/{} :80", Denied, ""},
		{"a block over addresses of pods", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"), "pay/{} -> shop/{} :80", Unknown,
			"the network plugin decides whether 10.0.0.0/8 in ingress[0] of NetworkPolicy shop/p matches pods with these addresses (f0.yaml:"},
		{"a block on another port", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 81}]}]}"), "pay/{} -> shop/{} :80", Denied, ""},
		{"a block of other pods", policyText("p", "{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"), "pay/{} -> shop/{app=b} :80", Permitted, ""},
		{"a block beside a selector that permits the same", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {namespaceSelector: {}}]}]}"), "pay/{} -> shop/{} :80", Permitted, ""},
		{"a block that the other side makes irrelevant", policyText("p", "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"), "shop/{} -> shop/{} :80", Denied, ""},
		{"a block, asked for an address", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"), "10.1.2.3 -> shop/{} :80", Permitted, ""},
		{"every address", policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"), "pay/{} -> shop/{} :80", Unknown, "whether 0.0.0.0/0 in"},
		{"every address but some", policyText("p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]}"), "shop/{} -> pay/{} :80", Unknown, "0.0.0.0/0 except 169.254.169.254/32"},

		{"an old block, asked for one address of it", old, "192.168.1.7 -> shop/{} :80", Unknown, "NetworkPolicy shop/p has the block 192.168.1.1/24, which programs read in different ways (f0.yaml:"},
		{"an old block, asked for the address that it names", old, "192.168.1.1 -> shop/{} :80", Permitted, ""},
		{"an old block, asked for another address", old, "192.168.2.1 -> shop/{} :80", Denied, ""},
		{"an old block in another namespace", old, "192.168.1.7 -> pay/{} :80", Permitted, ""},

		{"a host network beside the question", agent + policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]}"), "shop/{app=web} -> shop/{} :80", Denied, ""},
		{"labels that only the host network has, and selectors do not match there", agent + web + policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]}"), "shop/{app=agent} -> shop/{app=web} :80", Unknown, "shop/{app=agent} fits no pods but those of shop/DaemonSet/agent, which are on the host network; ask about these (f0.yaml:"},
		{"labels that only the host network has, where policies do not apply", agent + policyText("p", "{podSelector: {}}"), "8.8.8.8 -> shop/{app=agent} :80", Unknown, "shop/{app=agent} fits no pods but"},
		{"a namespace that is on the host network", agent + policyText("p", "{podSelector: {}}"), "8.8.8.8 -> shop/* :80", Unknown, "shop/* fits no pods but"},
		{"a block for labels that only the host network has", agent + web + policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}"), "shop/{app=agent} -> shop/{app=web} :80", Unknown, "shop/{app=agent} fits no pods but"},
		{"labels that only the host network has, which make no difference", agent + web + policyText("p", "{podSelector: {}}"), "shop/{app=agent} -> shop/{app=web} :80", Denied, ""},
		{"labels that only the host network has, and a policy of another API", agent + policyText("p", closed) + strings.ReplaceAll(policyText("p", closed), "shop", "pay") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "pay"), "shop/{app=agent} -> pay/{} :80", Unknown, "shop/{app=agent} fits no pods but"},
		{"labels that others have beside the host network", agent + strings.ReplaceAll(web, "app: web", "app: agent") + policyText("p", "{podSelector: {}}"), "8.8.8.8 -> shop/{app=agent} :80", Denied, ""},
		{"the cluster, which the host network is not of", agent + policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}"), "cluster -> shop/{app=web} :80", Permitted, ""},
		{"selectors do not match the host network", agent + policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]}"), "shop/DaemonSet/agent -> shop/{app=web} :80", Denied, ""},
		{"policies do not apply to the host network", agent + policyText("p", "{podSelector: {}, policyTypes: [Ingress, Egress]}"), "pay/{} -> shop/DaemonSet/agent :80", Permitted, ""},
		{"everybody includes the host network", agent + policyText("p", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}"), "shop/DaemonSet/agent -> shop/{app=web} :80", Permitted, ""},
		{"a block that nodes may be in", agent + policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}"), "shop/DaemonSet/agent -> shop/{app=web} :80", Unknown, "shop/DaemonSet/agent is on the host network"},

		{"a namespaced policy of another API", web + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "shop"), "shop/Deployment/web -> pay/{} :80", Unknown,
			"zt does not evaluate CiliumNetworkPolicy shop/f (cilium.io/v3), which can permit or deny connections of the pods of namespace shop (f0.yaml:"},
		{"as the destination", foreignText("crd.antrea.io/v1beta1", "NetworkPolicy", "shop"), "8.8.8.8 -> shop/{} :80", Unknown, "NetworkPolicy shop/f"},
		{"of a third namespace", foreignText("cilium.io/v3", "CiliumNetworkPolicy", "other"), "shop/{} -> pay/{} :80", Permitted, ""},
		{"of a third namespace, beside all", foreignText("cilium.io/v3", "CiliumNetworkPolicy", "other"), "all -> pay/{} :80", Permitted, ""},
		{"as the destination, of what cannot leave", policyText("p", "{podSelector: {}, policyTypes: [Egress]}") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "pay"), "shop/{} -> pay/{} :80", Denied, ""},
		{"as the destination, of what may leave by a block", policyText("p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "pay"), "shop/{} -> pay/{} :80", Unknown, "CiliumNetworkPolicy"},
		{"as the source, of what nothing lets in", policyText("p", "{podSelector: {}}") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "pay"), "pay/{} -> shop/{} :80", Denied, ""},
		{"on both sides", policyText("p", "{podSelector: {}, policyTypes: [Ingress, Egress]}") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "shop"), "shop/{} -> shop/{} :80", Unknown, "CiliumNetworkPolicy"},
		{"selectors that combine in too many ways", policyText("closed", "{podSelector: {}}") + pigeonText(10, 9), "pay/{} -> shop/* :80", Unknown, "combine in more ways than zt compares"},
		{"selectors that combine in too many ways, of what cannot leave", strings.ReplaceAll(policyText("p", "{podSelector: {}, policyTypes: [Egress]}"), "shop", "pay") + policyText("closed", "{podSelector: {}}") + pigeonText(10, 9), "pay/{} -> shop/* :80", Denied, ""},
		{"selectors that combine in a few ways", policyText("closed", "{podSelector: {}}") + pigeonText(4, 3), "pay/{} -> shop/* :80", Permitted, ""},
		{"of the cluster", foreignText("cilium.io/v3", "CiliumClusterwideNetworkPolicy", ""), "shop/{} -> pay/{} :80", Unknown, "CiliumClusterwideNetworkPolicy f (cilium.io/v3), which can permit or deny connections of every pod"},
		{"of a whole mesh", foreignText("security.istio.io/v1", "AuthorizationPolicy", "istio-system"), "shop/{} -> pay/{} :80", Unknown, "every pod"},
		{"on a host network", agent + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "shop"), "pay/{} -> shop/DaemonSet/agent :80", Unknown, "CiliumNetworkPolicy"},

		{"labels that matter", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}"), "new/{app=web} -> shop/{} :80", Unknown, "the labels of namespace new are not known, and policies select by team"},
		{"labels that could take away", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]}"), "new/{app=web} -> shop/{} :80", Unknown, "labels of namespace new"},
		{"labels on another port", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}], ports: [{port: 81}]}]}"), "new/{app=web} -> shop/{} :80", Denied, ""},
		{"labels of a namespace that is known", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}"), "shop/{} -> shop/{} :80", Denied, ""},
		{"labels beside an address", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}"), "8.8.8.8 -> shop/{} :80", Denied, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && strings.Contains(test.name, "too many ways") {
				t.Skip("a limit, which takes long to reach")
			}
			got, text := ask(t, viewOf(t, spacesText+test.manifests), test.question)
			if got != test.want || !strings.Contains(text, test.reason) || strings.Contains(text, "undecided") != (test.want == Unknown) {
				t.Errorf("want %s, because of %q:\n%s", test.want, test.reason, text)
			}
		})
	}
}

// TestUndecidedComparison compares manifests in which something is open.
// pigeonText returns policies for pods that together are all pods, if there is no way to place so
// many pigeons into holes, one each.
func pigeonText(pigeons, holes int) string {
	var text strings.Builder
	add := func(requirements ...string) {
		fmt.Fprint(&text, policyText(fmt.Sprint("p", text.Len()), "{podSelector: {matchExpressions: ["+strings.Join(requirements, ", ")+"]}, ingress: [{}]}"))
	}
	for p := range pigeons {
		var nowhere []string
		for h := range holes {
			is := func(pigeon int, operator string) string {
				return fmt.Sprintf("{key: p%d-%d, operator: %s}", pigeon, h, operator)
			}
			nowhere = append(nowhere, is(p, "DoesNotExist"))
			for q := range p {
				add(is(p, "Exists"), is(q, "Exists"))
			}
		}
		add(nowhere...)
	}
	return text.String()
}

func TestUndecidedComparison(t *testing.T) {
	block := policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")
	blockAndPods := policyText("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {namespaceSelector: {}}]}]}")
	closed := policyText("p", "{podSelector: {}}")
	cilium := foreignText("cilium.io/v3", "CiliumNetworkPolicy", "shop")
	for _, test := range []struct {
		name, old, new string
		want           Verdict
	}{
		{"the same block on both sides", block, block, Equal},
		{"a block that goes", block, closed, Different},
		{"pods that the block may match", block, blockAndPods, Unknown},
		{"another API on one side", closed, closed + cilium, Unknown},
		{"another API on both sides, all the same", closed + cilium, closed + cilium, Equal},
		{"another API on both sides, the policies rewritten", policyText("q", "{podSelector: {}}") + cilium, closed + cilium, Unknown},
		{"another API that changes", cilium, strings.Replace(cilium, "spec: {}", "spec: {endpointSelector: {}}", 1), Unknown},
		{"a difference in the namespace of another API", closed + cilium, cilium, Unknown},
		{"a difference that another API cannot concern", strings.ReplaceAll(closed, "shop", "pay") + foreignText("cilium.io/v3", "CiliumNetworkPolicy", "zoo"), foreignText("cilium.io/v3", "CiliumNetworkPolicy", "zoo"), Different},
		{"another API of the cluster", closed + foreignText("cilium.io/v3", "CiliumClusterwideNetworkPolicy", ""), closed, Unknown},
		{"selectors that combine in too many ways", policyText("all", "{podSelector: {}, ingress: [{}]}"), closed + pigeonText(10, 9), Unknown},
		{"selectors that combine in a few ways", policyText("all", "{podSelector: {}, ingress: [{}]}"), closed + pigeonText(4, 3), Equal},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && strings.Contains(test.name, "too many ways") {
				t.Skip("a limit, which takes long to reach")
			}
			c := Compare(viewOf(t, spacesText+test.old), viewOf(t, spacesText+test.new))
			var text, markdown strings.Builder
			c.WriteText(&text)
			c.WriteMarkdown(&markdown)
			if c.Verdict() != test.want || c.Equal() != (test.want == Equal) || c.JSON().Verdict != test.want {
				t.Errorf("%s, want %s:\n%s", c.Verdict(), test.want, text.String())
			}
			if says := strings.Contains(markdown.String(), "nothing changes"); says != (test.want == Equal) {
				t.Errorf("the page says that nothing changes: %v\n%s", says, markdown.String())
			}
			if says := strings.Contains(text.String(), "# undecided: "); says != (test.want == Unknown) || says != strings.Contains(markdown.String(), ": undecided\n") {
				t.Errorf("%s\n%s", text.String(), markdown.String())
			}
		})
	}
}

// TestUndecidedReach wants lists to name what could change them, and mark what it could take away.
func TestUndecidedReach(t *testing.T) {
	web := workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c}]}")
	open := policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")
	v := viewOf(t, spacesText+web+open+foreignText("cilium.io/v3", "CiliumNetworkPolicy", "shop"))
	connections := v.Reach()
	undecided := v.Undecided(connections, nil, nil)
	var text, asJSON strings.Builder
	if err := errors.Join(v.WriteConnections(&text, connections, undecided), v.WriteConnectionsJSON(&asJSON, connections, undecided)); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Connections []ConnectionJSON
		Undecided   []struct{ Message string }
	}
	if err := json.Unmarshal([]byte(asJSON.String()), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Undecided) != 1 || len(list.Connections) == 0 {
		t.Errorf("%+v", list)
	}
	for _, c := range list.Connections {
		if touched := strings.HasPrefix(c.From, "shop/") || strings.HasPrefix(c.To, "shop/"); touched != (c.Verdict == Unknown) {
			t.Errorf("%s -> %s: the verdict is %q", c.From, c.To, c.Verdict)
		}
	}
	if !strings.HasPrefix(text.String(), "# undecided: zt does not evaluate") || !strings.Contains(text.String(), "# undecided; NetworkPolicies permit it: shop/p ingress[0]") {
		t.Error(text.String())
	}
	// Only objects that can matter to the parties asked for are named.
	v = viewOf(t, spacesText+web+open+foreignText("cilium.io/v3", "CiliumNetworkPolicy", "other")+
		policyText("q", "{podSelector: {matchLabels: {app: closed}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"))
	for _, test := range []struct {
		from, to string
		want     int
	}{
		{"shop/Deployment/web", "shop/Deployment/web", 0},
		{"shop/Deployment/web", "other/{}", 1},
		{"shop/Deployment/web", "", 1},
		{"shop/{app=closed}", "", 0},
		{"", "shop/Deployment/web", 0}, // which lets in pods of its own namespace only
		{"", "other/{}", 1},
		{"", "", 1},
	} {
		var ends [2][]*Party
		for i, name := range []string{test.from, test.to} {
			if name == "" {
				continue
			}
			p, err := v.Party(name)
			if err != nil {
				t.Fatal(err)
			}
			ends[i] = []*Party{p}
		}
		if list := v.Undecided(v.Reach(append(ends[0], ends[1]...)...), ends[0], ends[1]); len(list) != test.want {
			t.Errorf("from %q to %q: %v, want %d", test.from, test.to, list, test.want)
		}
	}
	v = viewOf(t, spacesText+web+open)
	if list := v.Undecided(v.Reach(), nil, nil); len(list) > 0 {
		t.Error(list)
	}
}

// TestDeclaredPodAddresses: the addresses that a program declares for pods decide which blocks of its
// own manifests can match pods.
func TestDeclaredPodAddresses(t *testing.T) {
	const text = "network { pods 10.0.0.0/8 }\nexternal office { 192.168.10.0/24 } :443\ntier web { app=web }\nweb -> office\n"
	top := topologyOf(t, text)
	program := OfTopology(top, FactsOf(top), "default")
	inv := read(t, string(policiesOf(t, text)))
	manifests, err := OfManifests(inv, FactsOf(top), program)
	if err != nil {
		t.Fatal(err)
	}
	if c := Compare(program, manifests); c.Verdict() != Equal {
		t.Errorf("%s: %v", c.Verdict(), c.Undecided)
	}
	if alone := viewOf(t, string(policiesOf(t, text))); len(alone.Undecided(alone.Reach(), nil, nil)) == 0 {
		t.Error("without the program, nothing says that pods have no such address")
	}
}

// TestNamedPortOfNothing asks for a named port of addresses of which none are left.
func TestNamedPortOfNothing(t *testing.T) {
	v := viewOfProgram(t, "network { pods 0.0.0.0/0, ::/0 }\ntier web { app=web }\n")
	if _, err := v.Query("web -> internet :http"); err == nil {
		t.Error("an address has no named ports")
	}
}
