package policycheck

import (
	"net/netip"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// blocks reports ipBlocks that cover addresses of the cluster's pods or nodes, where the manifests have
// its Nodes: network plugins read such a block in different ways. A block of all addresses is meant for
// the internet.
func (c *check) blocks(p *policy) {
	e := c.inventory.Evidence
	if e == nil || len(e.Pods)+len(c.inventory.Nodes) == 0 {
		return
	}
	for _, r := range p.rules() {
		for j, peer := range r.peers {
			if peer.IPBlock == nil {
				continue
			}
			part, ok := p.part(r, j)
			block, err := netip.ParsePrefix(peer.IPBlock.CIDR)
			if !ok || err != nil || block.Bits() == 0 {
				continue
			}
			addrs := part.Permits.Peer.(relation.Addresses).Addrs
			at := place{span: p.At(path("%s.%s[%d].ipBlock.cidr", r.path, r.peersAt, j))}
			c.work -= len(e.Pods) + len(c.inventory.Nodes)
			switch pods, nodes := covers(addrs, e.Pods), covers(addrs, c.inventory.Nodes); {
			case pods.IsValid():
				all := len(peer.IPBlock.Except) == 0 && !slices.ContainsFunc(e.Pods, func(q netip.Prefix) bool { return !relation.Prefix(q).Subset(addrs) })
				if all { // every pod is meant, whatever its address
					at.edit = p.rewritten(path("%s.%s[%d]", r.path, r.peersAt, j), "namespaceSelector: {}")
				}
				c.cause("pods "+block.String(), at, "select the pods of all namespaces", func() diag.Diagnostic {
					return diag.New(diag.PluginDecides, at.span, "%s has the block %s, which covers addresses of pods (%s): only some network plugins match pods by address", p.rule(r), block, pods).
						WithHelp("select pods by podSelector and namespaceSelector, which every plugin reads alike")
				})
			case nodes.IsValid():
				c.cause("nodes "+block.String(), at, "", func() diag.Diagnostic {
					return diag.New(diag.PluginDecides, at.span, "%s has the block %s, which covers addresses of nodes (%s): Cilium does not match nodes by address unless told to", p.rule(r), block, nodes.Addr()).
						WithHelp("with Cilium, set policy-cidr-match-mode=nodes, or use its own policies with the entity remote-node")
				})
			}
		}
	}
}

// covers returns a prefix that addresses have something of, or none.
func covers(addrs relation.Addrs, prefixes []netip.Prefix) netip.Prefix {
	for _, p := range prefixes {
		if addrs.Overlaps(relation.Prefix(p)) {
			return p
		}
	}
	return netip.Prefix{}
}
