package topology

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The reference lists every fact of every plugin, with its source.
func TestReferenceHasFacts(t *testing.T) {
	text, err := os.ReadFile("../../grammar/README.md")
	if err != nil {
		t.Fatal(err)
	}
	questions := map[Question]string{
		BlocksMatchPods:     "does an address block match pods?",
		BlocksMatchNodes:    "does an address block match nodes?",
		PassesSCTP:          "does SCTP pass?",
		OmittedTypes:        "do rules count in a direction that `policyTypes` omits?",
		PortRanges:          "does a range of ports match?",
		NamedPorts:          "does the name of a port match?",
		IPv6Blocks:          "does a block of IPv6 addresses match?",
		SelectsHostNetwork:  "does a selector of a peer match pods on the host network?",
		BlocksMatchServices: "does an address block match a Service's address?",
		BaselineDecides:     "does the tier Baseline decide about pods that a NetworkPolicy isolates?",
		NetworksMatchPods:   "do networks of a ClusterNetworkPolicy match pods?",
		DomainNamesOpenDNS:  "does a rule of a ClusterNetworkPolicy with `domainNames` also permit connections to DNS servers?",
		EveryLabel:          "does a selector match pods by every label?",
		NamespacesMatchAll:  "do `namespaces` of a ClusterNetworkPolicy match everything, if the selector holds without labels?",
	}
	for _, p := range Plugins {
		rows := 0
		for _, f := range p.Facts {
			answer, setting := "no", ""
			if f.Answer {
				answer = "yes"
			}
			if f.Setting != "" {
				setting = fmt.Sprintf("`%s=%s` ", f.Setting, f.Value)
			}
			row := fmt.Sprintf("| `%s` %s | %s | %s | %s| %s |\n", p.Name, p.Version, questions[f.Question], answer, setting, f.Source)
			if !strings.Contains(string(text), row) {
				t.Errorf("the reference has no row %s", row)
			}
			rows++
		}
		if have := strings.Count(string(text), "\n| `"+p.Name+"` "); have != rows {
			t.Errorf("the reference has %d facts of %s, and the table %d", have, p.Name, rows)
		}
	}
}

// A setting reverses its own question only, and an unknown plugin answers none.
func TestAnswer(t *testing.T) {
	p := &Plugin{PluginFacts: &Plugins[0]}
	if !p.Never(BlocksMatchPods) || !p.Never(BlocksMatchNodes) || p.Never(OmittedTypes) {
		t.Error("wrong answers by default")
	}
	p.Settings = []Setting{{Key: "policy-cidr-match-mode", Value: "nodes"}}
	if !p.Never(BlocksMatchPods) || p.Never(BlocksMatchNodes) {
		t.Error("the setting for nodes changes the wrong answer")
	}
	if want := "plugin cilium with policy-cidr-match-mode=nodes, enable-sctp=true"; p.Change(PassesSCTP) != want {
		t.Errorf("got %s, want %s", p.Change(PassesSCTP), want)
	}
	var none *Plugin
	if _, known := none.Answer(BlocksMatchPods); known || none.Never(BlocksMatchPods) {
		t.Error("no plugin answers")
	}
}
