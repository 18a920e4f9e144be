package format

import "github.com/zt-lang/zt/grammar/ast"

// In the first edition of the language, apiserver was a name like any other, and programs had an
// external of this name. Now it is the endpoint whose addresses `network` states.
const (
	reservedLater = "apiserver"
	renamed       = "kube-apiserver"
)

// upgrade changes what an earlier edition spelt differently, with the same meaning. It renames an
// external, and does not make a network statement of it: two namespaces could have different
// addresses under this name, and each would then reach the addresses of both.
func upgrade(f *ast.File) {
	declared, known := false, false
	ast.Walk(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.External:
			declared = declared || n.Name.Text == reservedLater
		case *ast.Word:
			known = known || n.Text == renamed
		case *ast.NetworkItem:
			known = known || n.Kind.Text == reservedLater
		}
		return true
	})
	if known {
		return // the new name is taken, or the program is of a later edition
	}
	ast.Walk(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.External:
			rename(&n.Name)
		case *ast.Endpoint:
			// Without the external, the name alone is the endpoint; a namespace can have no such thing.
			if n.Kind == ast.Qualified || n.Kind == ast.Bare && declared {
				rename(&n.Name)
			}
		}
		return true
	})
}

func rename(w *ast.Word) {
	if w.Text == reservedLater {
		w.Text = renamed
	}
}
