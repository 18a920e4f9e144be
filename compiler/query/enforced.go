package query

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// asEnforced returns manifests as a network plugin reads them with which rules count although the types
// of their policy omit the direction: their policies have these types.
func asEnforced(inv *inventory.Inventory) *inventory.Inventory {
	out := *inv
	out.Policies = slices.Clone(inv.Policies)
	for i, p := range out.Policies {
		types := slices.Clone(p.Spec.PolicyTypes)
		if len(p.Spec.Ingress) > 0 && !slices.Contains(types, networkingv1.PolicyTypeIngress) {
			types = append(types, networkingv1.PolicyTypeIngress)
		}
		if len(p.Spec.Egress) > 0 && !slices.Contains(types, networkingv1.PolicyTypeEgress) {
			types = append(types, networkingv1.PolicyTypeEgress)
		}
		if len(types) > len(p.Spec.PolicyTypes) {
			out.Policies[i].NetworkPolicy = p.NetworkPolicy.DeepCopy()
			out.Policies[i].NetworkPolicy.Spec.PolicyTypes = types
		}
	}
	return &out
}
