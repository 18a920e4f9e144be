package ast

import "reflect"

// Walk calls visit for a node and all nodes below it, in the order of the text. If visit returns
// false, Walk skips the nodes below that node.
//
// Walk passes pointers into the tree, such as *Word, so visit may change nodes in place. It visits
// the comments of each statement, but not File.Comments, which has the same comments and all others.
func Walk(node Node, visit func(Node) bool) {
	if !visit(node) {
		return
	}
	if f, ok := node.(*File); ok {
		walkValue(reflect.ValueOf(f.Statements), visit)
		return
	}
	statement, isStatement := node.(Statement)
	if isStatement {
		walkValue(reflect.ValueOf(statement.Common().Doc), visit)
	}
	walkFields(reflect.ValueOf(node).Elem(), visit)
	if isStatement {
		walkValue(reflect.ValueOf(statement.Common().Trailing), visit)
	}
}

// walkFields walks the nodes in the fields of a struct, which are in the order of the text.
func walkFields(v reflect.Value, visit func(Node) bool) {
	for i := range v.NumField() {
		switch field := v.Type().Field(i); {
		case field.Type == headType || field.Type == rangeType:
		case field.Anonymous:
			walkFields(v.Field(i), visit)
		default:
			walkValue(v.Field(i), visit)
		}
	}
}

// walkValue walks the nodes in a value: a node, a pointer to one that may be nil, or a list of nodes.
func walkValue(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(v.Index(i), visit)
		}
		return
	case reflect.Struct:
		v = v.Addr()
	}
	if node, ok := v.Interface().(Node); ok && !v.IsNil() {
		Walk(node, visit)
	}
}
