package query

import (
	"cmp"
	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// Difference is connections that one view permits and another does not.
type Difference struct {
	Connection
	// Partly is set where that holds of some members only: the one view does not permit
	// all of it, or the other permits some.
	Partly bool
	// Perhaps is set if it depends on something that zt does not know or evaluate.
	Perhaps bool
	Witness relation.Connection
	// Workloads are those whose pods are among the ends that nothing isolates, if they are few.
	Workloads []string
	// StoppedBy is what isolates the ends of the witness where the other view does not permit it.
	StoppedBy []Place
	facts     *relation.Facts
}

// Beyond lists what one view permits and another does not, which must be made with the same labels of
// namespaces. It lists nothing exactly where there is no difference, over every pod
// that could exist, and otherwise the fewest lines that say all of it: the edges and rules that
// permit more, what they have in common merged. Of very many it lists some.
func (v *Model) Beyond(other *Model) (lines []Difference, how extent) {
	at := map[pair]*Difference{}
	var found []*Difference
	parts, how := v.exceeding(other)
	for _, e := range parts {
		key := pair{e.origin.from, e.origin.to}
		l := at[key]
		if l == nil {
			l = &Difference{Connection: Connection{From: key.from, To: key.to}, Witness: e.Witness, facts: v.Relation.Facts}
			at[key] = l
			found = append(found, l)
		}
		l.Ports = l.Ports.Union(e.Rest.Ports)
		l.Workloads = append(l.Workloads, e.workloads...)
		l.guarded = l.guarded || v.ordered.Guards(e.Home, e.Direction)
		if !e.origin.isFree() {
			l.Because = append(l.Because, e.origin)
		}
	}
	for _, l := range v.merge(found) {
		l.Because = uniqueOrigins(l.Because)
		slices.Sort(l.Workloads)
		l.Workloads = slices.Compact(l.Workloads)
		l.StoppedBy = other.stoppers(l.Witness)
		l.Partly = v.amount(l.Connection) != all || other.amount(l.Connection) != none
		lines = append(lines, *l)
	}
	slices.SortStableFunc(lines, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.From.Name, b.From.Name), cmp.Compare(a.To.Name, b.To.Name))
	})
	return lines, how
}

// maxListed bounds the parts of a difference that are listed. Nobody reads so many, and each takes
// work and memory.
const maxListed = 5_000

// mostListed is maxListed, or fewer of manifests with many policies: each part is asked of all of them.
func mostListed(a, b *Model) int {
	policies := 0
	for _, v := range []*Model{a, b} {
		for _, d := range directions {
			for _, list := range v.isolators[d] {
				policies += len(list.list)
			}
		}
		policies += v.cuts()
	}
	return min(maxListed, max(100, 5_000_000/max(policies, 1)))
}

// cuts returns how many requirements the rules have that policies which deny cut the others into.
func (v *Model) cuts() (n int) {
	for _, d := range directions {
		for home, set := range v.Relation.RuleSets[d] {
			if v.ordered.Guards(home, d) {
				for _, r := range set.Rules() {
					n += len(r.Own.Keys())
				}
			}
		}
	}
	return n
}

// extent says how far a search for differences went.
type extent struct {
	gaveUp bool // on rules whose selectors combine in too many ways
	more   bool // than are listed
}

// amount says how many of the connections between two parties are permitted.
func (v *Model) amount(c Connection) amount {
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

// excess is a part of what only one view permits, and what permits it there.
type excess struct {
	relation.Difference
	origin    Origin
	workloads []string
}

// exceeding lists the parts of what a view permits and another does not, and returns how far it
// looked.
func (v *Model) exceeding(other *Model) ([]excess, extent) {
	type rule struct {
		namespace string
		direction relation.Direction
		grant     int
	}
	most := mostListed(v, other)
	var list []excess
	free := map[rule][]int{} // the parts that are of pods that nothing isolates
	more := false
	complete := relation.Differences(v.Relation, other.Relation, func(e relation.Difference) bool {
		if more = len(list) == most; more {
			return false
		}
		x := excess{Difference: e}
		if v.Relation.RuleSets[e.Direction][e.Home] != nil {
			x.origin = v.origins[e.Direction][e.Home][e.Position]
		}
		if x.origin.isFree() {
			r := rule{e.Home, e.Direction, e.Position}
			free[r] = append(free[r], len(list))
		}
		list = append(list, x)
		return true
	})
	for r, parts := range free {
		first := list[parts[0]].Rest.Own.String()
		several := slices.ContainsFunc(parts, func(i int) bool { return list[i].Rest.Own.String() != first })
		for _, i := range parts {
			x := &list[i]
			own := x.Rest.Own
			if several { // one line for all of them says more than one for each
				own = relation.Selector{}
				if set := v.Relation.RuleSets[r.direction][r.namespace]; set != nil {
					own = set.Rules()[x.Position].Own
				}
			}
			x.origin = v.freeOrigin(x.Namespaces, r.direction, own, x.Rest.Peer, other)
			if !own.IsAny() && !x.Among { // else the pods of others that are not listed might have names too
				v.nameWorkloads(x, other)
			}
		}
	}
	return list, extent{!complete, more}
}

// fewWorkloads is how many workloads are named one by one.
const fewWorkloads = 3

// nameWorkloads notes which workloads have pods that an excess is of, where these are few, and takes
// a pod of the first as its witness.
func (v *Model) nameWorkloads(x *excess, other *Model) {
	ns, ok := onlyName(x.Namespaces)
	if !ok {
		return
	}
	found := map[string]relation.Connection{}
	for _, view := range []*Model{v, other} {
		for _, p := range view.Parties {
			w := p.workload
			if w == nil || w.Namespace != ns || !x.Rest.Own.Matches(w.Labels) {
				continue
			}
			c := x.Witness
			labels := v.telling(w.Labels)
			maps.Copy(labels, other.telling(w.Labels))
			if x.Direction == relation.Egress {
				c.From.Labels = labels
			} else {
				c.To.Labels = labels
			}
			if v.Relation.Permits(c) && !other.Relation.Permits(c) {
				found[p.Name] = c
			}
		}
	}
	if len(found) == 0 || len(found) > fewWorkloads {
		return
	}
	x.workloads = slices.Sorted(maps.Keys(found))
	x.Witness = found[x.workloads[0]]
}

// freeOrigin names the ends of what pods may do that nothing isolates.
func (v *Model) freeOrigin(namespaces relation.Selector, d relation.Direction, pods relation.Selector, at relation.Peer, other *Model) Origin {
	own, peer := v.podsNamed(namespaces, pods, other), v.everybody(at)
	from, to := sides(d, own, peer)
	return Origin{from: from, to: to}
}

// everyAddress is the name of all addresses of both families.
const everyAddress = "0.0.0.0/0, ::/0"

// everybody returns the party of every address or of every pod, whichever a peer is some of.
func (v *Model) everybody(some relation.Peer) *Party {
	if _, ok := some.(relation.Addresses); ok {
		return v.intern(everyAddress, []relation.Peer{relation.AddrPeer(relation.EveryAddr)}, false)
	}
	return v.intern("cluster", relation.EveryPeer[:1], false)
}

// podsNamed returns the party of pods: by the name that either view has for just those, or
// else by the labels that select them.
func (v *Model) podsNamed(namespaces, pods relation.Selector, other *Model) *Party {
	peer := relation.PodPeer(namespaces, pods)
	for _, view := range []*Model{v, other} {
		if view == nil {
			continue
		}
		if p := view.partyOf(peer); p != nil {
			// A workload of this name may be a wider set of pods here, where less tells it from others.
			if named := v.intern(p.Name, p.Parts, p.Free); len(named.Parts) == 1 && named.Parts[0].Key() == peer.Key() {
				return named
			}
		}
	}
	if namespaces.IsAny() && pods.IsAny() {
		return v.everybody(peer)
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

// partyOf returns the party that is just a peer, or nil. Pods of several workloads that policies do
// not tell apart have no name that is true of all of them but their labels.
func (v *Model) partyOf(peer relation.Peer) *Party {
	if v.byPeer == nil {
		v.byPeer = map[string]*Party{}
		for _, p := range v.Parties {
			if len(p.Parts) != 1 || p.Host != "" {
				continue
			}
			key := p.Parts[0].Key()
			switch old, found := v.byPeer[key]; {
			case !found || p.workload == nil && (old == nil || old.workload != nil):
				v.byPeer[key] = p
			case p.workload != nil && old != nil && old.workload != nil:
				v.byPeer[key] = nil
			}
		}
	}
	return v.byPeer[peer.Key()]
}

// intern returns the one party of a name that is not among the view's own.
func (v *Model) intern(name string, parts []relation.Peer, free bool) *Party {
	if p := v.byName[name]; p != nil {
		return p
	}
	p := &Party{Name: name, Parts: parts, Free: free}
	v.byName[name] = p
	return p
}

// merge joins lines: every pod and every address are all, and what a wider line says is left out.
func (v *Model) merge(lines []*Difference) []*Difference {
	everyone := v.intern("all", relation.EveryPeer, true)
	lines = join(lines, everyone, func(l *Difference) (end **Party, other *Party) { return &l.From, l.To })
	lines = join(lines, everyone, func(l *Difference) (end **Party, other *Party) { return &l.To, l.From })
	if len(lines) > manyLines {
		return lines
	}
	return slices.DeleteFunc(slices.Clone(lines), func(l *Difference) bool {
		return slices.ContainsFunc(lines, func(wider *Difference) bool {
			return (wider.From != l.From || wider.To != l.To) && v.covers(wider, l) && !v.covers(l, wider)
		})
	})
}

// manyLines is how many lines are held against each other, which costs their square.
const manyLines = 2000

func (v *Model) covers(wider, l *Difference) bool {
	return l.Ports.Subset(wider.Ports) && l.From.within(wider.From.Parts, v.Relation.Facts) && l.To.within(wider.To.Parts, v.Relation.Facts)
}

// join makes one line to all of two that say the same of every pod and of every address.
func join(lines []*Difference, everyone *Party, ends func(*Difference) (end **Party, other *Party)) []*Difference {
	type rest struct {
		other *Party
		ports string
	}
	ofPods := map[rest]*Difference{}
	for _, l := range lines {
		if end, other := ends(l); (*end).Name == "cluster" {
			ofPods[rest{other, l.Ports.String()}] = l
		}
	}
	return slices.DeleteFunc(lines, func(l *Difference) bool {
		end, other := ends(l)
		pods := ofPods[rest{other, l.Ports.String()}]
		if (*end).Name != everyAddress || pods == nil {
			return false
		}
		pods.Because = append(pods.Because, l.Because...)
		pods.Workloads = append(pods.Workloads, l.Workloads...)
		end, _ = ends(pods)
		*end = everyone
		return true
	})
}
