package model

import (
	"fmt"
	"strings"
)

// This file writes single statements and what they are made of.

func (w *printer) tier(t *tier) []string {
	listens := w.ports(t.listens)
	if t.isolates != "" {
		listens = w.one(" ", "  ") + "isolates " + t.isolates + listens
	}
	if t.by == "" {
		return []string{doc(t.doc) + "tier " + t.names[0] + " " + w.selector(t.selector) + listens}
	}
	braces := ""
	if len(t.selector) > 0 || w.may() {
		braces = " " + w.selector(t.selector)
	}
	if len(t.names) > 1 && w.may() {
		var out []string
		for _, name := range t.names {
			if w.may() {
				out = append(out, doc(t.doc)+"tier "+name+" by "+t.by+braces+listens)
			} else {
				whole := append([]requirement{{t.by, "=", []string{name}}}, t.selector...)
				out = append(out, doc(t.doc)+"tier "+name+" "+w.selector(whole)+listens)
			}
		}
		return out
	}
	return []string{doc(t.doc) + "tier " + strings.Join(t.names, w.comma()) + " by " + t.by + braces + listens}
}

func (w *printer) selector(selector []requirement) string {
	var items []string
	for _, r := range selector {
		items = append(items, w.requirement(r))
	}
	if w.random != nil {
		w.random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	return "{" + w.one(" ", "", "\n") + strings.Join(items, w.item()) + w.one(" ", "", "\n") + "}"
}

func (w *printer) requirement(r requirement) string {
	switch r.op {
	case "=":
		if w.choose(4) == 3 {
			return r.key + " in (" + r.values[0] + ")"
		}
		return r.key + w.one("=", "==", " = ", " == ") + r.values[0]
	case "!=":
		if w.choose(4) == 3 {
			return r.key + " notin (" + r.values[0] + ")"
		}
		return r.key + w.one("!=", " != ") + r.values[0]
	case "in", "notin":
		return r.key + " " + r.op + w.one(" (", "(") + strings.Join(r.values, w.one(", ", ",")) + ")"
	case "!":
		return "!" + r.key
	}
	return r.key
}

func (w *printer) ports(ports []portSpec) string {
	if len(ports) == 0 {
		return ""
	}
	var items []string
	for _, p := range ports {
		items = append(items, w.port(p))
	}
	return w.one(" :", "  : ", ":") + strings.Join(items, w.comma())
}

func (w *printer) port(p portSpec) string {
	if p.any {
		return "any"
	}
	text := p.name
	if p.low > 0 {
		if p.name != "" {
			text += "="
		}
		text += fmt.Sprint(p.low)
		if p.high > p.low {
			text += fmt.Sprint("-", p.high)
		}
	}
	protocol := p.protocol
	if p.low > 0 && (protocol == "" || protocol == "tcp") {
		protocol = w.one(protocol, "", "tcp")
	}
	if protocol != "" {
		text += "/" + protocol
	}
	return text
}

func (w *printer) external(x *external) string {
	return "external " + x.name + " {" + w.one(" ", "\n") + strings.Join(append(w.addresses(x.blocks), hosts(x.hosts)...), w.item()) + w.one(" ", "\n") + "}" + w.ports(x.listens)
}

func hosts(names []string) (items []string) {
	for _, name := range names {
		items = append(items, "host "+name)
	}
	return items
}

func (w *printer) addresses(blocks []addressBlock) []string {
	var items []string
	for _, b := range blocks {
		item := b.cidr.String()
		switch except := texts(b.except); {
		case len(except) == 1 && !w.may():
			item += " except " + except[0]
		case len(except) > 0:
			item += " except (" + strings.Join(except, w.comma()) + ")"
		}
		items = append(items, item)
	}
	return items
}

func (w *printer) ref(at scope, r ref, bare bool) string {
	switch r.kind {
	case tierRef:
		if w.may() && bare && w.names.bare(at, r) {
			return r.name
		}
		return r.space + "/" + r.name
	case spaceRef:
		return r.space + "/*"
	}
	if r.except.IsValid() && w.may() {
		return r.cidr.String() + " except (" + r.except.String() + ")"
	}
	return r.text("$environment")
}

func (w *printer) refs(at scope, refs []ref, first bool) string {
	var items []string
	for i, r := range refs {
		// Right after `deny` or `dns`, path and off would be keywords.
		items = append(items, w.ref(at, r, i > 0 || !first || r.name != "path" && r.name != "off"))
	}
	if w.random != nil {
		w.random.Shuffle(len(items), func(i, j int) {
			if !first {
				items[i], items[j] = items[j], items[i]
			}
		})
	}
	return strings.Join(items, w.comma())
}

// edge writes an edge statement, or one for each pair.
func (w *printer) edge(e *edge, at scope) []string {
	head := doc(e.doc)
	if e.side != "" {
		head += e.side + w.one(" ", "  ")
	}
	if !w.may() {
		arrow := w.one(" -> ", "->", " ->\n  ")
		if e.both {
			arrow = w.one(" <-> ", " <->\n  ")
		}
		return []string{head + w.refs(at, e.from, false) + arrow + w.refs(at, e.to, false) + w.ports(e.ports)}
	}
	var out []string
	for _, from := range e.from {
		for _, to := range e.to {
			out = append(out, head+w.ref(at, from, true)+" -> "+w.ref(at, to, true)+w.ports(e.ports))
			if e.both {
				out = append(out, head+w.ref(at, to, true)+" -> "+w.ref(at, from, true)+w.ports(e.ports))
			}
		}
	}
	return out
}

func (w *printer) deny(d *deny, at scope) string {
	if d.isolate {
		return "isolate " + w.refs(at, d.from, true)
	}
	head := "deny "
	if d.path {
		head += "path "
	}
	arrow := " -> "
	if d.both {
		arrow = " <-> "
	}
	return head + w.refs(at, d.from, true) + arrow + w.refs(at, d.to, false) + w.ports(d.ports)
}
