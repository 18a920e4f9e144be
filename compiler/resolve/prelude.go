package resolve

import (
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// Prelude is the program that stands before every other: where the resolvers
// of most clusters are. What a program says of the same things replaces it.
const Prelude = `# Where names are resolved in most clusters. A program with a dns statement of
# its own replaces the one below; the namespace and the tier stay.
namespace kube-system isolates nothing {
  tier kube-dns { k8s-app=kube-dns } :53/udp, 53/tcp
}
dns kube-system/kube-dns
`

// PreludeFile is what places in the prelude are called.
const PreludeFile = "prelude"

// prelude returns the parsed prelude.
func prelude() *ast.File {
	file, _ := grammar.Parse(source.NewFile(PreludeFile, Prelude))
	return file
}
