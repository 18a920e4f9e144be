package format_test

import (
	"fmt"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// Format the text of a file.
func ExampleSource() {
	file := source.NewFile("shop.zt", `
# The shop.
tier web,database by app
web->database:5432   # orders
database->web:8080/tcp`)
	text, diagnostics, err := format.Source(file)
	if err != nil || diagnostics.Errors() > 0 {
		fmt.Println(diagnostics, err)
		return
	}
	fmt.Print(string(text))
	// Output:
	// # The shop.
	// tier web, database by app
	// web      -> database :5432  # orders
	// database -> web      :8080/tcp
}

// Build a program and print it.
func ExampleTree() {
	env := ast.NewComment("env DATABASE_ADDR=database:5432")
	port := ast.Word{Text: "5432"}
	file := &ast.File{
		Comments: ast.NewComments("Imported from the workloads of namespace shop."),
		Statements: []ast.Statement{
			&ast.Namespace{Name: ast.Word{Text: "shop"}, Body: &ast.Block{Statements: []ast.Statement{
				&ast.Tier{Names: []ast.Word{{Text: "web"}, {Text: "database"}}, By: &ast.Word{Text: "app"}},
				&ast.Edge{
					Head: ast.Head{Blank: true, Doc: ast.NewComments("Orders are in the database."), Trailing: &env},
					Link: ast.Link{
						From:  []ast.Endpoint{{Name: ast.Word{Text: "web"}}},
						To:    []ast.Endpoint{{Name: ast.Word{Text: "database"}}},
						Ports: &ast.Ports{List: []ast.Port{{Low: &port}}},
					},
				},
			}}},
		},
	}
	text, err := format.Tree(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(text))
	// Output:
	// # Imported from the workloads of namespace shop.
	//
	// namespace shop {
	//   tier web, database by app
	//
	//   # Orders are in the database.
	//   web -> database :5432  # env DATABASE_ADDR=database:5432
	// }
}
