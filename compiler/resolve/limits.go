package resolve

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// The limits of a program. A line of lists means every pair, and a block is repeated for each
// environment, so a short text can mean more than fits into memory.
const (
	maxDeclared     = 250_000   // namespaces, tiers and externals
	maxEnvironments = 10_000    // names of environments: each is compared with the others
	maxAcross       = 10_000    // tiers across namespaces: the same
	maxStatements   = 800_000   // counted for each environment
	maxEdges        = 160_000   // pairs that edges connect
	maxValues       = 2_000_000 // port ranges, label values and CIDRs, counted for each edge
	maxDenied       = 300_000   // pairs that denies separate
	maxMatches      = 5_000_000 // namespaces, counted for each selector that must be held against all of them
	maxRules        = 3_000_000 // edges, counted in each namespace that they select
)

// usage counts what a program has.
type usage struct {
	declared, environments, across, statements, edges, values, denied, rules, matches int
	exceeded                                                                          bool // a limit was exceeded and reported; nothing more is read
}

// admit counts n more of something and returns whether the program is within the limit. It reports
// the first limit that the program exceeds.
func (r *resolver) admit(count *int, n, limit int, what string, at source.Span) bool {
	if r.used.exceeded {
		return false
	}
	if *count += n; *count <= limit {
		return true
	}
	r.used.exceeded = true
	r.report(diag.New(diag.TooMuch, at, "the program has more than %d %s", limit, what).
		WithHelp("use ns/*, environments or port ranges instead of lists, which mean every pair"))
	return false
}

// admitEdge counts one more edge.
func (r *resolver) admitEdge(from, to *topology.Endpoint, ports relation.Ports, at source.Span) bool {
	return r.admit(&r.used.edges, 1, maxEdges, "edges, with those to the resolvers", at) &&
		r.admit(&r.used.values, len(ports.Ranges())+values(from)+values(to), maxValues, "ports, label values and CIDRs, counted for each edge", at) &&
		r.admit(&r.used.rules, 1+r.spread(from)+r.spread(to), maxRules, "namespace rules", at)
}

// values returns how many values and address blocks it takes to write an endpoint as a peer.
func values(e *topology.Endpoint) int {
	n := 0
	if e.Tier != nil {
		for _, k := range e.Tier.Selector.Keys() {
			n += len(k.Values.Names)
		}
	}
	if e.Environment != nil {
		for _, k := range e.Environment.Selector.Keys() {
			n += len(k.Values.Names)
		}
	}
	for _, b := range e.Blocks {
		n += 1 + len(b.Except)
	}
	return n
}

// spread returns in how many namespaces an endpoint's pods get a rule of their own.
func (r *resolver) spread(e *topology.Endpoint) int {
	switch e.Kind {
	case topology.EnvironmentPods:
		return len(e.Environment.Namespaces)
	case topology.AcrossPods:
		if e.Environment != nil {
			return len(e.Environment.Namespaces)
		}
		return len(r.namespaces)
	case topology.ClusterPods:
		return len(r.namespaces)
	case topology.TierPods, topology.NamespacePods, topology.Addresses, topology.Everything:
		return 0
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}
