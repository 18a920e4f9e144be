package query

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Suggestion returns the line of the language that would permit what a question asks for,
// or "" where no line can.
func (v *Model) Suggestion(q Query) string {
	from, to := v.written(q.From), v.written(q.To)
	if from == "" || to == "" || v.unmatched(q.To) || v.someNodes(q.From) || v.someNodes(q.To) {
		return ""
	}
	if v.unmatched(q.From) {
		from = "all" // a rule without peers matches them
	}
	line := from + " -> " + to
	if ports := q.Ports.String(); !q.Ports.IsEmpty() {
		line += " :" + ports
	}
	return line
}

// someNodes reports whether a party has addresses of some nodes, and policies of the network plugin's own match all
// nodes or none.
func (v *Model) someNodes(p *Party) bool {
	nodes := topology.AddrsOf(v.network().Nodes)
	return v.network().Native && !p.Free && slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		outside, ok := part.(relation.Addresses)
		return ok && outside.Hosts.IsAny() && outside.Addrs.Overlaps(nodes) && !nodes.Subset(outside.Addrs)
	})
}

// unmatched reports whether a party has addresses that the network plugin matches with no address block, where
// policies have nothing else for them.
func (v *Model) unmatched(p *Party) bool {
	return !p.Free && !v.network().Native && slices.ContainsFunc(p.Parts, func(part relation.Peer) bool {
		outside, ok := part.(relation.Addresses)
		return ok && outside.Hosts.IsAny() && outside.Addrs.Overlaps(v.Relation.Facts.Unmatched)
	})
}

// written returns how the top of a program would name a party: by the tier that its
// pods are of, or every pod of the namespace, or by a name that needs no declaration.
func (v *Model) written(p *Party) string {
	if p.Free || len(p.Parts) == 0 {
		return p.Name
	}
	if !p.hasPods() {
		if hasHosts(p) && p.endpoint == nil {
			return "" // a name is declared by an external
		}
		if addr, err := netip.ParseAddr(p.Name); err == nil {
			return netip.PrefixFrom(addr, addr.BitLen()).String()
		}
		return p.Name
	}
	if !strings.Contains(p.Name, "{") {
		return v.short(p.Name)
	}
	pods, ns, ok := podsOfOne(p.Parts[0])
	if !ok || v.Relation.Facts.Labels(ns) == nil {
		return ""
	}
	for _, n := range v.topology.Namespaces {
		if n.Name != ns {
			continue
		}
		for _, t := range n.Tiers {
			if pods.Labels.Implies(t.Selector) {
				return v.short(t.String())
			}
		}
	}
	return ns + "/*"
}

// short returns a tier's bare name, where that can only mean it in every block of the program: in the
// block of another namespace, it means nothing.
func (v *Model) short(name string) string {
	short := shortName(name)
	if short == name || short == "*" || slices.Contains([]string{"path", "internet", "cluster", "nodes", "apiserver", "all", "any"}, short) {
		return name
	}
	if found := v.named(short); len(found) != 1 || v.byName[short] != nil {
		return name
	}
	for _, n := range v.topology.Namespaces {
		if !n.Prelude && n.Name+"/"+short != name {
			return name
		}
		for _, t := range n.Tiers {
			if t.Name == short && t.String() != name {
				return name
			}
		}
	}
	return short
}
