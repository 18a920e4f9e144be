// Package check finds what is wrong with a topology as a whole: edges that a
// deny forbids, edges that say more or less than they seem to. Each check is a
// file; none changes the topology.
package check

import (
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// Missing says what of a program the topology may not have, so that only what
// is certainly there is judged.
type Missing struct {
	// Statements is set where the program has errors: what is not here may
	// stand in a statement that could not be understood.
	Statements bool
	// Environments is set where one environment is built: what nobody uses
	// here may be there for another.
	Environments bool
}

// Check reports conflicts and warnings.
func Check(t *topology.Topology, missing Missing) diag.List {
	c := &checker{
		Topology: t,
		missing:  missing,
		from:     newEnds(t.Edges, source),
		to:       newEnds(t.Edges, destination),
		every:    map[*topology.Namespace]*topology.Endpoint{},
	}
	c.denials()
	c.ports()
	c.blocks()
	c.resolvers()
	c.governing()
	if !missing.Statements {
		c.redundant()
		c.equalSelectors()
	}
	if missing == (Missing{}) {
		c.unused()
	}
	return c.diags
}

type checker struct {
	*topology.Topology
	missing  Missing
	diags    diag.List
	from, to *ends // the edges' endpoints, by side
	every    map[*topology.Namespace]*topology.Endpoint
}

func (c *checker) report(d diag.Diagnostic) { c.diags.Add(d) }

func source(e *topology.Edge) *topology.Endpoint      { return e.From }
func destination(e *topology.Edge) *topology.Endpoint { return e.To }
