package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// closed isolates every pod of a namespace.
const closed = "{podSelector: {}, policyTypes: [Ingress, Egress]}"

// TestReachListsWhoeverMayConnect lists connections of pods that are no workloads that policies apply to.
func TestReachListsWhoeverMayConnect(t *testing.T) {
	agent := workloadText("DaemonSet", "agent", "{app: agent}", "{hostNetwork: true, containers: [{name: c}]}")
	web := workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c}]}")
	fromAPI := policyText("web", "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}]}")
	host := "  # policies do not apply to pods on the host network"
	for name, test := range map[string]struct {
		manifests string
		asked     []string
		want      string
	}{
		"a workload on the host network alone": {agent + policyText("p", closed), nil, "" +
			"all -> shop/DaemonSet/agent :any" + host + "\n" +
			"shop/DaemonSet/agent -> all :any" + host + "\n"},
		"the host network, asked for addresses": {agent + web + policyText("p", closed), []string{"8.8.8.8"}, "" +
			"8.8.8.8 -> shop/DaemonSet/agent :any" + host + "\n" +
			"all -> shop/DaemonSet/agent :any    " + host + "\n" +
			"shop/DaemonSet/agent -> 8.8.8.8 :any" + host + "\n" +
			"shop/DaemonSet/agent -> all :any    " + host + "\n"},
		"the host network, asked for beside pods that nothing isolates": {agent + web + policyText("p", "{podSelector: {}, policyTypes: [Ingress]}"), []string{"shop/DaemonSet/agent"}, "" +
			"all -> shop/DaemonSet/agent :any                " + host + "\n" +
			"shop/DaemonSet/agent -> all :any                " + host + "\n" +
			"shop/Deployment/web -> all :any                   # no policy isolates these pods\n" +
			"shop/Deployment/web -> shop/DaemonSet/agent :any  # no policy isolates these pods, nor applies to those on the host network\n"},
		"a peer that fits no workload": {web + fromAPI + policyText("p", "{podSelector: {}}"), nil, "" +
			"shop/Deployment/web -> all :any                # no policy isolates these pods\n" +
			"shop/{app=api} -> all :any                     # no policy isolates these pods\n" +
			"shop/{app=api} -> shop/Deployment/web :80/tcp  # shop/web ingress[0]\n"},
		"a peer that fits no workload and that policies isolate in part": {web + strings.ReplaceAll(fromAPI, "app: api", "role: x") + policyText("p", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}"), nil, "" +
			"all -> shop/{app!=web,role=x} :any                     # no policy isolates these pods\n" +
			"shop/{app!=web,role=x} -> all :any                     # no policy isolates these pods\n" +
			"shop/{app!=web,role=x} -> shop/Deployment/web :80/tcp  # shop/web ingress[0]\n"},
		"a peer that fits only the host network": {web + strings.ReplaceAll(agent, "app: agent", "app: api") + fromAPI + policyText("p", "{podSelector: {}}"), nil, "" +
			"all -> shop/DaemonSet/agent :any             " + host + "\n" +
			"shop/DaemonSet/agent -> all :any             " + host + "\n" +
			"shop/Deployment/web -> all :any                # no policy isolates these pods\n" +
			"shop/{app=api} -> all :any                     # no policy isolates these pods\n" +
			"shop/{app=api} -> shop/Deployment/web :80/tcp  # shop/web ingress[0]\n"},
		"a peer that fits a workload": {web + strings.ReplaceAll(web, "web", "api") + fromAPI + policyText("p", closed) + policyText("out", "{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]}"), nil, "" +
			"shop/Deployment/api -> shop/Deployment/web :80/tcp  # shop/web ingress[0], shop/out egress[0]\n"},
		"pods that no workload has": {web + policyText("p", closed) + policyText("db", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"), nil, "" +
			"203.0.113.0/24 -> shop/{app=db} :any  # shop/db ingress[0]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			v := viewOf(t, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"+test.manifests)
			var asked []*Party
			for _, a := range test.asked {
				p, err := v.Party(a)
				if err != nil {
					t.Fatal(err)
				}
				asked = append(asked, p)
			}
			var out strings.Builder
			if err := v.WriteConnections(&out, v.Reach(asked...), nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestPathsToTheHostNetwork: a chain may end there, and does not go on from there.
func TestPathsToTheHostNetwork(t *testing.T) {
	v := viewOf(t, workloadText("DaemonSet", "agent", "{app: agent}", "{hostNetwork: true, containers: [{name: c}]}")+policyText("p", closed))
	internet, err := v.Party("internet")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := WritePaths(&out, v.Graph(v.Reach(internet)).Chains([]*Party{internet}, nil), nil); err != nil {
		t.Fatal(err)
	}
	want := "internet -> shop/DaemonSet/agent\n    internet -> shop/DaemonSet/agent :any  # policies do not apply to pods on the host network\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
