package answer

import (
	"fmt"
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
