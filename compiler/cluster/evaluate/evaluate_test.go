package evaluate

import (
	"fmt"
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
