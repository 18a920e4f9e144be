package resolve

import (
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// Prelude is a program that every program starts with: it names the resolvers of most clusters.
// What a program declares itself replaces it.
const Prelude = `# Where names are resolved in most clusters. A program with a dns statement of
# its own replaces the one below; the namespace and the tier stay.
namespace kube-system isolates nothing {
  tier kube-dns { k8s-app=kube-dns } :53/udp, 53/tcp
}
dns kube-system/kube-dns
`

// PreludeFile is the file name of places in the prelude.
const PreludeFile = "prelude"

// prelude returns the parsed prelude.
func prelude() *ast.File {
	file, _ := grammar.Parse(source.NewFile(PreludeFile, Prelude))
	return file
}
