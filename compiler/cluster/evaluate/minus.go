package evaluate

import (
	"encoding/binary"

	"github.com/zt-lang/zt/compiler/relation"
)

// This file takes many rules from many others.
//
// Rules that deny often deny the same to pods with different labels: each then cuts what is permitted into the
// pods that it selects and the others. Rules for the same pods, from which the same are taken, are cut in the
// same way. So their pods are cut once for all of them: 400 rules for any pods, and 200 that deny something to
// some pods each, leave 201 sets of pods, and in each of them only what is denied there is compared with the 400.
//
// The sets are found depth first, so that few are kept that are not done, and a search that finds too many stops
// when it has found them.

// bundle is rules for the same pods that are taken away.
type bundle struct {
	own   relation.Selector
	rules []relation.Rule
}

// kept is what is left of the rule at a position, for pods that are stated elsewhere.
type kept struct {
	relation.Rule
	position int
}

// minusEach replaces each list of rules, which are parts of one, by what is left of them without others. What is
// left is not all once the reduction has spent its bounds.
func (r *reduction) minusEach(lists [][]relation.Rule, others []relation.Rule) {
	if len(others) == 0 {
		return
	}
	others = united(others)
	changed := make([]bool, len(lists))
	var parts []kept
	for i, list := range lists {
		for _, l := range list {
			parts = append(parts, kept{l, i})
		}
	}
	with := r.overlapping(parts, others)
	type group struct {
		own     relation.Selector
		others  []int
		members []int
	}
	groups := map[string]*group{}
	var order []*group
	for i, p := range parts {
		if len(with[i]) == 0 {
			continue
		}
		changed[p.position] = true
		key := p.Own.String()
		for _, j := range with[i] {
			key = string(binary.AppendUvarint([]byte(key), uint64(j)))
		}
		g := groups[key]
		if g == nil {
			g = &group{own: p.Own, others: with[i]}
			groups[key], order = g, append(order, g)
		}
		g.members = append(g.members, i)
	}
	if r.parts = (size{}); r.spent() {
		return
	}
	rest := make([][]relation.Rule, len(parts))
	for _, g := range order {
		c := cut{r: r, bundles: bundled(others, g.others), rest: rest}
		var members []kept
		for _, i := range g.members {
			members = append(members, kept{relation.Rule{Peer: parts[i].Peer, Ports: parts[i].Ports}, i})
		}
		c.minus(g.own, members, 0)
		if r.spent() {
			return
		}
	}
	for i := range lists {
		if changed[i] {
			lists[i] = nil
		}
	}
	for i, p := range parts {
		switch {
		case !changed[p.position]:
		case len(with[i]) == 0:
			lists[p.position] = append(lists[p.position], p.Rule)
		default:
			lists[p.position] = append(lists[p.position], rest[i]...)
		}
	}
}

// united returns rules that together match the same. Those for the same pods and ports become one if they differ
// in their addresses only, or in the values of one label of their peers only: lists of these can have thousands.
func united(rules []relation.Rule) (out []relation.Rule) {
	type group struct {
		first  relation.Rule
		blocks []relation.Addrs
		labels []relation.Selector
	}
	groups := map[string]*group{}
	var order []*group
	for _, rule := range rules {
		key := rule.Own.String() + "\x00" + rule.Ports.String() + "\x00"
		switch p := rule.Peer.(type) {
		case relation.Pods:
			key += "\x00" + p.Namespaces.String()
		case relation.Addresses:
			if !p.Hosts.IsAny() {
				key += p.Key()
			}
		}
		g := groups[key]
		if g == nil {
			g = &group{first: rule}
			groups[key], order = g, append(order, g)
		}
		switch p := rule.Peer.(type) {
		case relation.Pods:
			g.labels = append(g.labels, p.Labels)
		case relation.Addresses:
			g.blocks = append(g.blocks, p.Addrs)
		}
	}
	for _, g := range order {
		rule := g.first
		if of, isAddrs := rule.Peer.(relation.Addresses); isAddrs {
			rule.Peer = relation.Addresses{Addrs: relation.UnionAddrs(g.blocks...), Hosts: of.Hosts}
			out = append(out, rule)
			continue
		}
		for _, labels := range relation.United(g.labels) {
			rule.Peer = relation.Pods{Namespaces: g.first.Peer.(relation.Pods).Namespaces, Labels: labels}
			out = append(out, rule)
		}
	}
	return out
}

// overlapping returns, for each part, the positions of the others that have something in common with it.
func (r *reduction) overlapping(parts []kept, others []relation.Rule) [][]int {
	with := make([][]int, len(parts))
	near := finder(parts)
	for j, o := range others {
		for _, i := range near(o.Own) {
			r.steps--
			if _, some := parts[i].And(o, r.facts); some {
				with[i] = append(with[i], j)
			}
		}
		if r.spent() {
			break
		}
	}
	return with
}

// finder returns how to find the positions of the rules that have pods which a selector may match. In thousands
// of policies, a rule that denies has to do with few of those that permit.
func finder(rules []kept) func(relation.Selector) []int {
	const few = 50 // which take less than asking an index
	owns := make([]relation.Selector, len(rules))
	all := make([]int, len(rules))
	for i, rule := range rules {
		owns[i], all[i] = rule.Own, i
	}
	if len(rules) <= few {
		return func(relation.Selector) []int { return all }
	}
	return relation.NewIndex(owns).Overlapping
}

// bundled returns the rules at some positions, those for the same pods together.
func bundled(rules []relation.Rule, positions []int) (out []bundle) {
	at := map[string]int{}
	for _, j := range positions {
		key := rules[j].Own.String()
		i, known := at[key]
		if !known {
			i, at[key] = len(out), len(out)
			out = append(out, bundle{own: rules[j].Own})
		}
		out[i].rules = append(out[i].rules, relation.Rule{Peer: rules[j].Peer, Ports: rules[j].Ports})
	}
	return out
}

// cut takes bundles from the rules of a group.
type cut struct {
	r       *reduction
	bundles []bundle
	rest    [][]relation.Rule // what is left of each part
}

// minus takes the bundles from one on from rules for some pods: first for the pods that a bundle does not
// select, then for those that it selects.
func (c *cut) minus(own relation.Selector, rules []kept, from int) {
	for n, b := range c.bundles[from:] {
		if c.r.steps -= 1 + len(own.Keys())/stepKeys; c.r.spent() {
			return
		}
		if !own.Overlaps(b.own) {
			continue
		}
		inside, less := c.without(rules, b.rules)
		if !less {
			continue
		}
		for _, outside := range own.Subtract(b.own) {
			c.minus(outside, rules, from+n+1)
		}
		if len(inside) == 0 {
			return
		}
		own, rules = own.Intersect(b.own), inside
	}
	for _, k := range rules {
		k.Own = own
		c.r.parts.add(k.Rule)
		c.rest[k.position] = append(c.rest[k.position], k.Rule)
	}
}

func rulesOf(list []kept) []relation.Rule {
	out := make([]relation.Rule, len(list))
	for i, k := range list {
		out[i] = k.Rule
	}
	return out
}

// without returns what is left of rules without others for the same pods, and whether that is less.
func (c *cut) without(rules []kept, others []relation.Rule) (left []kept, less bool) {
	left = rules
	for _, o := range others {
		var next []kept
		for _, k := range left {
			c.r.steps--
			rest, some := k.Minus(o, c.r.facts)
			less = less || some
			for _, l := range rest {
				next = append(next, kept{l, k.position})
			}
		}
		if left = next; len(left) == 0 || c.r.spent() || c.r.exceeds(rulesOf(left)) {
			break
		}
	}
	return left, less
}
