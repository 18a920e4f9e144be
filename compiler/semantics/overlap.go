// Package semantics says what endpoints stand for: which pods and addresses two
// of them share, over everything that could exist.
package semantics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Certainty says whether two endpoints have a party in common.
type Certainty int

// Possibly means that a pod could exist in theory: of two tiers whose selectors use different labels,
// or of a namespace that is not declared and would be in two environments.
const (
	Never Certainty = iota
	Possibly
	Surely
)

// Overlap says whether some pod or address belongs to both endpoints, and shows one.
func Overlap(a, b *topology.Endpoint) (Certainty, relation.Party) { return overlap(a, b, true) }

// Overlaps says whether some pod or address belongs to both endpoints. To show none is much cheaper.
func Overlaps(a, b *topology.Endpoint) Certainty {
	certainty, _ := overlap(a, b, false)
	return certainty
}

func overlap(a, b *topology.Endpoint, show bool) (Certainty, relation.Party) {
	if hasAddrs(a) && hasAddrs(b) {
		switch x, y := addrsOf(a), addrsOf(b); {
		case !x.Overlaps(y):
		case show:
			return Surely, relation.Party{Addr: x.Intersect(y).Sample()}
		default:
			return Surely, relation.Party{}
		}
		if certainty, party := hostsOverlap(a, b); certainty != Never {
			return certainty, party
		}
		if a.Kind == topology.Addresses && b.Kind == topology.Addresses {
			return Never, relation.Party{}
		}
	}
	// The API leaves open whether a block matches the pods whose addresses
	// are in it, so that it counts as able to match each of them.
	if !hasPods(a) {
		return asPods(a, b, show)
	}
	if !hasPods(b) {
		return asPods(b, a, show)
	}
	return podsOverlap(a, b, show)
}

// hostsOverlap is Overlap over the DNS names of endpoints. A name is that of an address which nobody
// knows: it can be in every block, and surely is in a block that has nearly all addresses.
func hostsOverlap(a, b *topology.Endpoint) (best Certainty, party relation.Party) {
	if len(a.Hosts())+len(b.Hosts()) == 0 {
		return Never, party
	}
	for _, h := range a.Hosts() {
		for _, g := range b.Hosts() {
			if common := relation.Host(h.Pattern()).Intersect(relation.Host(g.Pattern())); !common.IsEmpty() {
				return Surely, relation.Party{Host: common.Sample()}
			}
		}
	}
	for _, ends := range [][2]*topology.Endpoint{{a, b}, {b, a}} {
		certainty := Possibly
		switch names, addrs := ends[0].Hosts(), addrsOf(ends[1]); {
		case len(names) == 0 || addrs.IsEmpty():
			continue
		case nearlyAll(ends[1]):
			certainty = Surely
		}
		if certainty > best {
			best = certainty
			party = relation.Party{Host: relation.Host(ends[0].Hosts()[0].Pattern()).Sample(), Addr: addrsOf(ends[1]).Sample()}
		}
	}
	return best, party
}

// nearlyAll reports whether an endpoint has all addresses of a family but for exceptions, as internet
// has.
func nearlyAll(e *topology.Endpoint) bool {
	return e.Kind == topology.Everything || slices.ContainsFunc(e.Blocks, func(b topology.Block) bool { return b.Prefix.Bits() == 0 })
}

func asPods(block, pods *topology.Endpoint, show bool) (Certainty, relation.Party) {
	if !block.MayBePods {
		return Never, relation.Party{}
	}
	return podsOverlap(&topology.Endpoint{Kind: topology.ClusterPods}, pods, show)
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
func podsOverlap(a, b *topology.Endpoint, show bool) (Certainty, relation.Party) {
	s, t := selectorOf(a), selectorOf(b)
	if !s.Overlaps(t) {
		return Never, relation.Party{}
	}
	certainty, pod := namespacesOverlap(a, b, show)
	if certainty == Never {
		return Never, relation.Party{}
	}
	if !s.Mentions(t) && !t.Mentions(s) {
		certainty = Possibly
	}
	if show {
		pod.Labels = s.Intersect(t).Sample()
	}
	return certainty, pod
}

// namespacesOverlap is podsOverlap whatever the labels of the pods.
func namespacesOverlap(a, b *topology.Endpoint, show bool) (Certainty, relation.Party) {
	if rank(a) > rank(b) {
		a, b = b, a
	}
	switch {
	case a.Namespace != nil && b.Namespace != nil:
		if a.Namespace != b.Namespace {
			return Never, relation.Party{}
		}
		return Surely, relation.Party{Namespace: a.Namespace.Name}
	case a.Namespace != nil:
		if !HasPodsIn(b, a.Namespace) {
			return Never, relation.Party{}
		}
		return Surely, relation.Party{Namespace: a.Namespace.Name}
	case a.Environment != nil && b.Environment != nil:
		return environmentsOverlap(a.Environment, b.Environment, show)
	case a.Environment != nil:
		return environmentsOverlap(a.Environment, a.Environment, show)
	}
	return Surely, relation.Party{Namespace: "any-namespace"}
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

func environmentsOverlap(a, b *topology.Environment, show bool) (Certainty, relation.Party) {
	for _, n := range a.Namespaces {
		if slices.Contains(b.Namespaces, n) {
			return Surely, relation.Party{Namespace: n.Name}
		}
	}
	return strangersOfBoth(a.Undeclared, b.Undeclared, show)
}

// StrangersOfBoth says whether a pod of a namespace that is not declared is in two sets of namespaces
// or tiers across namespaces, and shows one.
func StrangersOfBoth(a, b *topology.Endpoint) (Certainty, relation.Party) {
	s, t := selectorOf(a), selectorOf(b)
	certainty, pod := strangersOfBoth(undeclared(a), undeclared(b), true)
	switch {
	case certainty == Never || !s.Overlaps(t):
		return Never, relation.Party{}
	case !s.Mentions(t) && !t.Mentions(s):
		certainty = Possibly
	}
	pod.Labels = s.Intersect(t).Sample()
	return certainty, pod
}

// undeclared selects the namespaces that are not declared of a set of namespaces.
func undeclared(e *topology.Endpoint) relation.Selector {
	if e.Environment != nil {
		return e.Environment.Undeclared
	}
	return relation.Selector{}
}

func strangersOfBoth(a, b relation.Selector, show bool) (certainty Certainty, pod relation.Party) {
	if !a.Overlaps(b) {
		return Never, pod
	}
	if show {
		pod = stranger(a.Intersect(b))
	}
	if mentions(a, b) || mentions(b, a) {
		return Surely, pod
	}
	return Possibly, pod
}

// mentions reports whether a selector of namespaces has a requirement for every key for which another
// has one. All namespaces have a name.
func mentions(s, t relation.Selector) bool {
	for _, k := range t.Keys() {
		if k.Key != topology.NameLabel && s.Get(k.Key).IsAny() {
			return false
		}
	}
	return true
}

// stranger returns a pod of a namespace that is not declared.
func stranger(s relation.Selector) relation.Party {
	if s.IsAny() {
		return relation.Party{Namespace: "any-namespace"}
	}
	name := "a-namespace"
	var labels []string
	for _, k := range s.Keys() {
		value, present := k.Values.Sample()
		switch {
		case k.Key == topology.NameLabel && !k.Values.Others:
			name = value
		case k.Key != topology.NameLabel && present:
			labels = append(labels, k.Key+"="+value)
		}
	}
	if labels != nil {
		name += "-with-" + strings.Join(labels, "-and-")
	}
	return relation.Party{Namespace: name}
}

// Stranger returns a pod of a namespace that is not declared, or an address, if an endpoint has one.
func Stranger(e *topology.Endpoint) (relation.Party, bool) {
	switch e.Kind {
	case topology.EnvironmentPods, topology.AcrossPods, topology.ClusterPods, topology.Everything:
		if others := undeclared(e); !others.IsEmpty() {
			pod := stranger(others)
			pod.Labels = selectorOf(e).Sample()
			return pod, true
		}
	case topology.Addresses:
		if !e.Addrs.IsEmpty() {
			return relation.Party{Addr: e.Addrs.Sample()}, true
		}
		if hosts := e.Hosts(); len(hosts) > 0 {
			return relation.Party{Host: relation.Host(hosts[0].Pattern()).Sample()}, true
		}
	case topology.TierPods, topology.NamespacePods: // all of their pods are in declared namespaces
	default:
		panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
	}
	return relation.Party{}, false
}

// Contains reports whether every pod of a declared namespace is in an endpoint that is wider than one
// namespace, or that is the namespace.
func Contains(e *topology.Endpoint, n *topology.Namespace) bool {
	return e.Tier == nil && HasPodsIn(e, n)
}

// HasPodsIn reports whether an endpoint has pods of a declared namespace.
func HasPodsIn(e *topology.Endpoint, n *topology.Namespace) bool {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return e.Namespace == n
	case topology.EnvironmentPods, topology.AcrossPods:
		return e.Environment == nil || slices.Contains(e.Environment.Namespaces, n)
	case topology.ClusterPods, topology.Everything:
		return true
	case topology.Addresses:
		return false
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}

// Declared returns the declared namespaces of an endpoint's pods.
func Declared(e *topology.Endpoint, t *topology.Topology) []*topology.Namespace {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods:
		return []*topology.Namespace{e.Namespace}
	case topology.EnvironmentPods, topology.AcrossPods:
		if e.Environment != nil {
			return e.Environment.Namespaces
		}
		return t.Namespaces
	case topology.ClusterPods, topology.Everything:
		return t.Namespaces
	case topology.Addresses:
		return nil
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}

// FreePod returns a pod of a namespace that all of some endpoints have, as far as their tiers say, and
// that is not isolated in a direction.
func FreePod(n *topology.Namespace, d relation.Direction, list ...*topology.Endpoint) (relation.Party, bool) {
	var common relation.Selector
	for _, e := range list {
		common = common.Intersect(selectorOf(e))
	}
	if free := n.Isolation(d).FreeOf(common); len(free) > 0 {
		return relation.Party{Namespace: n.Name, Labels: free[0].Sample()}, true
	}
	return relation.Party{}, false
}

// Free reports whether an endpoint has a party that is not isolated in a
// direction: an address, or a pod that zt does not isolate so.
func Free(e *topology.Endpoint, d relation.Direction) bool {
	free := func(n *topology.Namespace) bool { return len(n.Isolation(d).FreeOf(selectorOf(e))) > 0 }
	switch {
	case e.Namespace != nil:
		return free(e.Namespace)
	case e.Environment != nil:
		return !e.Environment.Undeclared.IsEmpty() || slices.ContainsFunc(e.Environment.Namespaces, free)
	}
	return true
}

// Enforced reports whether an endpoint has a pod that is isolated in a direction.
func Enforced(e *topology.Endpoint, d relation.Direction, t *topology.Topology) bool {
	return slices.ContainsFunc(Declared(e, t), func(n *topology.Namespace) bool { return len(n.Isolation(d).Of(selectorOf(e))) > 0 })
}
