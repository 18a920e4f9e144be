package query

import (
	"fmt"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar/source"
)

// policiesOf returns what a program compiles to, proven.
func policiesOf(t testing.TB, program string) []byte {
	t.Helper()
	top := topologyOf(t, program)
	policies, diags := networkpolicy.Lower(top, target.ByTier)
	data := manifest.Marshal(policies, manifest.FormatYAML)
	if diags.Errors() > 0 {
		t.Fatal(diags)
	}
	if diags := proof.Check(top, networkpolicy.Target{}, []manifest.File{{Data: data}}, manifest.FormatYAML); len(diags) > 0 {
		t.Fatal(diags)
	}
	return data
}

// read reads manifests. What that costs is mostly the YAML library's.
func read(t testing.TB, text ...string) *inventory.Inventory {
	t.Helper()
	var files []*source.File
	for i, s := range text {
		files = append(files, source.NewFile(fmt.Sprintf("%d.yaml", i), s))
	}
	inv, diags := inventory.Read(files, "")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return inv
}
