package query

import (
	"cmp"
	"slices"
	"sort"

	"github.com/zt-lang/zt/compiler/relation"
)

// index finds the parties that are inside a peer, looking only where they can be.
type index struct {
	facts   *relation.Facts
	pods    map[string]*pods // parts in one namespace, by its name
	others  []part           // addresses, and pods of several namespaces
	bundles []*bundle        // all that are pods
	blocks  []part           // those that are addresses, by the first one
	empty   []part           // those without members
	known   map[string][]part
	looks   int // parts compared by inside
}

// maxLooks is how many parts inside may compare. It takes a few seconds.
const maxLooks = 4_000_000

// part is one of a party's parts.
type part struct {
	party *Party
	i     int
}

func (p part) peer() relation.Peer { return p.party.Parts[p.i] }

// pods is the parts that are pods of one namespace.
type pods struct {
	parts []part
	index *relation.Index
}

// bundle is parts that are pods of namespaces about which the same is known beside the labels that they
// carry, most often that they do not carry some, and whose labels have the same keys. The index finds
// them by the labels of their namespaces and pods together.
type bundle struct {
	rest  relation.Selector // of the namespaces
	some  relation.Selector // of the pods of one of the parts
	parts []part
	index *relation.Index
}

func newIndex(parties []*Party, facts *relation.Facts) *index {
	x := &index{facts: facts, pods: map[string]*pods{}, known: map[string][]part{}}
	bundles := map[string]*bundle{}
	joint := map[*bundle][]relation.Selector{}
	for _, p := range parties {
		for i, peer := range p.Parts {
			one, name, ok := podsOfOne(peer)
			if ok {
				in := x.pods[name]
				if in == nil {
					in = &pods{}
					x.pods[name] = in
				}
				in.parts = append(in.parts, part{p, i})
			} else {
				x.others = append(x.others, part{p, i})
			}
			if peer.Empty(facts) {
				x.empty = append(x.empty, part{p, i})
				continue
			}
			switch peer := peer.(type) {
			case relation.Addresses:
				x.blocks = append(x.blocks, part{p, i})
			case relation.Pods:
				namespaces := one.Namespaces
				if labels := facts.Labels(name); ok && labels != nil {
					namespaces = exact(labels, nil)
				}
				carried, rest := split(namespaces)
				key := rest.String() + "/"
				for _, k := range peer.Labels.Keys() {
					key += k.Key + " "
				}
				if bundles[key] == nil {
					bundles[key] = &bundle{rest: rest, some: peer.Labels}
					x.bundles = append(x.bundles, bundles[key])
				}
				g := bundles[key]
				g.parts = append(g.parts, part{p, i})
				joint[g] = append(joint[g], jointly(carried, peer.Labels))
			}
		}
	}
	for _, in := range x.pods {
		selectors := make([]relation.Selector, len(in.parts))
		for i, p := range in.parts {
			selectors[i] = p.peer().(relation.Pods).Labels
		}
		in.index = relation.NewIndex(selectors)
	}
	for g, selectors := range joint {
		g.index = relation.NewIndex(selectors)
	}
	slices.SortStableFunc(x.blocks, func(a, b part) int { return a.addrs().First().Compare(b.addrs().First()) })
	return x
}

func (p part) addrs() relation.Addrs { return p.peer().(relation.Addresses).Addrs }

// split returns the requirements of a selector that a label must be there, and the others.
func split(s relation.Selector) (carried, rest relation.Selector) {
	var there, others []relation.Requirement
	for _, k := range s.Keys() {
		if k.Values.Absent || k.Values.Others {
			others = append(others, k)
		} else {
			there = append(there, k)
		}
	}
	return relation.Select(there...), relation.Select(others...)
}

// jointly returns one selector for the labels of namespaces and those of pods.
func jointly(namespaces, pods relation.Selector) relation.Selector {
	var all []relation.Requirement
	for _, k := range namespaces.Keys() {
		all = append(all, relation.Requirement{Key: "n " + k.Key, Values: k.Values})
	}
	for _, k := range pods.Keys() {
		all = append(all, relation.Requirement{Key: "p " + k.Key, Values: k.Values})
	}
	return relation.Select(all...)
}

// inside lists the parts all of whose members are in a peer.
func (x *index) inside(p relation.Peer) []part {
	key := p.Key()
	found, ok := x.known[key]
	if ok {
		return found
	}
	look := func(q part) {
		if x.looks++; q.peer().Inside(p, x.facts) {
			found = append(found, q)
		}
	}
	for _, q := range x.empty {
		look(q)
	}
	switch peer := p.(type) {
	case relation.Addresses:
		for _, b := range peer.Addrs.Prefixes() {
			at := sort.Search(len(x.blocks), func(i int) bool { return x.blocks[i].addrs().First().Compare(b.Addr()) >= 0 })
			for _, q := range x.blocks[at:] {
				if !b.Contains(q.addrs().First()) {
					break
				}
				look(q)
			}
		}
	case relation.Pods:
		wanted := jointly(peer.Namespaces, peer.Labels)
		for _, g := range x.bundles {
			if x.looks++; !g.some.Mentions(peer.Labels) || !g.rest.Overlaps(peer.Namespaces) {
				continue
			}
			for _, i := range g.index.Overlapping(wanted) {
				look(g.parts[i])
			}
		}
	}
	slices.SortStableFunc(found, func(a, b part) int { return cmp.Or(a.party.compare(b.party), cmp.Compare(a.i, b.i)) })
	x.known[key] = found
	return found
}

// around lists the parts that hold every member of a peer.
func (x *index) around(p relation.Peer) []part {
	var found []part
	for _, o := range x.others {
		if p.Inside(o.peer(), x.facts) {
			found = append(found, o)
		}
	}
	pods, name, ok := podsOfOne(p)
	if in := x.pods[name]; ok && in != nil {
		for _, i := range in.index.Implied(pods.Labels) {
			if p.Inside(in.parts[i].peer(), x.facts) {
				found = append(found, in.parts[i])
			}
		}
	}
	return found
}
