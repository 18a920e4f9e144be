package inventory

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/grammar/source"
)

// PolicySpan returns where a policy is written, of whichever kind it is: the others are nil.
func (inv *Inventory) PolicySpan(policy *networkingv1.NetworkPolicy, cluster *clusterpolicy.Policy, cilium *ciliumpolicy.Policy) source.Span {
	for _, p := range inv.Policies {
		if p.NetworkPolicy == policy {
			return p.Span
		}
	}
	for _, p := range inv.ClusterPolicies {
		if p.Policy == cluster {
			return p.Span
		}
	}
	for _, p := range inv.CiliumPolicies {
		if p.Policy == cilium {
			return p.Span
		}
	}
	return source.Span{}
}
