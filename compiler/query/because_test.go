package query

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBecause asks of many pods at once what permits and what isolates them: what permits all of it by itself is
// named alone, what permits parts only where it takes all of them, and of policies those that select the pods.
func TestBecause(t *testing.T) {
	const all, web, notWeb = "{podSelector: {}, ingress: [{}]}", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
		"{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]}]}"
	for _, test := range []struct {
		name, manifests, question string
		isolatedBy, because       []string
	}{
		{"a rule that permits all of it", policyText("all", all) + policyText("web", web), "shop/* -> shop/* :80", []string{"shop/all", "shop/web"}, []string{"shop/all"}},
		{"rules that permit it together", policyText("not-web", notWeb) + policyText("web", web), "shop/* -> shop/* :80", []string{"shop/not-web", "shop/web"}, []string{"shop/not-web", "shop/web"}},
		{"rules that permit a part of it", policyText("web", web), "shop/* -> shop/* :80", []string{"shop/web"}, nil},
		{"a policy of other pods, which grants nothing", policyText("deny-all", "{podSelector: {}}") + policyText("deny-web", "{podSelector: {matchLabels: {app: web}}}"), "pay/{} -> shop/{} :80", []string{"shop/deny-all"}, nil},
		{"a policy of these pods, which grants nothing", policyText("deny-all", "{podSelector: {}}") + policyText("deny-web", "{podSelector: {matchLabels: {app: web}}}"), "pay/{} -> shop/{app=web} :80", []string{"shop/deny-all", "shop/deny-web"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := viewOf(t, spacesText+test.manifests)
			q, err := v.Query(test.question)
			if err != nil {
				t.Fatal(err)
			}
			a := v.Why(q)
			var isolatedBy, because []string
			for _, p := range a.Ingress.IsolatedBy {
				isolatedBy = append(isolatedBy, p.Policy)
			}
			for _, o := range a.Ingress.Because {
				because = append(because, o.Policy)
			}
			got, want := fmt.Sprint(isolatedBy, because, a.Permitted), fmt.Sprint(test.isolatedBy, test.because, test.because != nil)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("isolated by, because of, permitted: -want +got\n%s", diff)
			}
		})
	}
}
