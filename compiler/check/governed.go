package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
)

// governed is what was asked of the governed pods of an endpoint.
type governed struct {
	*topology.Endpoint
	least  semantics.Certainty
	freely bool
}

// governed returns the pods of a tier or namespace that are isolated in some direction, as endpoints:
// the endpoint itself if all are. If freely is set, pods that are isolated for ingress are left out.
func (c *checker) governed(e *topology.Endpoint, least semantics.Certainty, freely bool) []*topology.Endpoint {
	asked := governed{e, least, freely}
	if parts, known := c.governedParts[asked]; known {
		return parts
	}
	parts := c.findGoverned(e, least, freely)
	if c.governedParts == nil {
		c.governedParts = map[governed][]*topology.Endpoint{}
	}
	c.governedParts[asked] = parts
	return parts
}

func (c *checker) findGoverned(e *topology.Endpoint, least semantics.Certainty, freely bool) []*topology.Endpoint {
	ingress, egress := e.Namespace.Isolation(relation.Ingress), e.Namespace.Isolation(relation.Egress)
	if !freely {
		return isolatedParts(e, least, egress, ingress)
	}
	var parts []*topology.Endpoint
	for _, part := range isolatedParts(e, least, egress) {
		for _, pods := range ingress.FreeOf(selectorOf(part)) {
			parts = append(parts, partOf(part, pods))
		}
	}
	return parts
}

// isolatedParts returns the pods of an endpoint that are isolated in one of some directions.
func isolatedParts(e *topology.Endpoint, least semantics.Certainty, directions ...*topology.Isolation) []*topology.Endpoint {
	var parts []*topology.Endpoint
	for _, isolation := range directions {
		if isolation.Covers(selectorOf(e)) {
			return []*topology.Endpoint{e}
		}
		for _, t := range isolation.Overlapping(selectorOf(e)) {
			if semantics.Overlaps(e, t.Endpoint) >= least {
				parts = append(parts, partOf(t.Endpoint, t.Selector.Intersect(selectorOf(e))))
			}
		}
	}
	return parts
}

// partOf returns the pods of an endpoint that are in a selector which implies its own.
func partOf(e *topology.Endpoint, pods relation.Selector) *topology.Endpoint {
	if selectorOf(e).Implies(pods) {
		return e
	}
	tier := &topology.Tier{Namespace: e.Namespace, Name: e.Name, Selector: pods}
	return &topology.Endpoint{Kind: topology.TierPods, Namespace: e.Namespace, Tier: tier, Name: e.Name}
}

// allGoverned reports whether each pod of a tier or namespace is isolated in some direction.
func (c *checker) allGoverned(e *topology.Endpoint) bool {
	if e.Namespace == nil { // a tier across namespaces
		return e.Environment != nil && e.Environment.Undeclared.IsEmpty() && !slices.ContainsFunc(e.Environment.Namespaces, func(n *topology.Namespace) bool {
			return !c.allGoverned(c.local(e, n))
		})
	}
	ingress := e.Namespace.Isolation(relation.Ingress)
	for _, pods := range e.Namespace.Isolation(relation.Egress).FreeOf(selectorOf(e)) {
		if len(ingress.FreeOf(pods)) > 0 {
			return false
		}
	}
	return true
}

func selectorOf(e *topology.Endpoint) relation.Selector {
	if e.Tier != nil {
		return e.Tier.Selector
	}
	return relation.Selector{}
}
