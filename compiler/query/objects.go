package query

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// ObjectChange is a policy that is not as it was emitted.
type ObjectChange struct {
	Object string `json:"object"` // namespace/name
	// Change is missing, changed or unexpected.
	Change string `json:"change"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
}

// ObjectChanges lists which of the policies that were emitted are missing or changed in
// manifests, and which of the manifests' were not emitted. That they differ does not say
// that what is permitted does.
func ObjectChanges(emitted, inv *inventory.Inventory) []ObjectChange {
	there := map[string]inventory.Policy{}
	for _, p := range inv.Policies {
		there[p.Object.Namespace+"/"+p.Object.Name] = p
	}
	out := []ObjectChange{}
	for _, want := range emitted.Policies {
		name := want.Object.Namespace + "/" + want.Object.Name
		p, ok := there[name]
		delete(there, name)
		switch {
		case !ok:
			out = append(out, ObjectChange{Object: name, Change: "missing"})
		case !equality.Semantic.DeepEqual(want.Spec, p.Spec):
			out = append(out, ObjectChange{name, "changed", p.Span.File.Name, p.Span.Begin().Line})
		}
	}
	for name, p := range there {
		out = append(out, ObjectChange{name, "unexpected", p.Span.File.Name, p.Span.Begin().Line})
	}
	slices.SortFunc(out, func(a, b ObjectChange) int { return cmp.Compare(a.Object, b.Object) })
	return out
}
