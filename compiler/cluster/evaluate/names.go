package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// Names is the host names of which Cilium learns the addresses. Its proxy reads them from the answers of DNS
// that a rule for DNS lets through; a rule that permits a name permits nothing before.
type Names struct {
	facts *relation.Facts
	in    map[string]*byPods[resolver] // by the namespace of the policy; "" for the clusterwide kind
}

// resolver is the names that some pods can resolve.
type resolver struct {
	pods  relation.Pods
	names []relation.HostNames
}

// cutter is connections that do not come to a rule for DNS.
type cutter struct {
	pods  relation.Pods
	peers []relation.Peer
	ports relation.Ports
}

// byPods is a list that is found by the labels of pods.
type byPods[T any] struct {
	list  []T
	pods  []relation.Selector
	index *relation.Index
}

func addByPods[T any](in map[string]*byPods[T], namespace string, pods relation.Pods, item T) {
	if in[namespace] == nil {
		in[namespace] = &byPods[T]{}
	}
	b := in[namespace]
	b.list, b.pods = append(b.list, item), append(b.pods, pods.Labels)
}

// find returns an index of the pods.
func (b *byPods[T]) find() *relation.Index {
	if b.index == nil {
		b.index = relation.NewIndex(b.pods)
	}
	return b.index
}

// namesOf returns the names that Cilium learns with these policies in force.
//
// A rule for DNS counts for nothing if the ends must authenticate, or if nothing says what any of its peers is. Other
// rules count wherever they permit DNS: nothing says at which of their peers and ports the resolvers are.
//
// It also counts for nothing if another rule decides about some of its connections before: one that
// denies them, and one of the tier Admin that accepts them, as no proxy reads what that lets through
// (pkg/policy/types/entry.go, Precedence: the priority counts before a redirection to a proxy).
func (r *reduction) namesOf(cilium []*ciliumpolicy.Policy, cluster []*clusterpolicy.Policy) *Names {
	n := &Names{facts: r.facts, in: map[string]*byPods[resolver]{}}
	type rule struct {
		namespace string
		spec      *ciliumpolicy.Spec
		*ciliumpolicy.Rule
	}
	var resolving []rule
	cutters := map[string]*byPods[cutter]{}
	for _, p := range cilium {
		for i := range p.Specs {
			spec := &p.Specs[i]
			for j := range spec.Rules[relation.Egress] {
				switch rule := (rule{p.Namespace, spec, &spec.Rules[relation.Egress][j]}); {
				case rule.Deny:
					c := cutter{pods: spec.Subject, ports: rule.Ports}
					for _, peer := range rule.Peers {
						c.peers = append(c.peers, peer.Of)
					}
					addByPods(cutters, p.Namespace, spec.Subject, c)
				case len(rule.Resolves) > 0 && !rule.Authenticated && slices.ContainsFunc(rule.Peers, func(p ciliumpolicy.Peer) bool { return p.Doubt == "" }):
					resolving = append(resolving, rule)
				}
			}
		}
	}
	if len(resolving) == 0 {
		return n
	}
	for _, p := range cluster {
		if p.Tier != clusterpolicy.Admin {
			continue
		}
		for _, u := range r.unitsOf(p, relation.Egress) {
			if u.action == clusterpolicy.Pass {
				continue
			}
			for _, b := range u.boxes {
				addByPods(cutters, "", p.Subject, cutter{p.Subject, []relation.Peer{b.Peer}, b.Ports})
			}
		}
	}
	for _, rule := range resolving {
		ports := relation.UnionPorts(rule.Ports, rule.Proxied)
		cuts := func(c cutter) bool {
			return c.ports.MayOverlap(ports) && c.pods.Overlaps(rule.spec.Subject, r.facts) && slices.ContainsFunc(c.peers, func(p relation.Peer) bool {
				return slices.ContainsFunc(rule.Peers, func(q ciliumpolicy.Peer) bool { return p.Overlaps(q.Of, r.facts) })
			})
		}
		cut := false
		for namespace, list := range cutters {
			if !cut && (namespace == "" || rule.namespace == "" || namespace == rule.namespace) {
				cut = slices.ContainsFunc(list.find().Overlapping(rule.spec.Subject.Labels), func(i int) bool { return cuts(list.list[i]) })
			}
		}
		if !cut {
			addByPods(n.in, rule.namespace, rule.spec.Subject, resolver{rule.spec.Subject, rule.Resolves})
		}
	}
	return n
}

// learned reports whether pods of a namespace can resolve all of some names.
func (n *Names) learned(namespace string, pods relation.Pods, names relation.HostNames) bool {
	if pods.Labels.IsEmpty() {
		return true
	}
	lists := []*byPods[resolver]{n.in[namespace]}
	if namespace != "" {
		lists = append(lists, n.in[""])
	}
	left := []relation.HostNames{names}
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, i := range list.find().Implied(pods.Labels) {
			r := list.list[i]
			if !pods.Inside(r.pods, n.facts) {
				continue
			}
			for _, resolved := range r.names {
				var next []relation.HostNames
				for _, l := range left {
					next = append(next, l.Subtract(resolved)...)
				}
				if left = next; len(left) == 0 {
					return true
				}
			}
		}
	}
	return false
}

// matched returns what a peer of a spec matches. A name that Cilium does not learn may match nothing.
func (n *Names) matched(p *ciliumpolicy.Policy, s *ciliumpolicy.Spec, peer ciliumpolicy.Peer) []match {
	out := matched(peer, n.facts)
	if of, ok := peer.Of.(relation.Addresses); ok && !of.Hosts.IsAny() && !n.learned(p.Namespace, s.Subject, of.Hosts) {
		out[0].doubt = "that Cilium learns the addresses of " + of.Hosts.String() + ", as no rule for DNS lets its pods resolve all of it,"
	}
	return out
}

// Doubts returns why nothing says what a peer of a spec matches.
func (n *Names) Doubts(p *ciliumpolicy.Policy, s *ciliumpolicy.Spec, peer ciliumpolicy.Peer) []string {
	return doubtsOf(n.matched(p, s, peer))
}
