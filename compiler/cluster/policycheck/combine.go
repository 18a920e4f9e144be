package policycheck

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// notCombined reports a podSelector that selects nothing, beside a namespaceSelector of the same rule
// that has such pods: two peers, where one with both selectors was meant.
func (c *check) notCombined(p *policy, r rule, j int, pods []*inventory.Workload) bool {
	c.work -= len(r.peers)
	for i, other := range r.peers {
		part, ok := p.part(r, i)
		if !ok || other.NamespaceSelector == nil || other.PodSelector != nil {
			continue
		}
		in := c.namespacesOf(part.Permits.Peer.(relation.Pods).Namespaces)
		c.work -= len(pods)
		at := slices.IndexFunc(pods, func(w *inventory.Workload) bool { return slices.Contains(in.names, w.Namespace) })
		if at >= 0 {
			c.twoPeers(p, r, j, i, "selects no pod of "+p.Object.Namespace+", and the other permits every pod of the namespaces")
			return true
		}
	}
	return false
}

// twoPeers reports a podSelector and a namespaceSelector, peers j and i of a rule, that were most
// likely meant as one peer.
func (c *check) twoPeers(p *policy, r rule, j, i int, why string) {
	podsAt, namespacesAt := path("%s.%s[%d]", r.path, r.peersAt, j), path("%s.%s[%d]", r.path, r.peersAt, i)
	p.reported[podsAt], p.reported[namespacesAt] = true, true
	d := diag.New(diag.PeersNotCombined, p.At(podsAt), "%s has a podSelector as a peer of its own, which %s", p.rule(r), why).
		WithRelated(p.At(namespacesAt), "the namespaceSelector").
		WithHelp("to select these pods in those namespaces, write both selectors in one peer: no dash before the second")
	if second := max(i, j); second-min(i, j) == 1 {
		if edit := p.merged(path("%s.%s[%d]", r.path, r.peersAt, second)); edit != nil {
			d.Fixes = []diag.Fix{{Message: "make one peer of the two", Edits: []diag.Edit{*edit}}}
		}
	}
	c.diags.Add(d)
}
