package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// Names is the host names of which Cilium learns the addresses. Its proxy reads them from the answers of DNS
// that a rule for DNS lets through; a rule that permits a name permits nothing before.
type Names struct {
	facts *relation.Facts
	in    map[string][]resolver // by the namespace of the policy; "" for the clusterwide kind
}

// resolver is the names that some pods can resolve.
type resolver struct {
	pods  relation.Pods
	names []relation.HostNames
}

// NamesOf returns the names that Cilium learns with these policies in force. A rule that another one denies,
// in part or altogether, counts for nothing.
func NamesOf(list []*ciliumpolicy.Policy, facts *relation.Facts) *Names {
	type rule struct {
		namespace string
		spec      *ciliumpolicy.Spec
		ciliumpolicy.Rule
	}
	var resolving, denying []rule
	for _, p := range list {
		for i := range p.Specs {
			spec := &p.Specs[i]
			for _, r := range spec.Rules[relation.Egress] {
				if r.Deny {
					denying = append(denying, rule{p.Namespace, spec, r})
				} else if len(r.Resolves) > 0 && len(r.Peers) > 0 {
					resolving = append(resolving, rule{p.Namespace, spec, r})
				}
			}
		}
	}
	n := &Names{facts: facts, in: map[string][]resolver{}}
	for _, r := range resolving {
		ports := relation.UnionPorts(r.Ports, r.Proxied)
		denied := slices.ContainsFunc(denying, func(d rule) bool {
			return d.Ports.MayOverlap(ports) && d.spec.Subject.Overlaps(r.spec.Subject, facts) && slices.ContainsFunc(d.Peers, func(p ciliumpolicy.Peer) bool {
				return slices.ContainsFunc(r.Peers, func(q ciliumpolicy.Peer) bool { return p.Of.Overlaps(q.Of, facts) })
			})
		})
		if !denied {
			n.in[r.namespace] = append(n.in[r.namespace], resolver{r.spec.Subject, r.Resolves})
		}
	}
	return n
}

// learned reports whether pods of a namespace can resolve all of some names.
func (n *Names) learned(namespace string, pods relation.Pods, names relation.HostNames) bool {
	lists := [][]resolver{n.in[namespace]}
	if namespace != "" {
		lists = append(lists, n.in[""])
	}
	left := []relation.HostNames{names}
	for _, list := range lists {
		for _, r := range list {
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
