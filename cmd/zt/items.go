package main

import (
	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// checkItems holds the program against the workloads that it is given as a transformer
// or validator, as `check --manifests` does.
func checkItems(config *kustomize.Config, list *kustomize.ResourceList, dir string) (diag.List, error) {
	_, diags := inventory.Read([]*source.File{source.NewFile("<items>", string(list.Manifests))}, config.Spec.Namespace)
	return diags, nil
}
