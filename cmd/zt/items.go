package main

import (
	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
	"github.com/zt-lang/zt/emit/evidence"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// checkItems holds the program against the workloads that it is given as a transformer
// or validator, as `check --manifests` does.
func checkItems(config *kustomize.Config, list *kustomize.ResourceList, dir string) (diag.List, error) {
	inv, diags := inventory.Read([]*source.File{source.NewFile(stdinName, string(list.Text))}, config.Spec.Namespace)
	if diags.Errors() > 0 {
		return diags, nil
	}
	result, err := compileConfig(config, dir)
	if err != nil || !result.ok() {
		return nil, err // which has been reported
	}
	return append(diags, evidence.Check(result.topology, inv)...), nil
}
