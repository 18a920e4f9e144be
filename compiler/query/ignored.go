package query

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// withoutIgnored returns manifests that Cilium enforces without the NetworkPolicies and policies of the whole cluster
// that select pods by labels which Cilium ignores by default. Whether such a policy applies depends on how Cilium is
// configured, so it counts as one that is not evaluated, as one of Cilium's own does.
func withoutIgnored(inv *inventory.Inventory) *inventory.Inventory {
	out := *inv
	leave := func(f inventory.Foreign, key string, subject relation.Pods) {
		f.Reason, f.About = "nothing says "+ciliumpolicy.NotSelected(key), []relation.Pods{ciliumpolicy.Within(subject)}
		out.Foreign = append(slices.Clip(out.Foreign), f)
	}
	out.Policies = slices.DeleteFunc(slices.Clone(inv.Policies), func(p inventory.Policy) bool {
		key := ignoredBy(p.NetworkPolicy)
		if key != "" {
			f := inventory.Foreign{Object: p.Object, APIVersion: "networking.k8s.io/v1", Content: fmt.Sprint(p.Spec.String())}
			own, directions, err := evaluate.Isolates(p.NetworkPolicy)
			if err != nil {
				panic(err) // the inventory has only policies that API servers accept
			}
			// Cilium applies rules of a direction that policyTypes leaves out.
			f.Spares[relation.Ingress] = !slices.Contains(directions, relation.Ingress) && len(p.Spec.Ingress) == 0
			f.Spares[relation.Egress] = !slices.Contains(directions, relation.Egress) && len(p.Spec.Egress) == 0
			leave(f, key, relation.Pods{Namespaces: namespaceOf(p.Object.Namespace), Labels: own})
		}
		return key != ""
	})
	out.ClusterPolicies = slices.DeleteFunc(slices.Clone(inv.ClusterPolicies), func(p inventory.ClusterPolicy) bool {
		keys := ciliumpolicy.UnidentifiedOf(p.Policy)
		if len(keys) > 0 {
			f := inventory.Foreign{Object: p.Object, APIVersion: p.APIVersion, Content: p.Content}
			for d := range f.Spares {
				f.Spares[d] = len(p.Rules[d]) == 0
			}
			leave(f, keys[0], p.Subject)
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
