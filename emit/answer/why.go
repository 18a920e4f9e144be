package answer

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Answer says whether a connection is permitted: every one from any member of
// the one party to any of the other, on each of the ports.
type Answer struct {
	Query
	Permitted       bool
	Egress, Ingress Side
	// Some is set where it is not, but some members may connect on some of the ports, or would if their
	// containers gave a port a name.
	Some      bool
	Undecided []string
}

// Side is what one side of a connection says.
type Side struct {
	Isolated   bool // some of its pods are isolated in this direction
	IsolatedBy []Place
	Permitted  bool
	Because    []Origin // what permits it
	some       bool     // something of it is permitted
}

// Why answers a question.
func (v *View) Why(q Query) Answer {
	a := Answer{Query: q}
	a.Egress = v.side(q.From, q.To, q.Ports, relation.Egress)
	a.Ingress = v.side(q.To, q.From, q.Ports, relation.Ingress)
	a.Permitted = a.Egress.Permitted && a.Ingress.Permitted
	a.Some = !a.Permitted && a.Egress.some && a.Ingress.some
	a.Undecided = v.undecided([]*Party{q.From, q.To})
	return a
}

// home is the pods of a party in one namespace that has a contract in a direction.
type home struct {
	namespace string
	own       relation.Selector
}

// homes lists the pods of a party that may be isolated in a direction; others
// reports whether it has members that are not.
func (v *View) homes(p *Party, d relation.Direction) (homes []home, others bool) {
	if p.Free {
		return nil, true
	}
	for _, part := range p.Parts {
		if part.IsAddrs {
			others = true
			continue
		}
		isolated, rest := v.Relation.Homes(part.Namespaces, d)
		others = others || rest
		for _, ns := range isolated {
			switch free := v.free(ns, d, part.Pods); {
			case free == all:
				others = true
			case free == some:
				others = true
				fallthrough
			default:
				homes = append(homes, home{ns, part.Pods})
			}
		}
	}
	return homes, others
}

// amount is how much of something there is.
type amount int

const (
	none amount = iota
	some
	all
)

// free says how many of the pods that a selector matches no policy isolates.
func (v *View) free(ns string, d relation.Direction, pods relation.Selector) amount {
	left, found := []relation.Selector{pods}, none
	grants := v.Relation.Contracts[d][ns].Grants()
	for i, o := range v.origins[d][ns] {
		if !o.isFree() || !grants[i].Own.Overlaps(pods) {
			continue
		}
		found = some
		var next []relation.Selector
		for _, l := range left {
			next = append(next, l.Subtract(grants[i].Own)...)
		}
		left = next
	}
	if len(left) == 0 {
		return all
	}
	return found
}

// side says what the own side of a connection permits towards a peer.
func (v *View) side(own, peer *Party, ports relation.Ports, d relation.Direction) Side {
	homes, others := v.homes(own, d)
	s := Side{Isolated: len(homes) > 0, IsolatedBy: v.isolatedBy(homes, d), Permitted: true, some: others}
	var whole, part []Origin
	for _, h := range homes {
		for _, p := range peer.Parts {
			to, at := peer, p
			if d == relation.Ingress {
				to, at = own, relation.PodPeer(relation.Selector{}, h.own)
			}
			contract := v.resolved(v.Relation.Contracts[d][h.namespace], to, at)
			if len(contract.Uncovered(relation.Grant{Own: h.own, Peer: p, Ports: ports})) > 0 {
				s.Permitted = false
			}
			for i, g := range contract.Concerning(h.own) {
				if !g.Own.Overlaps(h.own) || !g.Ports.MayOverlap(ports) || g.Peer.Intersect(p).Empty(v.Relation.Facts) {
					continue
				}
				s.some = true
				if !g.Ports.Overlaps(ports) {
					continue // it depends on what containers call their ports
				}
				switch o := v.origins[d][h.namespace][i]; {
				case o.isFree():
				case h.own.Implies(g.Own) && inside(p, g.Peer, v.Relation.Facts):
					whole = append(whole, o)
				default:
					part = append(part, o)
				}
			}
		}
	}
	if s.Permitted {
		// What permits all of it says why; what permits parts does where together they are all.
		if s.Because = whole; len(whole) == 0 {
			s.Because = part
		}
		s.Because = uniqueOrigins(s.Because)
	}
	return s
}

// uniqueOrigins sorts origins by where they stand, each once.
func uniqueOrigins(list []Origin) []Origin {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Origin) int {
		fileA, lineA := a.place()
		fileB, lineB := b.place()
		return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.text(), b.text()))
	})
	return slices.CompactFunc(list, func(a, b Origin) bool {
		return a.Edge == b.Edge && a.Policy == b.Policy && a.Rule == b.Rule && a.File == b.File && a.Line == b.Line
	})
}

// place returns the file and line of what a grant is from.
func (o Origin) place() (string, int) {
	if o.Edge != nil {
		at := o.Edge.Span
		return at.File.Name, at.Begin().Line
	}
	return o.File, o.Line
}

// text is the edge in the language's syntax, or the policy and its rule.
func (o Origin) text() string {
	switch {
	case o.Edge != nil && o.Edge.Implicit:
		return o.Edge.String() + "  # dns"
	case o.Edge != nil:
		return o.Edge.String()
	}
	return "NetworkPolicy " + o.Policy + " " + o.Rule
}
