// Package clusterpolicy holds what policies of the Network Policy API say for the whole cluster, in one
// form: ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy. Unlike NetworkPolicies
// they are ordered, and their rules accept, deny or pass.
package clusterpolicy

import "github.com/zt-lang/zt/compiler/relation"

// Policy is a policy whose rules apply to the pods that its subject selects.
type Policy struct {
	Kind, Name string
	Tier       Tier
	// Priority orders the policies of a tier: the lowest comes first. The API leaves open which of two
	// with one priority comes first.
	Priority int
	Subject  relation.Pods
	Rules    [2][]Rule // by relation.Direction; the first that matches a connection decides
}

// Tier is when policies are asked.
type Tier int

// NetworkPolicies come after the tier Admin and before the tier Baseline.
const (
	Admin Tier = iota
	Baseline
)

// String returns the tier as the API writes it.
func (t Tier) String() string { return []string{"Admin", "Baseline"}[t] }

// Rule is a rule of a policy.
type Rule struct {
	Action Action
	Peers  []Peer // it matches any of them
	Ports  relation.Ports
}

// Action is what a rule does with the connections that it matches.
type Action int

// Accept permits, Deny denies, and Pass leaves the decision to what comes after the tier.
const (
	Accept Action = iota
	Deny
	Pass
)

// String returns the action as the API writes it.
func (a Action) String() string { return []string{"Accept", "Deny", "Pass"}[a] }

// Peer is one peer of a rule.
type Peer struct {
	// Of is the pods that it selects, the addresses of its networks, or those of one of its domain names.
	// Networks match pods, too, by the addresses that the pods have.
	Of relation.Peer
	// OfNamespaces is set if it selects whole namespaces.
	OfNamespaces bool
	// Exact is set if it selects just these addresses, whatever a plugin makes of networks. No peer of an
	// object is; a proof asks with such ones.
	Exact bool
	// Unknown says what it selects if nothing states which addresses these have: nodes.
	Unknown string
}
