// Package ciliumpolicy holds what CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies of
// cilium.io/v2 say. They add to NetworkPolicies: what any of them permits is permitted, if none of them
// denies it.
//
// It follows the code of Cilium 1.20.2: pkg/policy/api says what the agent refuses,
// pkg/k8s/apis/cilium.io/utils what selectors mean, pkg/policy/utils and pkg/policy what rules do.
package ciliumpolicy

import "github.com/zt-lang/zt/compiler/relation"

// The kinds.
const (
	Namespaced  = "CiliumNetworkPolicy"
	Clusterwide = "CiliumClusterwideNetworkPolicy"
)

// Policy is a policy that Cilium accepts.
type Policy struct {
	Kind      string
	Namespace string // "" for the clusterwide kind
	Name      string
	Specs     []Spec  // what it says about pods
	Nodes     [2]bool // whether it has rules for nodes, by relation.Direction
	Ignored   []IgnoredLabel
	Beyond    []Beyond
	// Unread says why the policy is not evaluated; "" if it is.
	Unread string
	// About is pods that include those of a policy that is not evaluated; nil if nothing says which.
	About []relation.Pods
}

// IgnoredLabel is a requirement of a label that Cilium ignores by default.
type IgnoredLabel struct{ Path, Key string }

// Beyond is what a rule matches that a relation does not have: connections of other protocols than TCP, UDP and
// SCTP, or what is neither a pod nor an address.
type Beyond struct{ Path, What string }

// Spec is what a policy says about some pods.
type Spec struct {
	Path     string // where it stands: spec, or specs[0]
	Subject  relation.Pods
	Rules    [2][]Rule // by relation.Direction
	Isolates [2]bool   // whether it isolates the pods, by relation.Direction
}

// Rule permits or denies connections. Rules have no order: what one denies, none permits.
type Rule struct {
	Deny  bool
	Index int    // among those of its field
	Peers []Peer // it matches any of them
	Ports relation.Ports
	// Proxied is other ports, at which something that is not evaluated decides about connections too:
	// they can be permitted or denied. Doubt says what that is.
	Proxied relation.Ports
	Doubt   string
	// Resolves is the names that a proxy for DNS lets through to the peers. Of these Cilium learns the addresses.
	Resolves []relation.HostNames
	// Authenticated is set if the two ends of a connection must show who they are, or are refused always.
	Authenticated bool
}

// Field returns the field of a spec that holds the rule.
func (r Rule) Field(d relation.Direction) string {
	if r.Deny {
		return d.String() + "Deny"
	}
	return d.String()
}

// Peer is one peer of a rule.
type Peer struct {
	// Of is pods or addresses outside the cluster. Addresses match no pods and no nodes.
	Of relation.Peer
	// Part is set for addresses of a part of the cluster; what they are is a fact of the cluster.
	Part Part
	// Doubt says why the peer may match less than Of; "" if it does not.
	Doubt string
	At    string // its path in the rule
}

// Part is addresses of a cluster that no block of addresses matches.
type Part int

// Of a cluster's nodes a pod's own node is the entity host, and the others are remote-node.
const (
	NoPart     Part = iota
	Outside         // every address outside the cluster
	Everywhere      // every address
	Nodes           // all nodes
	SomeNodes       // one node, or all but one
	APIServer       // behind the Service kubernetes
	NodesAndAPIServer
)
