package ast

import (
	"go/parser"
	"go/token"
	"reflect"
	"testing"

	goast "go/ast"

	"github.com/google/go-cmp/cmp"
)

// statements has one statement of each type; TestStatements checks that it is complete.
func statements() []Statement {
	return []Statement{&Import{}, &Namespace{}, &Labels{}, &Tier{}, &External{}, &Environment{}, &Network{},
		&Edge{}, &Deny{}, &Isolate{}, &DNS{}}
}

func TestStatements(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "ast.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	goast.Inspect(file, func(n goast.Node) bool {
		spec, ok := n.(*goast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*goast.StructType); ok {
			for _, field := range s.Fields.List {
				if embedded, ok := field.Type.(*goast.Ident); ok && field.Names == nil && embedded.Name == "Head" {
					want = append(want, spec.Name.Name)
				}
			}
		}
		return false
	})
	for _, s := range statements() {
		got = append(got, reflect.TypeOf(s).Elem().Name())
	}
	if diff := cmp.Diff(want, got, cmp.Transformer("set", func(names []string) map[string]bool {
		set := map[string]bool{}
		for _, n := range names {
			set[n] = true
		}
		return set
	})); diff != "" {
		t.Errorf("types that embed Head, and statements() (-want +got):\n%s", diff)
	}
}

var (
	nodeType      = reflect.TypeFor[Node]()
	statementType = reflect.TypeFor[Statement]()
	fileType      = reflect.TypeFor[File]()
)

// fill sets every field below v to a value that is not empty, and collects the nodes it makes.
// An embedded struct is a part of its node, not a node. Depth limits how deep blocks nest.
func fill(v reflect.Value, embedded bool, depth int, nodes map[Node]bool) {
	if node, ok := v.Addr().Interface().(Node); ok && !embedded {
		nodes[node] = true
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() == nodeType.PkgPath() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), false, depth, nodes)
		}
	case reflect.Slice:
		if v.Type().Elem() == statementType {
			if depth == 0 {
				return
			}
			list := statements()
			for _, s := range list {
				fill(reflect.ValueOf(s).Elem(), false, depth-1, nodes)
			}
			v.Set(reflect.ValueOf(list))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), false, depth, nodes)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() == fileType && v.Type().Field(i).Name == "Comments" {
				continue
			}
			if v.Field(i).CanSet() {
				fill(v.Field(i), v.Type().Field(i).Anonymous, depth, nodes)
			}
		}
	}
}

// A field of node type that Walk forgets makes this test fail.
func TestWalkVisitsEveryNode(t *testing.T) {
	var f File
	want := map[Node]bool{}
	fill(reflect.ValueOf(&f).Elem(), false, 2, want)
	if len(want) < 100 {
		t.Fatalf("the tree has only %d nodes", len(want))
	}
	got := map[Node]bool{}
	Walk(&f, func(n Node) bool {
		if got[n] {
			t.Errorf("%T is visited twice", n)
		}
		got[n] = true
		return true
	})
	for n := range want {
		if !got[n] {
			t.Errorf("%T is not visited", n)
		}
	}
	for n := range got {
		if !want[n] {
			t.Errorf("%T is visited but not in the tree", n)
		}
	}
}

func TestWalkSkips(t *testing.T) {
	f := &File{Statements: []Statement{&Namespace{Body: &Block{Statements: []Statement{&Edge{}}}}, &Labels{}}}
	var got []string
	Walk(f, func(n Node) bool {
		got = append(got, reflect.TypeOf(n).Elem().Name())
		_, isBlock := n.(*Block)
		return !isBlock
	})
	if diff := cmp.Diff([]string{"File", "Namespace", "Word", "Block", "Labels"}, got); diff != "" {
		t.Error(diff)
	}
}
