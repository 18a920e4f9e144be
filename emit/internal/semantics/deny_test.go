package semantics

import (
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/grammar/diag"
)

func (w *world) checkDenies(t *rapid.T, diags diag.List) {}
