// Package check finds what is wrong with a topology as a whole: edges that a deny forbids, edges
// that say more or less than they seem to. Each check is a file; none changes the topology.
package check

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// Missing is what the topology may lack of a program, so that only what is certain is reported.
type Missing struct {
	// Statements is set if the program has errors: a statement that could not be read may have
	// what is missing here.
	Statements bool
	// Environments is set if one environment is built: what is unused here may be used by another.
	Environments bool
}

// Check reports conflicts and warnings. Guarded is set if guardrails are built of the denials.
func Check(t *topology.Topology, missing Missing, guarded bool) diag.List {
	c := &checker{
		Topology: t,
		missing:  missing,
		guarded:  guarded,
		from:     newEnds(t.Edges, relation.Egress),
		to:       newEnds(t.Edges, relation.Ingress),
		oneSided: slices.ContainsFunc(t.Edges, func(e *topology.Edge) bool { return e.Side != topology.BothSides }),
	}
	if c.size() {
		return c.diags // the other checks would take long
	}
	c.coverable = c.findCoverable()
	c.denials()
	c.ports()
	c.blocks()
	c.resolvers()
	c.serviceResolvers()
	c.governing()
	c.toAll()
	if !missing.Statements {
		c.redundant()
		c.equalSelectors()
		c.equalEnvironments()
	}
	if missing == (Missing{}) {
		c.unused()
	}
	return c.diags
}

type checker struct {
	*topology.Topology
	missing       Missing
	guarded       bool // guardrails are built of the denials
	diags         diag.List
	from, to      *ends                // the edges' endpoints, by side
	oneSided      bool                 // some edge opens one side only
	sources       []*topology.Endpoint // see entries
	locals        map[local]*topology.Endpoint
	governedParts map[governed][]*topology.Endpoint
	// coverable is the private blocks that may cover pods, whose addresses are not stated.
	coverable map[*topology.Endpoint]bool
}

// unknownKind is for a panic: a kind of endpoint was added, and a check does not know it.
func unknownKind(e *topology.Endpoint) string {
	return fmt.Sprintf("unknown kind of endpoint %d", e.Kind)
}

func (c *checker) report(d diag.Diagnostic) { c.diags.Add(d) }

// endOf returns the end of an edge whose pods a policy of this direction isolates.
func endOf(e *topology.Edge, d relation.Direction) *topology.Endpoint {
	if d == relation.Ingress {
		return e.To
	}
	return e.From
}
