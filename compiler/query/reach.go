package query

import (
	"cmp"
	"math"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Connection is what every member of one party may open to every member of another.
type Connection struct {
	From, To *Party
	Ports    relation.Ports
	Because  []Origin
	// guarded is set if policies of the whole cluster have rules for one of the ends.
	guarded bool
}

// Implicit reports whether only edges that nobody wrote permit the connection.
func (c Connection) Implicit() bool {
	return !slices.ContainsFunc(c.Because, func(o Origin) bool { return o.Edge == nil || !o.Edge.Implicit })
}

// Reach lists the permitted connections between all parties, and those asked for beside them.
//
// Connections between parties that no policy isolates on either side are not listed pair by pair,
// since that would be the square of the parties: `all -> P` says that P's ingress is open, and
// `P -> all` that its egress is. For a party asked for, the pairs are listed too. Where policies deny some of that
// for pods of others, what remains is listed instead: see remainder.
func (v *Model) Reach(asked ...*Party) []Connection {
	list, _ := v.reach(asked, nil, nil, math.MaxInt)
	return list
}

// MaxPairs is how many pairs of parties Connections looks at.
const MaxPairs = 500_000

// Connections lists what Reach lists between some parties, if there are any, or all: of these, and of
// parties that share members with them. It is false if there are more than MaxPairs.
func (v *Model) Connections(from, to []*Party) ([]Connection, bool) {
	return v.reach(slices.Concat(from, to), v.sharing(from), v.sharing(to), MaxPairs)
}

// AllConnections lists what Reach lists. It is false if these are more than MaxPairs.
func (v *Model) AllConnections(asked ...*Party) ([]Connection, bool) {
	return v.reach(asked, nil, nil, MaxPairs)
}

func (v *Model) reach(asked []*Party, starts, ends among, most int) ([]Connection, bool) {
	parties := slices.Clone(v.Parties)
	for _, p := range asked {
		if !slices.Contains(parties, p) {
			parties = append(parties, p)
		}
	}
	var remainders [2]*remainder // of all, as the side of a direction
	for _, d := range directions {
		var ok bool
		if remainders[d], ok = v.remainder(d); !ok {
			return nil, false
		}
	}
	listed := parties
	parties, added := v.withRemainders(slices.Clip(parties), remainders)
	every := newIndex(parties, v.Relation.Facts)
	pairs := map[pair]*[2]half{}
	for _, d := range directions {
		owns, peers := sides(d, starts, ends)
		x := every
		if peers != nil {
			x = newIndex(slices.DeleteFunc(slices.Clone(parties), func(p *Party) bool { return !peers.has(p) }), v.Relation.Facts)
		}
		for _, own := range listed {
			if !owns.has(own) {
				continue
			}
			homes, others := v.homes(own, d)
			for peer, h := range v.halves(own, homes, d, x) {
				if others && !slices.Contains(asked, own) {
					h.drop(own, d, v.Relation.Facts)
				}
				from, to := sides(d, own, peer)
				key := pair{from, to}
				if pairs[key] == nil {
					pairs[key] = &[2]half{}
				}
				pairs[key][d] = *h
			}
			if len(pairs) > most || x.looks > maxLooks {
				return nil, false
			}
		}
	}
	open := [2]map[*Party]bool{{}, {}}
	for _, p := range parties {
		for d := range open {
			open[d][p] = v.isOpen(p, relation.Direction(d))
		}
	}
	everyone := v.intern("all", relation.EveryPeer, true)
	open[relation.Egress][everyone], open[relation.Ingress][everyone] = true, true
	add := func(from, to *Party) {
		if !starts.has(from) || !ends.has(to) {
			return
		}
		if key := (pair{from, to}); pairs[key] == nil && open[relation.Egress][from] && open[relation.Ingress][to] {
			pairs[key] = &[2]half{}
		}
	}
	facts := v.Relation.Facts
	isDenied := [2]map[*Party]bool{{}, {}} // some of what it sends to all, or receives
	var beyond [2][]*Party
	for d, r := range remainders {
		if r == nil {
			continue
		}
		for _, p := range listed {
			isDenied[d][p] = r.denies(p, facts)
		}
		beyond[d] = slices.DeleteFunc(r.beyond(listed, facts), func(p *Party) bool { return !open[d][p] })
	}
	for _, p := range listed {
		for _, d := range directions {
			if !p.runsPods() {
				break
			}
			if !isDenied[d][p] {
				add(sides(d, everyone, p))
				continue
			}
			for _, q := range slices.Concat(remainders[d].left, beyond[d]) {
				if p != q {
					add(sides(d, q, p))
				}
			}
			if len(pairs) > most {
				return nil, false
			}
		}
		for _, q := range asked {
			if p != q && (p.runsPods() || q.runsPods()) {
				add(p, q)
				add(q, p)
			}
		}
	}
	var out []Connection
	for key, halves := range pairs {
		if isLess := func(d relation.Direction, own, peer *Party) bool {
			return own == everyone && isDenied[d][peer] || added[d][own] && !isDenied[d][peer]
		}; isLess(relation.Egress, key.from, key.to) || isLess(relation.Ingress, key.to, key.from) {
			continue
		}
		ports := make([]relation.Ports, 2)
		var because []Origin
		for d, own := range []*Party{key.from, key.to} {
			ports[d] = halves[d].ports
			if open[d][own] {
				ports[d] = relation.EveryPort
			}
			because = append(because, halves[d].origins...)
		}
		if both := ports[0].Intersect(ports[1]); !both.IsEmpty() {
			because = slices.DeleteFunc(because, func(o Origin) bool { return o.Edge != nil && !o.Edge.Ports.Overlaps(both) })
			if len(because) == 0 && (halves[0].dropped || halves[1].dropped) {
				continue
			}
			guarded := halves[0].guarded || halves[1].guarded
			if guarded { // rules before and after each other have cut the ports into pieces that nobody wrote
				both = both.Joined()
			}
			out = append(out, Connection{key.from, key.to, both, uniqueOrigins(because), guarded})
		}
	}
	if len(starts)+len(ends) > 0 {
		out = withoutPartsOf(out, starts, ends)
	}
	slices.SortFunc(out, func(a, b Connection) int {
		return cmp.Or(a.From.compare(b.From), a.To.compare(b.To))
	})
	return out, true
}

type pair struct{ from, to *Party }

// withoutPartsOf leaves out connections of parties that a connection of those asked for includes.
func withoutPartsOf(connections []Connection, starts, ends among) []Connection {
	ports := map[pair]relation.Ports{}
	for _, c := range connections {
		ports[pair{c.From, c.To}] = c.Ports
	}
	return slices.DeleteFunc(connections, func(c Connection) bool {
		for _, from := range starts.around(c.From) {
			for _, to := range ends.around(c.To) {
				if wider, ok := ports[pair{from, to}]; ok && (from != c.From || to != c.To) && c.Ports.Subset(wider) {
					return true
				}
			}
		}
		return false
	})
}

// half is what one side of a connection between two parties permits.
type half struct {
	ports   relation.Ports
	origins []Origin
	dropped bool // some origins were
	guarded bool // policies of the whole cluster have rules for it
}

// drop removes what grants something to a part of a party, of which the others are not isolated: a row
// names only what its policy grants.
func (h *half) drop(own *Party, d relation.Direction, facts *relation.Facts) {
	before := len(h.origins)
	h.origins = slices.DeleteFunc(slices.Clone(h.origins), func(o Origin) bool {
		end, _ := sides(d, o.from, o.to)
		return end != own && !own.within(end.Parts, facts)
	})
	h.dropped = len(h.origins) < before
}

// isOpen reports whether no policy isolates any member of a party in a direction.
func (v *Model) isOpen(p *Party, d relation.Direction) bool {
	homes, _ := v.homes(p, d)
	return len(homes) == 0
}

// halves returns what a party's pods are permitted in each of their namespaces, by peer.
func (v *Model) halves(own *Party, homes []home, d relation.Direction, x *index) map[*Party]*half {
	var common map[*Party]*half
	for i, h := range homes {
		here := v.halvesOf(own, h, d, x)
		if i == 0 {
			common = here
		}
		for peer, c := range common {
			other := here[peer]
			switch {
			case other == nil:
				delete(common, peer)
			case other != c:
				c.ports = c.ports.Intersect(other.ports)
				c.origins, c.guarded = append(c.origins, other.origins...), c.guarded || other.guarded
			}
		}
	}
	return common
}

// halvesOf returns what a party's pods in one namespace are permitted, by peer.
func (v *Model) halvesOf(own *Party, h home, d relation.Direction, x *index) map[*Party]*half {
	contract := v.Relation.RuleSets[d][h.namespace]
	type parts struct {
		half
		ports []relation.Ports // by part
	}
	found := map[*Party]*parts{}
	for _, i := range contract.Implied(h.own) {
		g, origin := contract.Rules()[i], v.origins[d][h.namespace][i]
		for _, p := range x.inside(g.Peer) {
			to, at := p.party, p.peer()
			if d == relation.Ingress {
				to, at = own, relation.PodPeer(relation.Selector{}, h.own)
			}
			ports := v.resolve(g.Ports, to, at)
			if ports.IsEmpty() {
				continue // nothing of the destination calls a port so
			}
			f := found[p.party]
			if f == nil {
				f = &parts{ports: make([]relation.Ports, len(p.party.Parts))}
				found[p.party] = f
			}
			f.ports[p.i] = f.ports[p.i].Union(ports)
			if !origin.isFree() {
				f.origins = append(f.origins, origin)
			}
		}
	}
	out := map[*Party]*half{}
	for party, f := range found {
		f.half.ports, f.half.guarded = f.ports[0], v.ordered.Guards(h.namespace, d)
		for _, p := range f.ports[1:] {
			f.half.ports = f.half.ports.Intersect(p)
		}
		if !f.half.ports.IsEmpty() {
			out[party] = &f.half
		}
	}
	return out
}
