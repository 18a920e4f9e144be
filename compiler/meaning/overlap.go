// Package meaning says what endpoints stand for: which pods and addresses two
// of them share, over everything that could exist.
package meaning

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Certainty says whether two endpoints have a party in common.
type Certainty int

// Possibly is a pod that could exist in theory only: of two tiers whose
// selectors speak of different labels, or of a namespace in two environments that nobody declares.
const (
	Never Certainty = iota
	Possibly
	Surely
)

// Sample is a concrete party: a pod, by its namespace and labels, or an address.
type Sample struct {
	Namespace string // "" for an address
	Labels    map[string]string
	IP        string
}

// String returns the party as a query writes it: ns/{k=v,...}, or the address.
func (s Sample) String() string {
	if s.IP != "" {
		return s.IP
	}
	var labels []string
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		labels = append(labels, k+"="+s.Labels[k])
	}
	return fmt.Sprintf("%s/{%s}", s.Namespace, strings.Join(labels, ","))
}

// Overlap says whether some pod or address belongs to both endpoints, and shows one.
func Overlap(a, b *topology.Endpoint) (Certainty, Sample) {
	if hasAddrs(a) && hasAddrs(b) {
		if common := addrsOf(a).Intersect(addrsOf(b)); !common.IsEmpty() {
			return Surely, Sample{IP: common.Sample().String()}
		}
		if a.Kind == topology.Addresses && b.Kind == topology.Addresses {
			return Never, Sample{}
		}
	}
	// The API leaves open whether a block matches the pods whose addresses
	// are in it, so that it counts as able to match each of them.
	if !hasPods(a) {
		return asPods(a, b)
	}
	if !hasPods(b) {
		return asPods(b, a)
	}
	return podsOverlap(a, b)
}

func asPods(block, pods *topology.Endpoint) (Certainty, Sample) {
	if !block.MayBePods {
		return Never, Sample{}
	}
	return podsOverlap(&topology.Endpoint{Kind: topology.ClusterPods}, pods)
}

func hasAddrs(e *topology.Endpoint) bool {
	return e.Kind == topology.Addresses || e.Kind == topology.Everything
}

func hasPods(e *topology.Endpoint) bool { return e.Kind != topology.Addresses }

func addrsOf(e *topology.Endpoint) relation.Addrs {
	if e.Kind == topology.Everything {
		return relation.EveryAddr
	}
	return e.Addrs
}

// podsOverlap is Overlap over pods alone.
func podsOverlap(a, b *topology.Endpoint) (Certainty, Sample) {
	if rank(a) > rank(b) {
		a, b = b, a
	}
	switch {
	case a.Namespace != nil && b.Namespace != nil:
		if a.Namespace != b.Namespace {
			return Never, Sample{}
		}
		return selectorsOverlap(a.Namespace, selectorOf(a), selectorOf(b))
	case a.Namespace != nil:
		if !Contains(b, a.Namespace) {
			return Never, Sample{}
		}
		return Surely, Sample{Namespace: a.Namespace.Name, Labels: selectorOf(a).Sample()}
	case a.Environment != nil && b.Environment != nil:
		return environmentsOverlap(a.Environment, b.Environment)
	case a.Environment != nil:
		return environmentsOverlap(a.Environment, a.Environment)
	}
	return Surely, Sample{Namespace: "any-namespace"}
}

// rank orders endpoints from narrow to wide.
func rank(e *topology.Endpoint) int {
	switch {
	case e.Namespace != nil:
		return 0
	case e.Environment != nil:
		return 1
	}
	return 2
}

func selectorOf(e *topology.Endpoint) relation.Selector {
	if e.Tier != nil {
		return e.Tier.Selector
	}
	return relation.Selector{}
}

func selectorsOverlap(n *topology.Namespace, s, t relation.Selector) (Certainty, Sample) {
	if !s.Overlaps(t) {
		return Never, Sample{}
	}
	pod := Sample{Namespace: n.Name, Labels: s.Intersect(t).Sample()}
	if s.SpeaksOf(t) || t.SpeaksOf(s) {
		return Surely, pod
	}
	return Possibly, pod
}

func environmentsOverlap(a, b *topology.Environment) (Certainty, Sample) {
	for _, n := range a.Namespaces {
		if slices.Contains(b.Namespaces, n) {
			return Surely, Sample{Namespace: n.Name}
		}
	}
	switch {
	case a == b && a.Key != "":
		return Surely, Sample{Namespace: "a-namespace-with-" + a.Key + "=" + a.Name}
	case a.Key != "" && b.Key != "" && a.Key != b.Key:
		return Possibly, Sample{Namespace: "a-namespace-with-" + a.Key + "=" + a.Name + "-and-" + b.Key + "=" + b.Name}
	}
	return Never, Sample{}
}

// Contains reports whether every pod of a declared namespace is in an
// endpoint that is wider than one namespace.
func Contains(e *topology.Endpoint, n *topology.Namespace) bool {
	switch e.Kind {
	case topology.EnvironmentPods:
		return slices.Contains(e.Environment.Namespaces, n)
	case topology.ClusterPods, topology.Everything:
		return true
	}
	return e.Kind == topology.NamespacePods && e.Namespace == n
}

// Direction is a side of a connection.
type Direction int

// Egress is the side that opens a connection, Ingress the one that accepts it.
const (
	Egress Direction = iota
	Ingress
)

// Isolated reports whether a namespace is isolated in a direction.
func (d Direction) Isolated(n *topology.Namespace) bool {
	if d == Egress {
		return n.Egress
	}
	return n.Ingress
}

// Free reports whether an endpoint has a party that is not isolated in a
// direction: an address, or a pod of a namespace that zt does not isolate so.
func Free(e *topology.Endpoint, d Direction) bool {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return !d.Isolated(e.Namespace)
	case topology.EnvironmentPods:
		return e.Environment.Key != "" || slices.ContainsFunc(e.Environment.Namespaces, func(n *topology.Namespace) bool { return !d.Isolated(n) })
	}
	return true
}

// Enforced reports whether an endpoint has a pod that is isolated in a direction.
func Enforced(e *topology.Endpoint, d Direction, t *topology.Topology) bool {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return d.Isolated(e.Namespace)
	case topology.EnvironmentPods:
		return slices.ContainsFunc(e.Environment.Namespaces, d.Isolated)
	case topology.Addresses:
		return false
	}
	return slices.ContainsFunc(t.Namespaces, d.Isolated)
}
