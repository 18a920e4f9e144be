package ast

import "fmt"

// Walk calls visit for a node and all nodes below it, in the order of the text. If visit returns
// false, Walk skips the nodes below that node.
//
// Walk passes pointers into the tree, such as *Word, so visit may change nodes in place. It visits
// the comments of each statement, but not File.Comments, which has the same comments and all others.
func Walk(node Node, visit func(Node) bool) {
	if !visit(node) {
		return
	}
	statement, isStatement := node.(Statement)
	if isStatement {
		walkList(statement.Common().Doc, visit)
	}
	switch n := node.(type) {
	case *Comment, *Word:
	case *File:
		walkStatements(n.Statements, visit)
	case *Block:
		walkStatements(n.Statements, visit)
	case *Import:
		Walk(&n.Path, visit)
	case *Namespace:
		Walk(&n.Name, visit)
		walkOptional(n.Isolates, visit)
		walkOptional(n.Body, visit)
	case *Labels:
		walkList(n.Items, visit)
	case *Label:
		Walk(&n.Key, visit)
		Walk(&n.Value, visit)
	case *Tier:
		walkList(n.Names, visit)
		walkOptional(n.By, visit)
		walkOptional(n.Selector, visit)
		walkOptional(n.Isolates, visit)
		walkOptional(n.Listens, visit)
	case *Selector:
		walkList(n.Requirements, visit)
	case *Requirement:
		Walk(&n.Key, visit)
		walkList(n.Values, visit)
	case *Ports:
		walkList(n.List, visit)
	case *Port:
		walkOptional(n.Name, visit)
		walkOptional(n.Low, visit)
		walkOptional(n.High, visit)
		walkOptional(n.Protocol, visit)
	case *External:
		Walk(&n.Name, visit)
		walkList(n.Addresses, visit)
		walkOptional(n.Listens, visit)
	case *Address:
		walkOptional(n.CIDR, visit)
		walkList(n.Except, visit)
		walkOptional(n.Host, visit)
	case *Environment:
		walkList(n.Names, visit)
		walkOptional(n.By, visit)
		walkOptional(n.Value, visit)
		walkOptional(n.Selector, visit)
		walkOptional(n.Body, visit)
	case *Network:
		walkList(n.Items, visit)
	case *NetworkItem:
		Walk(&n.Kind, visit)
		walkList(n.Addresses, visit)
		walkOptional(n.Listens, visit)
	case *Edge:
		walkOptional(n.Side, visit)
		walkLink(&n.Link, visit)
	case *Deny:
		walkLink(&n.Link, visit)
	case *Isolate:
		walkList(n.Endpoints, visit)
	case *DNS:
		walkList(n.Resolvers, visit)
		walkOptional(n.Ports, visit)
	case *Endpoint:
		walkOptional(n.Namespace, visit)
		Walk(&n.Name, visit)
		walkList(n.Except, visit)
	default:
		panic(fmt.Sprintf("ast.Walk: unknown node %T", node))
	}
	if isStatement {
		walkOptional(statement.Common().Trailing, visit)
	}
}

func walkLink(l *Link, visit func(Node) bool) {
	walkList(l.From, visit)
	walkList(l.To, visit)
	walkOptional(l.Ports, visit)
}

func walkStatements(list []Statement, visit func(Node) bool) {
	for _, s := range list {
		Walk(s, visit)
	}
}

// pointer is a pointer to a T that is a node.
type pointer[T any] interface {
	*T
	Node
}

func walkList[T any, P pointer[T]](list []T, visit func(Node) bool) {
	for i := range list {
		Walk(P(&list[i]), visit)
	}
}

func walkOptional[T any, P pointer[T]](node P, visit func(Node) bool) {
	if node != nil {
		Walk(node, visit)
	}
}
