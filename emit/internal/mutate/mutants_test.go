// Package mutate holds only tests. It puts small mistakes into the product's source, one at a time,
// and checks that the tests find them.
//
// All mistakes are compiled into the test binaries at once. Each is switched on by a number in an
// environment variable, so that a mistake costs a run of the tests and no build. The source files
// stay as they are: the changed text is given to the compiler with -overlay.
package mutate

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
)

// mutant is one mistake: text inserted before and after a piece of source.
type mutant struct {
	pkg, file  string // the file's path
	line       int
	what       string // the function, and what is changed in it; the same after unrelated changes
	start, end int
	before     string // has one %d, for the number that switches the mistake on
	after      string
}

// rank orders mutants at random, but always the same.
func (m mutant) rank() string {
	sum := sha256.Sum256([]byte(m.pkg + m.what))
	return string(sum[:])
}

// finder collects the mutants of a file.
type finder struct {
	pkg, path, text string
	files           *token.FileSet
	function        string
	bool            bool // whether the function returns one bool
	found           []mutant
}

// mutantsOf returns all mutants of a file.
func mutantsOf(pkg, path string) ([]mutant, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &finder{pkg: pkg, path: path, text: string(text), files: token.NewFileSet()}
	tree, err := parser.ParseFile(f.files, path, text, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.function = fn.Name.Name
			if fn.Recv != nil {
				f.function = f.source(fn.Recv.List[0].Type) + "." + f.function
			}
			f.bool = returnsBool(fn.Type)
			f.visit(fn.Body)
		}
	}
	return f.found, nil
}

func returnsBool(t *ast.FuncType) bool {
	if t.Results == nil || len(t.Results.List) != 1 || len(t.Results.List[0].Names) > 1 {
		return false
	}
	id, ok := t.Results.List[0].Type.(*ast.Ident)
	return ok && id.Name == "bool"
}

func (f *finder) offset(p token.Pos) int { return f.files.Position(p).Offset }

// source returns a node's text, shortened and on one line.
func (f *finder) source(n ast.Node) string {
	text := strings.Join(strings.Fields(f.text[f.offset(n.Pos()):f.offset(n.End())]), " ")
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return text
}

func (f *finder) add(n ast.Node, what, before, after string) {
	f.found = append(f.found, mutant{
		pkg: f.pkg, file: f.path, line: f.files.Position(n.Pos()).Line, what: fmt.Sprintf("%s: %s: %s", f.function, what, f.source(n)),
		start: f.offset(n.Pos()), end: f.offset(n.End()), before: before, after: after,
	})
}

func (f *finder) visit(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			outer := f.bool
			f.bool = returnsBool(n.Type)
			f.visit(n.Body)
			f.bool = outer
			return false
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.CaseClause:
			f.statements(n.Body)
		case *ast.IfStmt:
			f.negate(n.Cond)
		case *ast.SwitchStmt:
			if n.Tag == nil {
				for _, c := range n.Body.List {
					for _, condition := range c.(*ast.CaseClause).List {
						f.negate(condition)
					}
				}
			}
		case *ast.ReturnStmt:
			if f.bool && len(n.Results) == 1 {
				f.negate(n.Results[0])
			}
		case *ast.BinaryExpr:
			f.number(n.X)
			f.number(n.Y)
		case *ast.SliceExpr:
			f.number(n.Low)
			f.number(n.High)
		case *ast.IndexExpr:
			f.number(n.Index)
		}
		return true
	})
}

// negate negates each operand of a condition.
func (f *finder) negate(e ast.Expr) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		f.negate(x.X)
		return
	case *ast.BinaryExpr:
		if x.Op == token.LAND || x.Op == token.LOR {
			f.negate(x.X)
			f.negate(x.Y)
			return
		}
	}
	f.add(e, "negate", "(mutant__(%d) != (", "))")
}

// number adds one to a number. Where its type is not int, the compiler rejects that.
func (f *finder) number(e ast.Expr) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.INT {
		f.add(e, "add one to", "(one__(%d) + ", ")")
	}
}

// statements removes statements whose absence compiles.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		removable := false
		switch s := s.(type) {
		case *ast.ExprStmt:
			call, _ := s.X.(*ast.CallExpr)
			id, _ := call.Fun.(*ast.Ident)
			removable = id == nil || id.Name != "panic"
		case *ast.AssignStmt:
			removable = s.Tok != token.DEFINE && !slices.ContainsFunc(s.Lhs, isBlank)
		case *ast.BranchStmt:
			removable = s.Tok == token.CONTINUE || s.Tok == token.BREAK && s.Label == nil
		}
		if removable {
			f.add(s, "remove", "if !mutant__(%d) { ", " }")
		}
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// helper is added to each package.
const helper = `
import (
	mutantOS__ "os"
	mutantStrconv__ "strconv"
)

var active__, _ = mutantStrconv__.Atoi(mutantOS__.Getenv("ZT_MUTANT"))

func mutant__(n int) bool { return n == active__ }

func one__(n int) int {
	if mutant__(n) {
		return 1
	}
	return 0
}
`

// insertion is text that comes into a file. At one offset, what ends comes before what starts;
// of those that end, the inner ones come first, and of those that start, the outer ones.
type insertion struct {
	at, order int
	text      string
}

// mutated returns a file's text with the mistakes of the numbers in it.
func mutated(text string, numbers []int, all []mutant) string {
	var insertions []insertion
	for i, n := range numbers {
		m := all[n]
		insertions = append(insertions, insertion{m.start, 1 + i, fmt.Sprintf(m.before, n+1)}, insertion{m.end, -1 - i, m.after})
	}
	slices.SortStableFunc(insertions, func(a, b insertion) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.order - b.order
	})
	var b strings.Builder
	from := 0
	for _, x := range insertions {
		b.WriteString(text[from:x.at] + x.text)
		from = x.at
	}
	return b.String() + text[from:]
}
