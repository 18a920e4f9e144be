package query

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestNotes compares manifests of which the policies are the same, and the pods are not.
func TestNotes(t *testing.T) {
	text := func(manifests string) *Model { return viewOf(t, manifests) }
	policies := policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}")
	agent := func(pod string) string {
		return workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c}]}") + workloadText("DaemonSet", "agent", "{app: agent}", pod)
	}
	policies += policyText("web", "{podSelector: {matchLabels: {app: web}}}")
	web := func(labels string) string {
		return workloadText("Deployment", "web", "{"+labels+"}", "{containers: [{name: c}]}")
	}
	own, host := agent("{containers: [{name: c}]}"), agent("{hostNetwork: true, containers: [{name: c}]}")
	program := viewOfProgram(t, "namespace shop { tier agent { app=agent }\ntier web { app=web } }\n")
	const others, same = "### Network policy: applies to other pods", "What is permitted is the same, for every pod that could exist."
	for name, test := range map[string]struct {
		old, new *Model
		want     []string // lines of the text
		heading  string
	}{
		"onto the host network": {text(policies + own), text(policies + host),
			[]string{"# workload moved: shop/DaemonSet/agent, now on the host network, where policies do not apply"}, others},
		"off the host network": {text(policies + host), text(policies + own),
			[]string{"# workload moved: shop/DaemonSet/agent, off the host network, of which no policy isolates the egress"}, others},
		"new on the host network": {text(policies + workloadText("Deployment", "web", "{app: web}", "{}")), text(policies + host),
			[]string{"# workload added: shop/DaemonSet/agent, now on the host network, where policies do not apply"}, others},
		"relabelled on the host network": {text(policies + host), text(policies + strings.ReplaceAll(host, "app: agent", "app: node")),
			[]string{"# workload relabelled: shop/DaemonSet/agent"}, same},
		"in a label that policies select by": {text(policies + web("app: web")), text(policies + web("app: api")),
			[]string{"# workload relabelled: shop/Deployment/web, in labels that policies select by, of which no policy isolates the egress"}, others},
		"in another label": {text(policies + web("app: web")), text(policies + web("app: web, v: two")),
			[]string{"# workload relabelled: shop/Deployment/web, of which no policy isolates the egress"}, same},
		"nothing": {text(spacesText + policies + host), text(spacesText + policies + host), nil, same},
		"labels of a namespace": {text(spacesText + policies), text(strings.Replace(spacesText, "team: b", "team: a", 1) + policies),
			[]string{"# namespace pay is relabelled: team=b -> team=a"}, others},
		"no label of a namespace": {text(spacesText + policies), text(strings.Replace(spacesText, "team: a", "other: a", 1) + policies),
			[]string{"# namespace shop is relabelled: team=a -> no team"}, others},
		"labels of a namespace by which nothing selects": {text(spacesText + policies), text(strings.ReplaceAll(spacesText, "labels: {", "labels: {other: x, ") + policies), nil, same},
		"a tier on the host network": {program, text(policyText("p", closed) + host),
			[]string{"# tier shop/agent has its pods on the host network, where policies do not apply: shop/DaemonSet/agent"}, others},
		"a tier in part on the host network": {program, text(policyText("p", closed) + own + strings.ReplaceAll(host, "name: agent", "name: node-agent")), nil, same},
	} {
		t.Run(name, func(t *testing.T) {
			c := Compare(test.old, test.new)
			c.Added, c.Removed, c.Undecided = nil, nil, nil // what is meant here are the pods
			var plain, markdown strings.Builder
			if err := c.WriteText(&plain); err != nil {
				t.Fatal(err)
			}
			if err := c.WriteMarkdown(&markdown); err != nil {
				t.Fatal(err)
			}
			if got := slices.Collect(strings.Lines(plain.String())); strings.Join(got, "") != strings.Join(append(test.want, ""), "\n") {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !strings.Contains(markdown.String(), test.heading) || (test.heading == others) == strings.Contains(markdown.String(), "every pod") {
				t.Errorf("no %q in\n%s", test.heading, markdown.String())
			}
			data, err := json.Marshal(c.JSON())
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range test.want {
				said := strings.TrimPrefix(strings.TrimPrefix(line, "# "), "workload ")
				if !strings.Contains(markdown.String(), "- `"+said+"`") {
					t.Errorf("no %q in\n%s", said, markdown.String())
				}
				if note := !strings.HasPrefix(line, "# workload"); note != strings.Contains(string(data), `"notes":["`) {
					t.Errorf("%q and %s", line, data)
				}
				if strings.Contains(line, "now on") != strings.Contains(string(data), `"hostNetwork":true`) {
					t.Errorf("%q and %s", line, data)
				}
			}
		})
	}
}
