package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// findCoverable returns the ends that are private blocks, if nothing says that they do not
// match pods, and the program does not state the pods' addresses: any pod could have an address in them.
func (c *checker) findCoverable() map[*topology.Endpoint]bool {
	if len(c.Network.Pods) > 0 || c.missing.Statements || c.Network.Plugin.Never(topology.BlocksMatchPods) {
		return nil
	}
	found := map[*topology.Endpoint]bool{}
	for _, e := range slices.Concat(c.from.addresses, c.to.addresses) {
		written := e.External != nil || len(e.Blocks) == 1 && e.Name == e.Blocks[0].String()
		if written && e.Addrs.Overlaps(relation.Private) {
			found[e] = true
		}
	}
	return found
}

// overlap is semantics.Overlap for a party and an end of an edge, which possibly matches pods if it is
// coverable.
func (c *checker) overlap(party, end *topology.Endpoint) (semantics.Certainty, relation.Party) {
	certainty, sample := semantics.Overlap(party, end)
	if certainty == semantics.Never && c.coverable[end] {
		certainty, sample = semantics.Overlap(party, anyPod)
		return min(certainty, semantics.Possibly), sample
	}
	return certainty, sample
}

// overlaps is semantics.Overlaps, where either may be coverable.
func (c *checker) overlaps(a, b *topology.Endpoint) semantics.Certainty {
	certainty := semantics.Overlaps(a, b)
	switch {
	case certainty != semantics.Never:
		return certainty
	case c.coverable[a]:
		return min(semantics.Possibly, semantics.Overlaps(b, anyPod))
	case c.coverable[b]:
		return min(semantics.Possibly, semantics.Overlaps(a, anyPod))
	}
	return semantics.Never
}

// mayCover lists the ends that match a party only if they cover its pods.
func (c *checker) mayCover(x *ends, party *topology.Endpoint) (found []overlap) {
	if len(c.coverable) == 0 || semantics.Overlaps(party, anyPod) == semantics.Never {
		return nil
	}
	for _, e := range x.addresses {
		if c.coverable[e] && semantics.Overlaps(party, e) == semantics.Never {
			found = append(found, overlap{e, semantics.Possibly, &x.known[e].edges})
		}
	}
	return found
}

var anyPod = &topology.Endpoint{Kind: topology.ClusterPods}
