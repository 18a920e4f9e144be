package query

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Of very many differences some are listed, and every form says that there are more.
func TestManyDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	edges := func(port, n int) *Model {
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, "tier t%d { app=t%[1]d }\n", i)
		}
		for i := range n {
			fmt.Fprintf(&b, "t%d -> t%d :%d\n", i%100, i/100, port)
		}
		return viewOfProgram(t, b.String())
	}
	for n, more := range map[int]bool{100: false, maxListed/2 + 1: true} { // each has two sides
		c := Compare(edges(80, n), edges(81, n))
		var text, markdown strings.Builder
		if err := c.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if err := c.WriteMarkdown(&markdown); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(c.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if c.More != more || c.Verdict() != Different || len(c.Added) != n || len(c.Removed) != len(c.Added) {
			t.Errorf("%d edges: %v, %s, %d added, %d removed", n, c.More, c.Verdict(), len(c.Added), len(c.Removed))
		}
		for form, says := range map[string]bool{
			"text":     strings.Contains(text.String(), "# "+moreText),
			"markdown": strings.Contains(markdown.String(), moreText),
			"JSON":     strings.Contains(string(data), `"more":true`),
		} {
			if says != more {
				t.Errorf("%d edges: %s says so: %v", n, form, says)
			}
		}
	}
}

// Where selectors tell more kinds of pods apart than are listed, the list says that it is not whole. It
// is whole where selectors have nothing in common, however many they are.
func TestConnectionsNotListed(t *testing.T) {
	const policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p%[1]d, namespace: ns}, spec: {podSelector: {matchLabels: {%[2]s: v%[1]d}}, ingress: [{from: [{podSelector: {matchLabels: {%[2]s: v0}}}]}]}}\n---\n"
	for _, c := range []struct {
		keys, n   int
		workload  bool
		undecided bool
	}{{1, 30, false, false}, {1, 1200, false, false}, {2, 30, false, false}, {12, 12, false, true}, {12, 12, true, false}} {
		var b strings.Builder
		for i := range c.n {
			fmt.Fprintf(&b, policy, i, fmt.Sprint("k", i%c.keys))
		}
		if c.workload {
			b.WriteString("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns, labels: {k1: v1}}}\n")
		}
		v := viewOf(t, b.String())
		if got := v.Undecided(v.Reach(), nil, nil); (len(got) > 0) != c.undecided {
			t.Errorf("%+v: undecided: %v", c, got)
		}
	}
	// Peers that fit no workload have parts that no policy isolates: one for each kind of these pods.
	for peers, undecided := range map[int]bool{5: false, 40: true} {
		text := "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns, labels: {app: a}}}\n"
		for i := range 8 {
			text += fmt.Sprintf("---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p%[1]d, namespace: ns}, spec: {podSelector: {matchLabels: {a%[1]d: v, b%[1]d: v}}, ingress: [{from: [", i)
			for p := range peers {
				text += fmt.Sprintf("{podSelector: {matchLabels: {x: v%d}}}, ", p)
			}
			text += "]}]}}\n"
		}
		v := viewOf(t, text)
		if got := v.Undecided(v.Reach(), nil, nil); (len(got) > 0) != undecided {
			t.Errorf("%d peers: undecided: %v", peers, got)
		}
	}
}

// The pairs of a namespace whose pods may all connect to each other are the square of its pods: no more
// are listed than of those asked for.
func TestManyPairs(t *testing.T) {
	var b strings.Builder
	b.WriteString("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: ns}, spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}}\n")
	for i := range 800 {
		fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%[1]d, namespace: ns, labels: {app: a%[1]d}}}\n", i)
	}
	v := viewOf(t, b.String())
	if _, ok := v.Connections(nil, nil); ok {
		t.Error("all are listed")
	}
	if _, ok := v.AllConnections(); ok {
		t.Error("all are listed for chains")
	}
	one := []*Party{v.byName["ns/Pod/p7"]}
	if list, ok := v.Connections(one, nil); !ok || len(list) < 800 {
		t.Errorf("%d from one pod, %v", len(list), ok)
	}
	if list, ok := v.Connections(nil, one); !ok || len(list) < 800 {
		t.Errorf("%d to one pod, %v", len(list), ok)
	}
}
