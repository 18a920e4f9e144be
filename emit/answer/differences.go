package answer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// Difference is connections that one view permits and another does not.
type Difference struct {
	Connection
	// Partly is set where that holds of some members only: the one view does not permit
	// all of it, or the other permits some.
	Partly  bool
	Witness relation.Connection
	// StoppedBy is what isolates the ends of the witness where the other view does not permit it.
	StoppedBy []Place
	facts     *relation.Facts
}

// Beyond lists what one view permits and another does not, which must be made with the same labels of
// namespaces. It lists nothing exactly where there is no difference, over every pod
// that could exist, and otherwise the fewest lines that say all of it: the edges and rules that
// permit more, what they have in common merged.
func (v *View) Beyond(other *View) []Difference {
	var lines []Difference
	at := map[pair]int{}
	relation.Exceed(v.Relation, other.Relation, func(e relation.Excess) bool {
		origin := v.origin(e, other)
		key := pair{origin.from, origin.to}
		i, ok := at[key]
		if !ok {
			i = len(lines)
			at[key] = i
			lines = append(lines, Difference{Connection: Connection{From: origin.from, To: origin.to}, Witness: e.Witness, facts: v.Relation.Facts})
		}
		l := &lines[i]
		l.Ports = l.Ports.Union(e.Rest.Ports)
		if !origin.isFree() {
			l.Because = append(l.Because, origin)
		}
		return true
	})
	lines = v.merge(lines)
	for i := range lines {
		l := &lines[i]
		l.Because = uniqueOrigins(l.Because)
		l.StoppedBy = other.stoppers(l.Witness)
		l.Partly = v.amount(l.Connection) != all || other.amount(l.Connection) != none
	}
	slices.SortStableFunc(lines, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.From.Name, b.From.Name), cmp.Compare(a.To.Name, b.To.Name))
	})
	return lines
}

// amount says how many of the connections between two parties are permitted.
func (v *View) amount(c Connection) amount {
	concrete := func(p *Party) *Party { return &Party{Name: p.Name, Parts: p.Parts} } // also all is asked for its own side
	from, to := concrete(c.From), concrete(c.To)
	egress, ingress := v.side(from, to, c.Ports, relation.Egress), v.side(to, from, c.Ports, relation.Ingress)
	switch {
	case egress.Permitted && ingress.Permitted:
		return all
	case egress.some && ingress.some:
		return some
	}
	return none
}

// origin returns what an excess is from.
func (v *View) origin(e relation.Excess, other *View) Origin {
	grants := relation.Everything()
	if contract := v.Relation.Contracts[e.Direction][e.Namespace]; contract != nil {
		if origin := v.origins[e.Direction][e.Namespace][e.Grant]; !origin.isFree() {
			return origin
		}
		grants = contract.Grants()
	}
	return v.freeOrigin(e.Namespace, e.Direction, grants[e.Grant], other)
}

// freeOrigin names the ends of what pods may do that nothing isolates.
func (v *View) freeOrigin(ns string, d relation.Direction, g relation.Grant, other *View) Origin {
	own, peer := v.podsNamed(namespaceOf(ns), g.Own, other), v.everybody(g.Peer.IsAddrs)
	if d == relation.Egress {
		return Origin{from: own, to: peer}
	}
	return Origin{from: peer, to: own}
}

// everyAddress is the name of all addresses of both families.
const everyAddress = "0.0.0.0/0, ::/0"

// everybody returns the party of every address, or of every pod.
func (v *View) everybody(addrs bool) *Party {
	if addrs {
		return v.intern(everyAddress, []relation.Peer{relation.AddrPeer(relation.EveryAddr)}, false)
	}
	return v.intern("cluster", relation.EveryPeer[:1], false)
}

// podsNamed returns the party of pods: by the name that either view has for just those, or
// else by the labels that select them.
func (v *View) podsNamed(namespaces, pods relation.Selector, other *View) *Party {
	peer := relation.PodPeer(namespaces, pods)
	for _, view := range []*View{v, other} {
		if view == nil {
			continue
		}
		if p := view.partyOf(peer); p != nil {
			return v.intern(p.Name, p.Parts, p.Free)
		}
	}
	if namespaces.IsAny() && pods.IsAny() {
		return v.everybody(false)
	}
	return v.intern(podsName(namespaces, pods), []relation.Peer{peer}, false)
}

// podsName writes a set of pods: ns/*, ns/{k=v,...}, and where a selector chooses the
// namespaces, that in braces too.
func podsName(namespaces, pods relation.Selector) string {
	ns, ok := onlyName(namespaces)
	switch {
	case ok && len(namespaces.Keys()) == 1:
	case namespaces.IsAny():
		ns = "*"
	default:
		ns = "{" + namespaces.String() + "}"
	}
	if pods.IsAny() {
		return ns + "/*"
	}
	return ns + "/{" + pods.String() + "}"
}

// partyOf returns the party that is just a peer, or nil.
func (v *View) partyOf(peer relation.Peer) *Party {
	if v.byPeer == nil {
		v.byPeer = map[string]*Party{}
		for _, p := range v.Parties {
			if len(p.Parts) == 1 && v.byPeer[p.Parts[0].Key()] == nil {
				v.byPeer[p.Parts[0].Key()] = p
			}
		}
	}
	return v.byPeer[peer.Key()]
}

// intern returns the one party of a name that is not among the view's own.
func (v *View) intern(name string, parts []relation.Peer, free bool) *Party {
	if p := v.byName[name]; p != nil {
		return p
	}
	p := &Party{Name: name, Parts: parts, Free: free}
	v.byName[name] = p
	return p
}

// merge joins lines: every pod and every address are all, and what a wider line says is left out.
func (v *View) merge(lines []Difference) []Difference {
	everyone := v.intern("all", relation.EveryPeer, true)
	lines = v.join(lines, everyone, func(c *Connection) **Party { return &c.From })
	lines = v.join(lines, everyone, func(c *Connection) **Party { return &c.To })
	if len(lines) > manyLines {
		return lines
	}
	return slices.DeleteFunc(slices.Clone(lines), func(l Difference) bool {
		return slices.ContainsFunc(lines, func(wider Difference) bool {
			return (wider.From != l.From || wider.To != l.To) && v.covers(wider, l) && !v.covers(l, wider)
		})
	})
}

// manyLines is how many lines are held against each other, which costs their square.
const manyLines = 2000

func (v *View) covers(wider, l Difference) bool {
	return l.Ports.Subset(wider.Ports) && l.From.within(wider.From.Parts, v.Relation.Facts) && l.To.within(wider.To.Parts, v.Relation.Facts)
}

// join makes one line to all of two that say the same of every pod and of every address.
func (v *View) join(lines []Difference, everyone *Party, end func(*Connection) **Party) []Difference {
	type rest struct {
		other *Party
		ports string
	}
	key := func(l *Difference) rest {
		other := l.From
		if *end(&l.Connection) == l.From {
			other = l.To
		}
		return rest{other, strings.Join(l.Ports.Strings(), ",")}
	}
	addresses := map[rest]int{}
	for i := range lines {
		if (*end(&lines[i].Connection)).Name == everyAddress {
			addresses[key(&lines[i])] = i
		}
	}
	gone := map[int]bool{}
	for i := range lines {
		if (*end(&lines[i].Connection)).Name != "cluster" {
			continue
		}
		if j, ok := addresses[key(&lines[i])]; ok {
			gone[j] = true
			lines[i].Because = append(lines[i].Because, lines[j].Because...)
			*end(&lines[i].Connection) = everyone
		}
	}
	var out []Difference
	for i, l := range lines {
		if !gone[i] {
			out = append(out, l)
		}
	}
	return out
}
