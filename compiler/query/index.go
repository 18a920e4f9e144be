package query

import (
	"github.com/zt-lang/zt/compiler/relation"
)

// index finds the parties that are inside a peer, looking only where they can be.
type index struct {
	facts  *relation.Facts
	pods   map[string]*pods // parts in one namespace, by its name
	others []part           // addresses, and pods of several namespaces
}

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

func newIndex(parties []*Party, facts *relation.Facts) *index {
	x := &index{facts: facts, pods: map[string]*pods{}}
	for _, p := range parties {
		for i, peer := range p.Parts {
			_, name, ok := podsOfOne(peer)
			if !ok {
				x.others = append(x.others, part{p, i})
				continue
			}
			in := x.pods[name]
			if in == nil {
				in = &pods{}
				x.pods[name] = in
			}
			in.parts = append(in.parts, part{p, i})
		}
	}
	for _, in := range x.pods {
		selectors := make([]relation.Selector, len(in.parts))
		for i, p := range in.parts {
			selectors[i] = p.peer().(relation.Pods).Labels
		}
		in.index = relation.NewIndex(selectors)
	}
	return x
}

// inside lists the parts all of whose members are in a peer.
func (x *index) inside(p relation.Peer) []part {
	var found []part
	for _, o := range x.others {
		if o.peer().Inside(p, x.facts) {
			found = append(found, o)
		}
	}
	if pods, ok := p.(relation.Pods); ok {
		for _, in := range x.namespaces(pods.Namespaces) {
			for _, i := range in.index.Overlapping(pods.Labels) {
				if in.parts[i].peer().Inside(p, x.facts) {
					found = append(found, in.parts[i])
				}
			}
		}
	}
	return found
}

// namespaces returns those with parts that a selector can match.
func (x *index) namespaces(s relation.Selector) map[string]*pods {
	names := s.Get(relation.NameLabel)
	if names.Others {
		return x.pods
	}
	out := map[string]*pods{}
	for _, n := range names.Names {
		if in := x.pods[n]; in != nil {
			out[n] = in
		}
	}
	return out
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
