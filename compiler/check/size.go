package check

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	span "github.com/zt-lang/zt/grammar/source"
)

// maxRepeated limits the peers, labels and blocks of edges that policies repeat: the policy of each
// tier has the rules of all edges that its pods have, those of ns/*, of environments, of cluster, and
// of tiers with a wider selector included. So the policies can grow with the square of the program.
const maxRepeated = 1_500_000

// ownPolicy is as how many peers the policy counts that a tier across namespaces has in each of them.
const ownPolicy = 10

// maxParts limits the policies of a namespace for pods that are of two tiers, of which only one
// isolates them: there can be one for each two tiers, and comparing them takes long.
const maxParts = 1000

// size reports a program whose policies would repeat too much, at the namespace where they do so
// most, and returns whether it did.
func (c *checker) size() bool {
	total, most := 0, 0
	var worst *topology.Namespace
	for _, n := range c.Namespaces {
		repeated := 0
		for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
			isolation := n.Isolation(d)
			if isolation.TooMany {
				c.report(diag.New(diag.TooMuch, placeOf(n), "the tiers of %s leave more than %d kinds of pods that are not isolated", n.Name, topology.MaxFree).
					WithHelp("isolate the whole namespace, or select its tiers by one label key"))
				return true
			}
			if isolation.None() {
				continue
			}
			sum, parts := c.repeated(n, d)
			if parts > maxParts {
				c.report(diag.New(diag.TooMuch, placeOf(n), "more than %d pairs of tiers of %s differ in what they isolate for %s", maxParts, n.Name, d).
					WithHelp("select its tiers by one label key, or let all isolate the same directions"))
				return true
			}
			repeated += sum
		}
		if total += repeated; repeated > most {
			worst, most = n, repeated
		}
	}
	if total <= maxRepeated {
		return false
	}
	c.report(diag.New(diag.TooMuch, placeOf(worst), "the policies would repeat %d peers and labels, more than %d", total, maxRepeated).
		WithHelp("use one edge of ns/* or cluster instead of one for each tier, or name the tiers"))
	return true
}

// placeOf returns where a namespace, or a tier of it, is declared in the program.
func placeOf(n *topology.Namespace) span.Span {
	if n.Prelude {
		return n.Tiers[0].Span
	}
	return n.Span
}

// repeated returns how much the policies of a namespace's tiers repeat, and how many are for the pods
// of a tier that only another isolates.
func (c *checker) repeated(n *topology.Namespace, d relation.Direction) (total, parts int) {
	x := c.from
	if d == relation.Ingress {
		x = c.to
	}
	across := c.acrossIn(x, n)
	if len(n.Tiers) == 0 && len(across) == 0 {
		return 0, 0
	}
	weight := func(e *topology.Endpoint) (w int) {
		for _, edge := range x.of(e) {
			if edge.Opens(d) {
				w += weightOf(endOf(edge, d.Opposite()))
			}
		}
		return w
	}
	wide := weight(n.Endpoint)
	for _, e := range x.wide {
		if e.Kind != topology.Everything && semantics.Contains(e, n) {
			wide += weight(e)
		}
	}
	isolation := n.Isolation(d)
	for _, e := range across {
		w := weight(e)
		total += ownPolicy + wide + w
		for _, tier := range n.Tiers {
			if tier.Selector.Implies(e.Tier.Selector) {
				total += w
			}
		}
	}
	t := x.tiers[n]
	var weights []int
	if t != nil {
		for _, e := range t.tiers {
			weights = append(weights, weight(e))
		}
	}
	for _, tier := range n.Tiers {
		if isolation.Every || tier.Isolates(d) {
			total += wide
		}
		if t == nil || total > maxRepeated || parts > maxParts || tier.Selector.IsEmpty() {
			continue
		}
		// A tier that does not isolate its pods has a policy for those that others isolate.
		isolated := isolation.Of(tier.Selector)
		if !isolation.Every && !tier.Isolates(d) && len(t.index.Implied(tier.Selector)) > 0 {
			parts += len(isolated)
		}
		for _, pods := range isolated {
			for _, i := range t.index.Implied(pods) {
				if t.tiers[i].Tier != tier {
					total += weights[i]
				}
			}
		}
	}
	return total, parts
}

// weightOf returns how many peers, labels and blocks it takes to write an endpoint as a peer.
func weightOf(e *topology.Endpoint) int {
	w := 1
	if e.Tier != nil {
		for _, k := range e.Tier.Selector.Keys() {
			w += 1 + len(k.Values.Names)
		}
	}
	if e.Environment != nil {
		for _, k := range e.Environment.Selector.Keys() {
			w += 1 + len(k.Values.Names)
		}
	}
	for _, b := range e.Blocks {
		w += 1 + len(b.Except)
	}
	return w
}

// acrossIn lists the tiers across namespaces, of those on one side of edges, that have pods of a
// namespace.
func (c *checker) acrossIn(x *ends, n *topology.Namespace) []*topology.Endpoint {
	if x.acrossIn == nil {
		x.acrossIn = map[*topology.Namespace][]*topology.Endpoint{}
		for _, e := range x.across.tiers {
			for _, in := range semantics.Declared(e, c.Topology) {
				x.acrossIn[in] = append(x.acrossIn[in], e)
			}
		}
	}
	return x.acrossIn[n]
}
