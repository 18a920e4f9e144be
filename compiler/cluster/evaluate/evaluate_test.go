package evaluate

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
)

// Policies whose selectors require several label keys each leave twice as many kinds of free pods
// with each of them. That is refused, and not computed forever.
func TestTooManyKindsOfFreePods(t *testing.T) {
	for n, refused := range map[int]bool{8: false, 40: true} {
		var policies []*networkingv1.NetworkPolicy
		for i := range n {
			policies = append(policies, &networkingv1.NetworkPolicy{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("p", i), Namespace: "shop"},
				Spec: networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{
					fmt.Sprint("a", i): "v", fmt.Sprint("b", i): "v",
				}}},
			})
		}
		_, _, err := Trace(policies, relation.NewFacts(nil))
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "namespace shop: the podSelectors leave more than 10000 kinds of pods") {
			t.Errorf("%d policies: %v", n, err)
		}
	}
}

// The limit is for all namespaces together, and policies of one label key each need none of it.
func TestKindsOfFreePodsInAllNamespaces(t *testing.T) {
	policies := func(spaces, n int, labels func(i int) map[string]string) (out []*networkingv1.NetworkPolicy) {
		for s := range spaces {
			for i := range n {
				out = append(out, &networkingv1.NetworkPolicy{
					ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("p", i), Namespace: fmt.Sprint("n", s)},
					Spec:       networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: labels(i)}},
				})
			}
		}
		return out
	}
	pairs := func(i int) map[string]string {
		return map[string]string{fmt.Sprint("a", i): "v", fmt.Sprint("b", i): "v"}
	}
	one := func(i int) map[string]string { return map[string]string{"a": fmt.Sprint("v", i)} }
	for _, c := range []struct {
		policies []*networkingv1.NetworkPolicy
		refused  bool
	}{{policies(30, 8, pairs), false}, {policies(50, 8, pairs), true}, {policies(1, 20_000, one), false}} {
		if _, _, err := Trace(c.policies, relation.NewFacts(nil)); (err != nil) != c.refused {
			t.Errorf("%d policies: %v", len(c.policies), err)
		}
	}
}

// What a network plugin does otherwise than the API says counts only if it is known.
func TestEnforcement(t *testing.T) {
	policy := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "shop"},
		Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}}}},
			Egress:      []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}},
		},
	}
	pod := relation.Party{Namespace: "shop", NamespaceLabels: map[string]string{relation.NameLabel: "shop"}}
	addr := func(text string) relation.Party { return relation.Party{Addr: netip.MustParseAddr(text)} }
	cells := []struct {
		from, to        relation.Party
		api, unmatching bool
		omitted         bool
	}{
		{addr("10.1.0.7"), pod, true, false, true},
		{addr("10.2.0.7"), pod, true, true, true},
		{addr("192.0.2.1"), pod, false, false, false},
		{pod, addr("10.1.0.7"), true, true, false},
	}
	for name, as := range map[string]relation.Enforcement{
		"api": {}, "unmatching": {Unmatched: relation.Prefix(netip.MustParsePrefix("10.1.0.0/16"))}, "omitted": {OmittedTypes: true},
	} {
		facts := relation.NewFacts(nil)
		facts.Enforcement = as
		r, _, err := Trace([]*networkingv1.NetworkPolicy{policy}, facts)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			want := map[string]bool{"api": c.api, "unmatching": c.unmatching, "omitted": c.omitted}[name]
			if got := r.Permits(relation.Connection{From: c.from, To: c.to, Port: relation.Port{Protocol: relation.TCP, Number: 80}}); got != want {
				t.Errorf("%s: from %v to %v: %v", name, c.from, c.to, got)
			}
		}
	}
}
