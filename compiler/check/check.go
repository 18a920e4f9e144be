// Package check finds what is wrong with a topology as a whole: edges that a
// deny forbids, edges that say more or less than they seem to. Each check is a
// file; none changes the topology.
package check

import (
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// Check reports conflicts and warnings. Where the program has errors already
// (partial), what is missing may stand in a statement that could not be understood, so
// that only what is certainly there is judged.
func Check(t *topology.Topology, partial bool) diag.List {
	c := &checker{
		Topology: t,
		partial:  partial,
		from:     newEnds(t.Edges, source),
		to:       newEnds(t.Edges, destination),
		every:    map[*topology.Namespace]*topology.Endpoint{},
	}
	c.denials()
	c.ports()
	c.blocks()
	c.governing()
	if !partial {
		c.redundant()
		c.unused()
		c.equalSelectors()
	}
	return c.diags
}

type checker struct {
	*topology.Topology
	partial  bool
	diags    diag.List
	from, to *ends // the edges' endpoints, by side
	every    map[*topology.Namespace]*topology.Endpoint
}

func (c *checker) report(d diag.Diagnostic) { c.diags.Add(d) }

func source(e *topology.Edge) *topology.Endpoint      { return e.From }
func destination(e *topology.Edge) *topology.Endpoint { return e.To }
