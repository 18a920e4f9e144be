package grammar

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
)

// dump writes statements on one line, so that tests can say which tree they expect: a statement in
// parentheses with every word between blanks, lists in brackets, and "-" for
// what may be written and is not.
func dump(list []ast.Statement) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = dumpStatement(s)
		for _, c := range s.Docs() {
			parts[i] = fmt.Sprintf("%q ", c.Text()) + parts[i]
		}
	}
	return strings.Join(parts, " ")
}

func dumpStatement(s ast.Statement) string {
	switch s := s.(type) {
	case *ast.Import:
		return fmt.Sprintf("(import %q)", s.Path.Text)
	case *ast.Namespace:
		return fmt.Sprintf("(namespace %s %s %s)", s.Name.Text, optional(s.Isolates), dumpBlock(s.Body))
	case *ast.Labels:
		return "(labels " + list(s.Items, func(l ast.Label) string { return l.Key.Text + "='" + l.Value.Text + "'" }) + ")"
	case *ast.Tier:
		selector := "-"
		if s.Selector != nil {
			selector = "{" + strings.Trim(list(s.Selector.Requirements, dumpRequirement), "[]") + "}"
		}
		return fmt.Sprintf("(tier %s %s %s %s)", words(s.Names), optional(s.By), selector, dumpPorts(s.Listens))
	case *ast.External:
		return fmt.Sprintf("(external %s %s %s)", s.Name.Text, list(s.Addresses, dumpAddress), dumpPorts(s.Listens))
	case *ast.Environment:
		return fmt.Sprintf("(environment %s %s %s)", words(s.Names), optional(s.By), dumpBlock(s.Body))
	case *ast.Network:
		return "(network " + list(s.Items, func(i ast.NetworkItem) string { return i.Kind.Text + words(i.CIDRs) }) + ")"
	case *ast.Edge:
		return "(edge " + dumpLink(s.Link) + ")"
	case *ast.Deny:
		if s.Path {
			return "(deny-path " + dumpLink(s.Link) + ")"
		}
		return "(deny " + dumpLink(s.Link) + ")"
	case *ast.Isolate:
		return "(isolate " + list(s.Parties, dumpEndpoint) + ")"
	case *ast.DNS:
		if s.Off {
			return "(dns off)"
		}
		return fmt.Sprintf("(dns %s %s)", list(s.Resolvers, dumpEndpoint), dumpPorts(s.Ports))
	}
	return fmt.Sprintf("(%T)", s)
}

func list[T any](items []T, show func(T) string) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = show(item)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func words(all []ast.Word) string {
	return list(all, func(w ast.Word) string { return w.Text })
}

func optional(w *ast.Word) string {
	if w == nil {
		return "-"
	}
	return w.Text
}

func dumpBlock(b *ast.Block) string {
	if b == nil {
		return "-"
	}
	return "{" + dump(b.Statements) + "}"
}

func dumpRequirement(r ast.Requirement) string {
	op := [...]string{"Equals", "NotEquals", "In", "NotIn", "Exists", "NotExists"}[r.Op]
	values := list(r.Values, func(w ast.Word) string { return "'" + w.Text + "'" })
	return op + "(" + r.Key.Text + strings.TrimSuffix(" "+values, " []") + ")"
}

func dumpAddress(a ast.Address) string {
	switch {
	case a.Host != nil:
		return "host:" + a.Host.Text
	case a.Except != nil:
		return a.CIDR.Text + "-" + words(a.Except)
	}
	return a.CIDR.Text
}

func dumpLink(l ast.Link) string {
	arrow := "->"
	if l.Both {
		arrow = "<->"
	}
	return list(l.From, dumpEndpoint) + " " + arrow + " " + list(l.To, dumpEndpoint) + " " + dumpPorts(l.Ports)
}

func dumpEndpoint(e ast.Endpoint) string {
	switch e.Kind {
	case ast.Qualified:
		return "of(" + e.Namespace.Text + " " + e.Name.Text + ")"
	case ast.EveryPod:
		return "every(" + e.Namespace.Text + ")"
	case ast.CIDR:
		return "cidr(" + e.Name.Text + ")"
	}
	return e.Name.Text
}

func dumpPorts(p *ast.Ports) string {
	if p == nil {
		return "-"
	}
	return ":" + list(p.List, dumpPort)
}

func dumpPort(p ast.Port) string {
	if p.Any {
		return "ANY"
	}
	var parts []string
	for _, part := range []struct {
		name string
		word *ast.Word
	}{{"name", p.Name}, {"low", p.Low}, {"high", p.High}, {"protocol", p.Protocol}} {
		if part.word != nil {
			parts = append(parts, part.name+"="+part.word.Text)
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}
