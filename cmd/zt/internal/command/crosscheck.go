package command

import (
	"github.com/zt-lang/zt/compiler/cluster/crosscheck"
	"github.com/zt-lang/zt/compiler/cluster/denied"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// CrossCheck reports where manifests and a topology do not match, and which edges policies of the manifests deny.
func CrossCheck(t *topology.Topology, inv *inventory.Inventory) diag.List {
	diags := crosscheck.Check(t, inv)
	diags = append(diags, denied.Check(t, inv, diags)...)
	diags.Sort()
	return diags
}
