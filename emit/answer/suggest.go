package answer

import (
	"slices"
	"strings"
)

// Suggestion returns the line of the language that would permit what a question asks for,
// or "" where no line can.
func (v *View) Suggestion(q Query) string {
	from, to := v.written(q.From), v.written(q.To)
	if from == "" || to == "" {
		return ""
	}
	line := from + " -> " + to
	if ports := q.Ports.String(); !q.Ports.IsEmpty() {
		line += " :" + ports
	}
	return line
}

// written returns how the top of a program would name a party: by the tier that its
// pods are of, or every pod of the namespace, or by a name that needs no declaration.
func (v *View) written(p *Party) string {
	if p.Free || len(p.Parts) == 0 {
		return p.Name
	}
	if part := p.Parts[0]; part.IsAddrs {
		if !strings.Contains(p.Name, "/") && (strings.Contains(p.Name, ":") || strings.Contains(p.Name, ".")) {
			if strings.Contains(p.Name, ":") {
				return p.Name + "/128"
			}
			return p.Name + "/32"
		}
		return p.Name
	}
	if !strings.Contains(p.Name, "{") {
		return v.short(p.Name)
	}
	ns, ok := onlyName(p.Parts[0].Namespaces)
	if !ok || v.Relation.Facts.Labels(ns) == nil {
		return ""
	}
	for _, n := range v.topology.Namespaces {
		if n.Name != ns {
			continue
		}
		for _, t := range n.Tiers {
			if p.Parts[0].Pods.Implies(t.Selector) {
				return v.short(t.String())
			}
		}
	}
	return ns + "/*"
}

// short returns a tier's bare name, where at the top of the program that can only mean it.
func (v *View) short(name string) string {
	short := shortName(name)
	if short == name || short == "*" || slices.Contains([]string{"path", "internet", "cluster", "nodes", "all", "any"}, short) {
		return name
	}
	if found := v.named(short); len(found) != 1 || v.byName[short] != nil {
		return name
	}
	for _, n := range v.topology.Namespaces {
		for _, t := range n.Tiers {
			if t.Name == short && t.String() != name {
				return name
			}
		}
	}
	return short
}
