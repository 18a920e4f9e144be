package answer

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Connection is what every member of one party may open to every member of another.
type Connection struct {
	From, To *Party
	Ports    relation.Ports
	Because  []Origin
}

// Implicit reports whether only edges that nobody wrote permit the connection.
func (c Connection) Implicit() bool {
	for _, o := range c.Because {
		if o.Edge == nil || !o.Edge.Implicit {
			return false
		}
	}
	return true
}

// Reach lists the permitted connections that some edge or policy speaks of, between all
// parties and those asked for beside them. What flows between parties that are isolated on
// neither side flows without any, and is not listed.
func (v *View) Reach(asked ...*Party) []Connection {
	parties := slices.Clone(v.Parties)
	for _, p := range asked {
		if !slices.Contains(parties, p) {
			parties = append(parties, p)
		}
	}
	x := newIndex(parties, v.Relation.Facts)
	pairs := map[pair]*[2]half{}
	for _, d := range []relation.Direction{relation.Egress, relation.Ingress} {
		for _, own := range parties {
			v.halves(own, d, x, func(peer *Party, h half) {
				key := pair{own, peer}
				if d == relation.Ingress {
					key = pair{peer, own}
				}
				if pairs[key] == nil {
					pairs[key] = &[2]half{}
				}
				pairs[key][d] = h
			})
		}
	}
	open := [2]map[*Party]bool{v.unrestricted(parties, relation.Egress), v.unrestricted(parties, relation.Ingress)}
	var out []Connection
	for key, halves := range pairs {
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
			out = append(out, Connection{key.from, key.to, both, uniqueOrigins(because)})
		}
	}
	slices.SortFunc(out, func(a, b Connection) int {
		return cmp.Or(cmp.Compare(a.From.Name, b.From.Name), cmp.Compare(a.To.Name, b.To.Name))
	})
	return out
}

type pair struct{ from, to *Party }

// half is what one side of a connection between two parties permits.
type half struct {
	ports   relation.Ports
	origins []Origin
}

// unrestricted is the parties none of whose members are isolated in a direction.
func (v *View) unrestricted(parties []*Party, d relation.Direction) map[*Party]bool {
	open := map[*Party]bool{}
	for _, p := range parties {
		homes, _ := v.homes(p, d)
		open[p] = len(homes) == 0
	}
	return open
}

// halves calls yield for every party towards which a party's pods, in each of their
// namespaces, are permitted something.
func (v *View) halves(own *Party, d relation.Direction, x *index, yield func(*Party, half)) {
	homes, _ := v.homes(own, d)
	var common map[*Party]*half
	for _, h := range homes {
		here := v.halvesOf(own, h, d, x)
		if common == nil {
			common = here
			continue
		}
		for peer, c := range common {
			other := here[peer]
			if other == nil {
				delete(common, peer)
				continue
			}
			c.ports = c.ports.Intersect(other.ports)
			c.origins = append(c.origins, other.origins...)
		}
	}
	for peer, h := range common {
		yield(peer, *h)
	}
}

// halvesOf returns what a party's pods in one namespace are permitted, by peer.
func (v *View) halvesOf(own *Party, h home, d relation.Direction, x *index) map[*Party]*half {
	contract := v.Relation.Contracts[d][h.namespace]
	type parts struct {
		half
		ports []relation.Ports // by part
	}
	found := map[*Party]*parts{}
	for _, i := range contract.Implied(h.own) {
		g, origin := contract.Grants()[i], v.origins[d][h.namespace][i]
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
		f.half.ports = f.ports[0]
		for _, p := range f.ports[1:] {
			f.half.ports = f.half.ports.Intersect(p)
		}
		if !f.half.ports.IsEmpty() {
			out[party] = &f.half
		}
	}
	return out
}
