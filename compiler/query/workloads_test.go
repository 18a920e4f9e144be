package query

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// podsOf writes the pods of a controller, as `kubectl get pods -o yaml` shows them.
func podsOf(kind, name, labels string, replicas int) string {
	var b strings.Builder
	for i := range replicas {
		fmt.Fprintf(&b, `---
apiVersion: v1
kind: Pod
metadata:
  name: %[2]s-%[4]d
  namespace: shop
  labels: {%[3]s, pod-index: "%[4]d"}
  ownerReferences: [{apiVersion: apps/v1, kind: %[1]s, name: %[2]s, uid: u, controller: true}]
spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
`, kind, name, labels, i)
	}
	return b.String()
}

// TestReplicas asks of pods without what made them: they are one party, however many there are, and none where
// what made them is given.
func TestReplicas(t *testing.T) {
	policies := spacesText + policyText("web", "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: http}]}]}")
	for _, p := range viewOf(t, policies+podsOf("ReplicaSet", "web", "app: web", 10)).Parties {
		if len(p.Parts) > 1 {
			t.Errorf("%s is of %d parts, which no policy tells apart", p.Name, len(p.Parts))
		}
	}
	list := func(manifests string) (out []string) {
		for _, c := range viewOf(t, policies+manifests).Reach() {
			if c.From.Free || c.To.Free {
				continue // what no policy isolates
			}
			out = append(out, fmt.Sprintf("%s -> %s :%s", c.From.Name, c.To.Name, c.Ports))
		}
		return out
	}
	for _, replicas := range []int{1, 10, 100} {
		pods := podsOf("ReplicaSet", "web-5d", "app: web", replicas) + podsOf("StatefulSet", "api", "app: api", replicas)
		if diff := cmp.Diff([]string{"shop/StatefulSet/api -> shop/ReplicaSet/web-5d :8080/tcp"}, list(pods)); diff != "" {
			t.Errorf("%d replicas: -want +got\n%s", replicas, diff)
		}
		given := pods + workloadText("StatefulSet", "api", "{app: api}", "{containers: [{name: c}]}") +
			"---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: web-5d\n  namespace: shop\n" +
			"  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]\n" +
			"spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}\n" +
			workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c, ports: [{name: http, containerPort: 8081}]}]}")
		if diff := cmp.Diff([]string{"shop/StatefulSet/api -> shop/Deployment/web :8081/tcp"}, list(given)); diff != "" {
			t.Errorf("%d replicas of given workloads: -want +got\n%s", replicas, diff)
		}
	}
}

// TestPartiesAreNamedForAllOfThem: what is true of several workloads is not said of one.
func TestPartiesAreNamedForAllOfThem(t *testing.T) {
	workloads := workloadText("Deployment", "a", `{app: web, v: "1"}`, "{containers: [{name: c}]}") + workloadText("Deployment", "b", `{app: web, v: "2"}`, "{containers: [{name: c}]}")
	none := spacesText + workloads
	second := none + policyText("p", `{podSelector: {matchLabels: {v: "2"}}, policyTypes: [Ingress]}`)
	both := none + policyText("p", `{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}`)
	for _, test := range []struct{ old, new, want, workloads string }{
		{none, second, "- all -> shop/{v=2} :any", "shop/Deployment/b"},
		{none, both, "- all -> shop/{app=web} :any", "shop/Deployment/a, shop/Deployment/b"},
		{second, both, "- all -> shop/{app=web,v!=2} :any", "shop/Deployment/a"},
	} {
		comparison := Compare(viewOf(t, test.old), viewOf(t, test.new))
		for form, write := range map[string]func(io.Writer) error{"text": comparison.WriteText, "markdown": comparison.WriteMarkdown} {
			var out strings.Builder
			write(&out)
			if !strings.Contains(out.String(), test.want) || !strings.Contains(out.String(), test.workloads) {
				t.Errorf("%s: no %q with %q in\n%s", form, test.want, test.workloads, out.String())
			}
		}
	}
}

// TestStaticPods: pods that a node owns are workloads of their own, and any pod can be asked for by its own name.
func TestStaticPods(t *testing.T) {
	policy := policyText("web", "{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: http}]}]}")
	pods := podsOf("Node", "node-1", "app: web", 2) + podsOf("ReplicaSet", "web-5d", "app: web", 1)
	v := viewOf(t, spacesText+policy+pods)
	var names []string
	for _, p := range v.Parties {
		if p.workload != nil {
			names = append(names, p.Name)
		}
	}
	if want := []string{"shop/Pod/node-1-0", "shop/Pod/node-1-1", "shop/ReplicaSet/web-5d"}; !slices.Equal(names, want) {
		t.Errorf("the workloads are %q, want %q", names, want)
	}
	q, err := v.Query("pay/* -> shop/Pod/web-5d-0 :http")
	if err != nil {
		t.Fatal(err)
	}
	if a := v.Why(q); !a.Permitted || a.To.Name != "shop/Pod/web-5d-0" {
		t.Errorf("%s is permitted: %v", a.To.Name, a.Permitted)
	}
}
