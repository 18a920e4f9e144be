package query

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// Answer says whether a connection is permitted: every one from any member of
// the one party to any of the other, on each of the ports.
type Answer struct {
	Query
	Permitted       bool
	Egress, Ingress Side
	// Some is set where it is not, but some members may connect on some of the ports, or would if their
	// containers gave a port a name.
	Some   bool
	some   bool // the same, whatever containers call their ports
	gaveUp bool // the search gave up on a side, and the other does not deny the connection
	// byTiers is the namespaces in which only tiers isolate their pods.
	byTiers []string
	// Undecided is what zt cannot evaluate and what could change the answer. If there is any, the
	// connection does not count as permitted, and the two sides say what NetworkPolicies permit.
	Undecided []Undecided
	// Fact is what the network plugin does that decides a denial; "" if nothing of that.
	Fact string
	// Suggestion is the line that would permit the connection, if there is one, and Objections are the
	// lines that forbid it or conflict with it.
	Suggestion string
	Objections []Place
	// Hosts are the workloads on the host network that one end seems to have, and does not: selectors do
	// not match their pods, and policies do not apply to them.
	Hosts []string
	// Near is the rules of policies that come nearest to permitting a connection that is denied.
	Near []NearMiss
}

// Verdict returns the answer in one word.
func (a Answer) Verdict() Verdict {
	switch {
	case len(a.Undecided) > 0:
		return Unknown
	case a.Permitted:
		return Permitted
	}
	return Denied
}

// Side is the answer for one side of a connection.
type Side struct {
	Isolated   bool    `json:"isolated"` // some of its pods are isolated in this direction
	IsolatedBy []Place `json:"isolatedBy,omitempty"`
	Permitted  bool    `json:"permitted"`
	// Undecided is set if something that is open decides whether this side permits it.
	Undecided bool    `json:"undecided,omitempty"`
	Because   Origins `json:"because"` // what permits it
	// Decisions is what the rules of each tier do, if policies of the whole cluster apply to the pods.
	Decisions []Decision `json:"decisions,omitempty"`
	some      bool       // something of it is permitted
	certain   bool       // the same, whatever containers call their ports
	gaveUp    bool       // the search gave up, so that Permitted is not known
	// ByName is what permits a part of a denied connection that depends on what DNS names resolve to.
	ByName Origins `json:"byName,omitempty"`
}

// Why answers a question.
func (v *Model) Why(q Query) Answer {
	a := v.answer(q)
	v.decide(q.From, q.To, q.Ports, relation.Egress, &a.Egress)
	v.decide(q.To, q.From, q.Ports, relation.Ingress, &a.Ingress)
	if v.topology != nil {
		for _, n := range v.topology.Namespaces {
			if n.Enforced() && !n.Governed() {
				a.byTiers = append(a.byTiers, n.Name)
			}
		}
	}
	if p := v.network().Plugin; p != nil && !a.Permitted && (v.unmatched(q.From) || v.unmatched(q.To)) {
		a.Fact = fmt.Sprintf("%s matches no node by address, unless %s is set", p.Title, p.SettingOf(topology.BlocksMatchNodes))
	}
	if a.Undecided = v.undecidedAnswer(a); len(a.Undecided) > 0 {
		a.Permitted = false
		v.openSides(&a)
	}
	v.dropsSCTP(&a)
	a.Near = v.nearMisses(a)
	v.notOnHosts(&a)
	return a
}

// openSides notes the sides of an undecided answer that other readings answer otherwise.
func (v *Model) openSides(a *Answer) {
	readings := []*Model{v.wide()}
	if v.nodesMet != nil {
		readings = append(readings, v.nodesMet, v.nodesMet.wide())
	}
	for _, w := range readings {
		other := w.answer(a.Query)
		for _, sides := range [][2]*Side{{&a.Egress, &other.Egress}, {&a.Ingress, &other.Ingress}} {
			s, t := sides[0], sides[1]
			s.Undecided = s.Undecided || !s.gaveUp && (s.Permitted != t.Permitted || s.certain != t.certain)
		}
	}
	for _, s := range []*Side{&a.Egress, &a.Ingress} {
		s.Permitted = s.Permitted && !s.Undecided
	}
}

// notOnHosts says of a denial that pods on the host network, which have the labels of an end, may connect
// all the same.
func (v *Model) notOnHosts(a *Answer) {
	if a.Verdict() != Denied {
		return
	}
	for i, end := range []*Party{a.From, a.To} {
		if end.workload != nil || end.Free || !end.hasPods() {
			continue
		}
		var names []string
		for _, host := range v.Parties {
			if host.Host == "" || !slices.ContainsFunc(end.Parts, func(part relation.Peer) bool { return v.fits(host.workload, part) }) {
				continue
			}
			if len(names) == 0 { // the answer is the same for all
				q := a.Query
				if i == 0 {
					q.From = host
				} else {
					q.To = host
				}
				if other := v.answer(q); !other.Permitted && !other.Some {
					break
				}
			}
			names = append(names, host.Name)
		}
		a.Some, a.Hosts = a.Some || len(names) > 0, append(a.Hosts, names...)
	}
}

// answer answers a question by the rules that zt evaluates.
func (v *Model) answer(q Query) Answer {
	a := Answer{Query: q}
	a.Egress = v.side(q.From, q.To, q.Ports, relation.Egress)
	a.Ingress = v.side(q.To, q.From, q.Ports, relation.Ingress)
	a.Permitted = a.Egress.Permitted && a.Ingress.Permitted
	a.gaveUp = !a.Permitted && (a.Egress.Permitted || a.Egress.gaveUp) && (a.Ingress.Permitted || a.Ingress.gaveUp)
	a.Some = !a.Permitted && a.Egress.some && a.Ingress.some
	a.some = !a.Permitted && a.Egress.certain && a.Ingress.certain
	return a
}

// home is the pods of a party in one home of the relation that has rules in a direction.
type home struct {
	namespace string // or a class of them
	own       relation.Selector
}

// homes lists the pods of a party that may be isolated in a direction; others
// reports whether it has members that are not.
func (v *Model) homes(p *Party, d relation.Direction) (homes []home, others bool) {
	if p.Free {
		return nil, true
	}
	for _, part := range p.Parts {
		pods, ok := part.(relation.Pods)
		if !ok {
			others = true
			continue
		}
		isolated, rest := v.Relation.Homes(pods.Namespaces, d)
		others = others || rest
		for _, ns := range isolated {
			if v.ordered.Guards(ns, d) {
				homes = append(homes, home{ns, pods.Labels})
				continue
			}
			free := v.free(ns, d, pods.Labels)
			others = others || free != none
			if free != all {
				homes = append(homes, home{ns, pods.Labels})
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
func (v *Model) free(ns string, d relation.Direction, pods relation.Selector) amount {
	free, isolators, grants := v.freeGrants(ns, d), v.isolators[d][ns], v.Relation.RuleSets[d][ns].Rules()
	few := isolators == nil || len(free) <= len(isolators.list)
	someFree := func() bool {
		return slices.ContainsFunc(free, func(i int) bool { return pods.Overlaps(grants[i].Own) })
	}
	// Either list can be long: thousands of policies leave one kind of free pods, a hundred thousands.
	switch {
	case pods.IsEmpty(), few && !someFree():
		return none
	case !isolators.some(pods):
		return all
	case few || someFree():
		return some
	}
	return none
}

// freeSelectors returns the pods of a namespace that no policy isolates in a direction.
func (v *Model) freeSelectors(ns string, d relation.Direction) []relation.Selector {
	var out []relation.Selector
	for _, i := range v.freeGrants(ns, d) {
		out = append(out, v.Relation.RuleSets[d][ns].Rules()[i].Own)
	}
	return out
}

// freeGrants returns the positions of the grants of pods that no policy isolates. They are few, and
// asked for with each line of a comparison.
func (v *Model) freeGrants(ns string, d relation.Direction) []int {
	if v.freeAt[d] == nil {
		v.freeAt[d] = map[string][]int{}
		for name, list := range v.origins[d] {
			for i, o := range list {
				if o.isFree() {
					v.freeAt[d][name] = append(v.freeAt[d][name], i)
				}
			}
		}
	}
	return v.freeAt[d][ns]
}

// side says what the own side of a connection permits towards a peer.
func (v *Model) side(own, peer *Party, ports relation.Ports, d relation.Direction) Side {
	if own.Free {
		denied, gaveUp := v.deniedHomes(peer, ports, d)
		return Side{Permitted: len(denied) == 0 && !gaveUp, some: true, certain: true, gaveUp: gaveUp && len(denied) == 0}
	}
	homes, others := v.homes(own, d)
	s := Side{Isolated: len(homes) > 0, IsolatedBy: v.isolatedBy(homes, d), Permitted: true, some: others, certain: others}
	denied := false
	var whole, part []Origin
	for _, h := range homes {
		for _, p := range peer.Parts {
			to, at := peer, p
			if d == relation.Ingress {
				to, at = own, relation.PodPeer(relation.Selector{}, h.own)
			}
			contract := v.resolved(v.Relation.RuleSets[d][h.namespace], to, at)
			asked := relation.Rule{Own: h.own, Peer: p, Ports: ports}
			covered, gaveUp := contract.Covers(asked)
			if !covered && !gaveUp && contract.HasNames() && v.ordered.Guards(h.namespace, d) {
				covered, gaveUp = coversByNames(contract, asked)
			}
			s.Permitted = s.Permitted && covered
			s.gaveUp = s.gaveUp || gaveUp
			denied = denied || !covered && !gaveUp
			for i, g := range contract.Concerning(h.own) {
				if !g.Own.Overlaps(h.own) || !g.Ports.MayOverlap(ports) || !g.Peer.Overlaps(p, v.Relation.Facts) {
					continue
				}
				s.some = true
				if !g.Ports.Overlaps(ports) {
					continue // it depends on what containers call their ports
				}
				s.certain = true
				switch o := v.origins[d][h.namespace][i]; {
				case o.isFree():
				case h.own.Implies(g.Own) && p.Inside(g.Peer, v.Relation.Facts):
					whole = append(whole, o)
				default:
					part = append(part, o)
					if namesDecide(p) || namesDecide(g.Peer) {
						s.ByName = append(s.ByName, o)
					}
				}
			}
		}
	}
	s.gaveUp = s.gaveUp && !denied
	if s.ByName = uniqueOrigins(s.ByName); s.Permitted {
		s.ByName = nil
		// What permits all of it says why; what permits parts does where together they are all.
		if s.Because = whole; len(whole) == 0 {
			s.Because = part
		}
		s.Because = uniqueOrigins(s.Because)
	}
	return s
}

// maxNames is by how many names of ports a question is cut: there are two pieces for each.
const maxNames = 6

// coversByNames reports whether rules permit all of a question, whatever containers call its ports.
// Ordered rules can decide about a port by its name, and by its lack of the name.
func coversByNames(contract *relation.RuleSet, asked relation.Rule) (covered, gaveUp bool) {
	var names []relation.NamedPort
	for _, g := range contract.Concerning(asked.Own) {
		names = append(names, g.Ports.Names()...)
	}
	slices.SortFunc(names, func(a, b relation.NamedPort) int { return cmp.Compare(a.String(), b.String()) })
	if names = slices.Compact(names); len(names) > maxNames {
		return false, true
	}
	pieces := []relation.Ports{asked.Ports}
	for _, name := range names {
		var next []relation.Ports
		for _, p := range pieces {
			for _, piece := range []relation.Ports{p.And(relation.Named(name)), p.Minus(relation.Named(name))} {
				if !piece.IsEmpty() {
					next = append(next, piece)
				}
			}
		}
		pieces = next
	}
	for _, piece := range pieces {
		asked.Ports = piece
		if covered, gaveUp := contract.Covers(asked); !covered {
			return false, gaveUp
		}
	}
	return true, false
}

// uniqueOrigins sorts origins by where they stand, each once.
func uniqueOrigins(list []Origin) []Origin {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Origin) int { return a.at().compare(b.at()) })
	return slices.CompactFunc(list, func(a, b Origin) bool { return a.Edge == b.Edge && a.Place == b.Place })
}

// at returns where the edge or the rule stands.
func (o Origin) at() Place {
	if o.Edge != nil {
		return edgePlace(o.Edge, o.Edge.Span)
	}
	p := o.Place
	p.Text = cmp.Or(p.Kind, "NetworkPolicy") + " " + p.Policy + " " + p.Rule
	return p
}
