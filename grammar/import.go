package grammar

import (
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
)

type importFile struct {
	Path tokens `parser:"'import' @String"`
}

func (n *importFile) tree(p *parser, head ast.Head) ast.Statement {
	path := p.word(&n.Path[0])
	if len(path.Text) == 1 || !strings.HasSuffix(path.Text, `"`) {
		p.failed = true // the scanner has reported that the string is not closed
	}
	path.Text = strings.Trim(path.Text, `"`)
	return &ast.Import{Head: head, Path: path}
}

func (n *importFile) expected(before tokens) (want, help string) {
	if len(before) > 1 {
		return "", ""
	}
	return `a quoted file path after "import"`, `write import "shared/network.zt"`
}
