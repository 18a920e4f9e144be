package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

func word(text string) *ast.Word { return &ast.Word{Text: text} }

func endpoints(names ...string) []ast.Endpoint {
	var list []ast.Endpoint
	for _, n := range names {
		e := ast.Endpoint{Name: ast.Word{Text: n}}
		if ns, name, found := strings.Cut(n, "/"); found {
			e = ast.Endpoint{Kind: ast.Qualified, Namespace: word(ns), Name: ast.Word{Text: name}}
		}
		list = append(list, e)
	}
	return list
}

func newEdge(head ast.Head, from, to, port string) *ast.Edge {
	return &ast.Edge{Head: head, Link: ast.Link{From: endpoints(from), To: endpoints(to),
		Ports: &ast.Ports{List: []ast.Port{{Low: word(port)}}}}}
}

func trailing(text string) ast.Head {
	c := ast.NewComment(text)
	return ast.Head{Trailing: &c}
}

func TestTree(t *testing.T) {
	var addresses []ast.Address
	for i := range 5 {
		addresses = append(addresses, ast.Address{CIDR: word(fmt.Sprintf("10.%d.0.0/16", i))})
	}
	end := ast.NewComment("the end of the block")
	f := &ast.File{
		Comments: ast.NewComments("Written by a test.\n\nDo not edit."),
		Statements: []ast.Statement{
			&ast.Import{Path: *word("a b.zt")},
			&ast.Namespace{Head: ast.Head{Doc: ast.NewComments("the shop"), Blank: true, Trailing: &end}, Name: *word("shop"),
				Body: &ast.Block{Statements: []ast.Statement{
					&ast.External{Head: ast.Head{Blank: true}, Name: *word("office"), Addresses: addresses},
					newEdge(trailing("env DATABASE_ADDR=database:5432"), "backend", "database", "5432"),
					newEdge(ast.Head{}, "web", "backend", "80"),
					newEdge(ast.Head{Blank: true}, "web", "office", "443"),
				}}},
			&ast.Network{Items: []ast.NetworkItem{
				{Kind: *word("pods"), Addresses: []ast.Address{{CIDR: word("10.0.0.0/8")}}}, {Kind: *word("nodes"), Addresses: []ast.Address{{CIDR: word("fd00::/8")}}}}},
		},
	}
	want := `# Written by a test.
#
# Do not edit.

import "a b.zt"

# the shop
namespace shop {
  external office {
    10.0.0.0/16
    10.1.0.0/16
    10.2.0.0/16
    10.3.0.0/16
    10.4.0.0/16
  }
  backend -> database :5432  # env DATABASE_ADDR=database:5432
  web     -> backend  :80

  web -> office :443
}  # the end of the block
network {
  pods  10.0.0.0/8
  nodes fd00::/8
}
`
	got, err := format.Tree(f)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("Tree: %v (-want +got):\n%s", err, diff)
	}
}

// Statements may be added to a tree that was parsed.
func TestTreeAdded(t *testing.T) {
	f, _ := grammar.Parse(source.NewFile("a.zt", "# license\n\nnamespace a {  # opens\n\tb->c:80 # first\n\n  # end\n}  # closes\n# last"))
	body := f.Statements[0].(*ast.Namespace).Body
	body.Statements[0].Common().Trailing = trailing("second").Trailing
	body.Statements = append(body.Statements, newEdge(ast.Head{Doc: ast.NewComments("new")}, "long-name", "c", "81"))
	f.Statements = append(f.Statements, newEdge(ast.Head{Blank: true}, "a/b", "c", "82"))
	want := `# license

namespace a {  # opens
  b -> c :80  # second
  # first

  # new
  long-name -> c :81

  # end
}  # closes

a/b -> c :82
# last
`
	got, err := format.Tree(f)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("Tree: %v (-want +got):\n%s", err, diff)
	}
}

// Statements of another file are written as if they were built.
func TestTreeMerged(t *testing.T) {
	f, _ := grammar.Parse(source.NewFile("a.zt", "a -> b # kept"))
	other, _ := grammar.Parse(source.NewFile("b.zt", `
# kept
namespace n { # lost
	tier c { x in (
		y), }
}
external d { 10.0.0.0/8 except (10.1.0.0/16),
	host e
} :80,
	81
f,
g -> # lost
	h`))
	f.Statements = append(f.Statements, other.Statements...)
	want := `a -> b  # kept
# kept
namespace n {
  tier c {
    x in (y)
  }
}
external d {
  10.0.0.0/8 except (10.1.0.0/16)
  host e
} :80, 81
f, g -> h
`
	got, err := format.Tree(f)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("Tree: %v (-want +got):\n%s", err, diff)
	}
}

func TestTreeErrors(t *testing.T) {
	broken, _ := grammar.Parse(source.NewFile("a.zt", "a -> -> b"))
	statements := func(s ast.Statement) *ast.File { return &ast.File{Statements: []ast.Statement{s}} }
	for want, f := range map[string]*ast.File{
		"the tree lacks what has syntax errors": broken,
		"the tree is not a program: expected":   statements(&ast.Edge{}),
		"formatting would change its meaning":   statements(newEdge(ast.Head{}, "a", "b", "80\nb -> a :81")),
		"not a program: an external needs":      statements(&ast.External{Name: *word("a"), Addresses: make([]ast.Address, 1)}),
		"not a program: unclosed string":        statements(&ast.Import{Path: *word("a\nb")}),
		"the text would be larger than":         statements(newEdge(trailing(strings.Repeat("x", grammar.MaxSize)), "a", "b", "80")),
	} {
		if text, err := format.Tree(f); err == nil || !strings.Contains(err.Error(), want) || text != nil {
			t.Errorf("Tree = %q, %v, want an error with %q", text, err, want)
		}
	}
}

// A comment never ends before its text does.
func TestNewComment(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "#",
		" a\tb ":                "# a b",
		"a\ninternet -> b":      "# a internet -> b",
		"a\r\x00\u0085\xff\x7f": "# a",
	} {
		if got := ast.NewComment(text).At.Text(); got != want {
			t.Errorf("NewComment(%q) is %q, want %q", text, got, want)
		}
		if _, err := format.Tree(&ast.File{Comments: []ast.Comment{ast.NewComment(text)}}); err != nil {
			t.Errorf("NewComment(%q): %v", text, err)
		}
	}
}

type unknown struct{ ast.Head }

func TestTreePanicsOnUnknownStatement(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Tree did not panic")
		}
	}()
	_, _ = format.Tree(&ast.File{Statements: []ast.Statement{&unknown{}}})
}
