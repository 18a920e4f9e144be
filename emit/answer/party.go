package answer

import (
	"github.com/zt-lang/zt/compiler/relation"
)

// Party is a named set of pods and addresses: one end of the connections that
// answers speak of.
type Party struct {
	Name string
	// Parts is what the party is made of; together they are all of it.
	Parts []relation.Peer
	// Free is set for all: as one end of a connection it is whoever the other
	// end lets in or out, so that nothing is asked of its own side.
	Free bool
}

// within reports whether every member of a party is in some peer of a list.
func (p *Party) within(peers []relation.Peer, facts *relation.Facts) bool {
	for _, part := range p.Parts {
		left := []relation.Peer{part}
		for _, other := range peers {
			var next []relation.Peer
			for _, l := range left {
				next = append(next, subtract(l, other, facts)...)
			}
			left = next
		}
		if len(left) > 0 {
			return false
		}
	}
	return true
}

func subtract(p, q relation.Peer, facts *relation.Facts) []relation.Peer {
	if p.Intersect(q).Empty(facts) {
		return []relation.Peer{p}
	}
	return p.Subtract(q, facts)
}

// inside reports whether every member of one peer is in another, without cutting it up.
func inside(p, q relation.Peer, facts *relation.Facts) bool {
	if p.IsAddrs || q.IsAddrs {
		return p.IsAddrs && q.IsAddrs && p.Addrs.Subset(q.Addrs)
	}
	if !p.Pods.Implies(q.Pods) {
		return false
	}
	if p.Namespaces.Implies(q.Namespaces) {
		return true
	}
	if name, ok := onlyName(p.Namespaces); ok {
		if labels := facts.Labels(name); labels != nil {
			return q.Namespaces.Matches(labels)
		}
	}
	return len(p.Subtract(relation.PodPeer(q.Namespaces, relation.Selector{}), facts)) == 0
}

// onlyName returns the name of the one namespace that a selector can match.
func onlyName(s relation.Selector) (string, bool) {
	v := s.Get(relation.NameLabel)
	if v.Others || v.Absent || len(v.Names) != 1 {
		return "", false
	}
	return v.Names[0], true
}

// namespaceOf returns the selector of one namespace, by its name.
func namespaceOf(name string) relation.Selector {
	return relation.Select(relation.KeyValues{Key: relation.NameLabel, Values: relation.In(name)})
}
