package policies

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
)

// denying returns the statements that deny.
func (d *draft) denying() (out []ast.Statement) {
	list := slices.Clone(d.denials)
	slices.SortFunc(list, func(a, b *denial) int { return cmp.Or(compare(a.to, b.to), compare(a.from, b.from)) })
	list, isolated := isolations(list)
	for _, set := range isolated {
		s := &ast.Isolate{}
		for _, p := range set.parties {
			s.Endpoints = append(s.Endpoints, p.endpoint(""))
		}
		out = append(out, s)
		d.because(s, set.policies)
	}
	var lines []*deniedLine
	for _, n := range list {
		lines = append(lines, &deniedLine{n, []*party{n.from}, []*party{n.to}})
	}
	lines = together(lines, func(l *deniedLine) string { return fmt.Sprint(l.to.key, l.ports, l.policies) }, func(l, other *deniedLine) { l.froms = append(l.froms, other.from) })
	lines = together(lines, func(l *deniedLine) string { return fmt.Sprint(keys(l.froms), l.ports, l.policies) }, func(l, other *deniedLine) { l.tos = append(l.tos, other.to) })
	for _, l := range lines {
		s := &ast.Deny{}
		if !l.ports.IsEvery() {
			s.Ports = portsOf(l.ports)
		}
		for _, p := range l.froms {
			s.From = append(s.From, p.endpoint(""))
		}
		for _, p := range l.tos {
			s.To = append(s.To, p.endpoint(""))
		}
		out = append(out, s)
		d.because(s, l.policies)
	}
	if len(out) > 0 {
		out[0].Common().Blank = true
	}
	return out
}

// because notes the policies that a statement comes from.
func (d *draft) because(s ast.Statement, list []int) {
	if names := d.policyNames(list, ""); names != "" {
		c := ast.NewComment(names)
		s.Common().Trailing = &c
	}
}

// deniedLine is denials that are one statement.
type deniedLine struct {
	*denial
	froms, tos []*party
}

// together makes one line of all lines with the same key.
func together(list []*deniedLine, key func(*deniedLine) string, join func(l, other *deniedLine)) (out []*deniedLine) {
	byKey := map[string]*deniedLine{}
	for _, one := range list {
		k := key(one)
		if l := byKey[k]; l != nil {
			join(l, one)
			continue
		}
		byKey[k] = one
		out = append(out, one)
	}
	return out
}

func keys(list []*party) (out []string) {
	for _, p := range list {
		out = append(out, p.key)
	}
	return out
}

// apartSet is parties of which each may exchange nothing with the others.
type apartSet struct {
	parties  []*party
	policies []int
}

// isolations takes from denials those that are an `isolate`: of each party to each other, on every port.
func isolations(list []*denial) (left []*denial, out []*apartSet) {
	whole := map[[2]*party]*denial{}
	for _, n := range list {
		if n.ports.IsEvery() && n.from != n.to && n.from.kind != everyone && n.to.kind != everyone && n.to.kind != addresses {
			whole[[2]*party{n.from, n.to}] = n
		}
	}
	both := func(a, b *party) bool { return whole[[2]*party{a, b}] != nil && whole[[2]*party{b, a}] != nil }
	taken := map[*denial]bool{}
	for _, n := range list {
		if taken[n] || !both(n.from, n.to) {
			continue
		}
		set := &apartSet{parties: []*party{n.from, n.to}}
		for _, m := range list {
			isNew := !slices.Contains(set.parties, m.from)
			if isNew && !slices.ContainsFunc(set.parties, func(p *party) bool {
				return !both(p, m.from) || taken[whole[[2]*party{p, m.from}]] || taken[whole[[2]*party{m.from, p}]]
			}) {
				set.parties = append(set.parties, m.from)
			}
		}
		slices.SortFunc(set.parties, compare)
		for _, a := range set.parties {
			for _, b := range set.parties {
				if a != b {
					of := whole[[2]*party{a, b}]
					taken[of] = true
					for _, i := range of.policies {
						add(&set.policies, i)
					}
				}
			}
		}
		slices.Sort(set.policies)
		out = append(out, set)
	}
	return slices.DeleteFunc(list, func(n *denial) bool { return taken[n] }), out
}
