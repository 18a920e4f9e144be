package query

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// withoutIgnored returns manifests that Cilium enforces without the NetworkPolicies and policies of the whole cluster
// that select pods by labels which Cilium ignores by default. Whether such a policy applies depends on how Cilium is
// configured, so it counts as one that is not evaluated, as one of Cilium's own does.
func withoutIgnored(inv *inventory.Inventory) *inventory.Inventory {
	out := *inv
	leave := func(o inventory.Object, apiVersion, content, key string) {
		out.Foreign = append(slices.Clip(out.Foreign), inventory.Foreign{Object: o, APIVersion: apiVersion, Content: content, Reason: "nothing says " + ciliumpolicy.NotSelected(key)})
	}
	out.Policies = slices.DeleteFunc(slices.Clone(inv.Policies), func(p inventory.Policy) bool {
		key := ignoredBy(p.NetworkPolicy)
		if key != "" {
			leave(p.Object, "networking.k8s.io/v1", fmt.Sprint(p.Spec.String()), key)
		}
		return key != ""
	})
	out.ClusterPolicies = slices.DeleteFunc(slices.Clone(inv.ClusterPolicies), func(p inventory.ClusterPolicy) bool {
		keys := ciliumpolicy.UnidentifiedOf(p.Policy)
		if len(keys) > 0 {
			leave(p.Object, p.APIVersion, p.Content, keys[0])
		}
		return len(keys) > 0
	})
	return &out
}

// ignoredBy returns a label by which a NetworkPolicy selects pods and which Cilium ignores; "" if there is none.
func ignoredBy(p *networkingv1.NetworkPolicy) string {
	found := ""
	look := func(s *metav1.LabelSelector) {
		if s == nil {
			return
		}
		for key := range s.MatchLabels {
			if ciliumpolicy.Unidentified(key) && (found == "" || key < found) {
				found = key
			}
		}
		for _, e := range s.MatchExpressions {
			if ciliumpolicy.Unidentified(e.Key) && (found == "" || e.Key < found) {
				found = e.Key
			}
		}
	}
	look(&p.Spec.PodSelector)
	for _, r := range p.Spec.Ingress {
		for _, peer := range r.From {
			look(peer.PodSelector)
		}
	}
	for _, r := range p.Spec.Egress {
		for _, peer := range r.To {
			look(peer.PodSelector)
		}
	}
	return found
}
