package resolve

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// What a program may come to. A line of lists means every pair, and a block is stamped for
// each environment, so that few bytes can mean more than fits into memory.
const (
	maxDeclared     = 250_000   // namespaces, tiers and externals
	maxEnvironments = 10_000    // environments: each is held against the others
	maxEdges        = 300_000   // pairs that edges connect
	maxValues       = 2_000_000 // ranges of ports, labels' values and address blocks, counted at each edge
	maxDenied       = 300_000   // pairs that denials hold apart
	maxRules        = 3_000_000 // edges, counted in each namespace whose pods they speak of
)

// taken counts what a program comes to.
type taken struct {
	declared, environments, edges, values, denied, rules int
	tooMuch                                              bool // more than a limit: it has been reported, and nothing more is taken in
}

// take counts n more of something, and reports whether the program stays below its limit. The first
// time that it does not is reported.
func (r *resolver) take(count *int, n, limit int, what string, at source.Span) bool {
	if r.taken.tooMuch {
		return false
	}
	if *count += n; *count <= limit {
		return true
	}
	r.taken.tooMuch = true
	r.report(diag.New(diag.TooMuch, at, "with this the program has more than %d %s", limit, what).
		WithHelp("lists mean every pair, and blocks of environments are stamped for each name; say it by namespace (ns/*), environment or range of ports instead"))
	return false
}

// takeEdge counts one more edge.
func (r *resolver) takeEdge(from, to *topology.Endpoint, ports relation.Ports, at source.Span) bool {
	return r.take(&r.taken.edges, 1, maxEdges, "edges", at) &&
		r.take(&r.taken.values, len(ports.Ranges())+values(from)+values(to), maxValues, "ports, labels' values and address blocks, counted at each edge", at) &&
		r.take(&r.taken.rules, 1+r.spread(from)+r.spread(to), maxRules, "rules of namespaces", at)
}

// values returns how many values and address blocks it takes to write an endpoint as a peer.
func values(e *topology.Endpoint) int {
	n := 0
	if e.Tier != nil {
		for _, k := range e.Tier.Selector.Keys() {
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
	case topology.ClusterPods:
		return len(r.namespaces)
	}
	return 0
}
