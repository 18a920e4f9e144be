package check

import "github.com/zt-lang/zt/compiler/topology"

// local is the pods of a tier across namespaces in one of them.
type local struct {
	tier      *topology.Tier
	namespace *topology.Namespace
}

// local returns the pods of an endpoint in a declared namespace that it has pods of: of a tier across
// namespaces those with its labels, of others all.
func (c *checker) local(e *topology.Endpoint, n *topology.Namespace) *topology.Endpoint {
	if e.Kind != topology.AcrossPods {
		return n.Endpoint
	}
	at := local{e.Tier, n}
	if c.locals == nil {
		c.locals = map[local]*topology.Endpoint{}
	}
	if c.locals[at] == nil {
		t := &topology.Tier{Namespace: n, Name: e.Tier.Name, Selector: e.Tier.Selector, Span: e.Tier.Span}
		t.Endpoint = &topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: n, Name: e.Name}
		c.locals[at] = t.Endpoint
	}
	return c.locals[at]
}
