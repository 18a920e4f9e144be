package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// Decision is what one rule, or what no rule, does with some of what is asked for.
type Decision struct {
	Tier   Stage
	Action clusterpolicy.Action
	Origin // the rule; zero if NetworkPolicies isolate the pods and none permits it, or if nothing decides
	// Whole is set if the tier decides all that is asked for in this one way.
	Whole bool
	// Open is set if it is not known whether the rule decides.
	Open bool
	// Overridden is set if an earlier tier has decided already.
	Overridden bool
}

// Stage is where a decision is made.
type Stage string

// The stages, in their order. Default is what is permitted because nothing decides.
const (
	InAdmin         Stage = "Admin"
	InNetworkPolicy Stage = "NetworkPolicy"
	InCilium        Stage = "Cilium" // with InNetworkPolicy: where one denies, none permits
	InBaseline      Stage = "Baseline"
	InDefault       Stage = "default"
)

// Guards reports whether rules deny or pass connections of pods of a home in a direction, so that it takes more than
// one that permits to permit.
func (o *Ordered) Guards(home string, d relation.Direction) bool {
	if o == nil {
		return false
	}
	l := o.layers[d][home]
	return l != nil && len(l.admin)+len(l.baseline)+len(l.denied) > 0
}

// Decisions lists the rules that decide about what is asked for of the pods of a home, and those of later
// tiers that they override. Ports of rules are what at makes of them at the destination.
func (o *Ordered) Decisions(home string, d relation.Direction, asked relation.Rule, at func(relation.Ports) relation.Ports) []Decision {
	l := o.layers[d][home]
	if l == nil {
		return nil
	}
	w := &walk{l: l, facts: o.facts, at: at}
	next, decided := w.tier(l.admin, []relation.Rule{asked}, InAdmin, false)
	w.below(next, len(decided) == 0, false)
	w.below(decided, len(next) == 0, true)
	return w.found
}

// walk asks the tiers, in their order.
type walk struct {
	l     *layers
	facts *relation.Facts
	at    func(relation.Ports) relation.Ports
	found []Decision
	steps int
}

// maxWalk is how many rules are compared for one answer.
const maxWalk = 200_000

// tier asks the rules of a tier in order. It returns what they leave to the next, and what they decide.
func (w *walk) tier(units []unit, rest []relation.Rule, tier Stage, overridden bool) (next, decided []relation.Rule) {
	all := true // nothing was taken yet
	for _, u := range units {
		var taken []relation.Rule
		open := false
		for _, b := range u.boxes {
			b.Ports = w.at(b.Ports)
			both := w.and(rest, b.Rule)
			if len(both) == 0 {
				continue
			}
			if open = open || !b.sure; b.sure {
				taken = append(taken, both...)
				rest = w.minus(rest, b.Rule)
			}
		}
		if len(taken) == 0 && !open {
			continue
		}
		w.found = append(w.found, Decision{tier, u.action, u.Origin, all && len(rest) == 0, open, overridden})
		all = all && len(taken) == 0
		if u.action == clusterpolicy.Pass {
			next = append(next, taken...)
		} else {
			decided = append(decided, taken...)
		}
	}
	return append(next, rest...), decided
}

// below asks the NetworkPolicies and policies of Cilium, and then the tier Baseline: about pods that none of
// them isolates, and in Cilium about all.
func (w *walk) below(rest []relation.Rule, all, overridden bool) {
	if len(rest) == 0 {
		return
	}
	before := len(w.found)
	rest, denied := w.tier(w.l.denied, rest, InCilium, overridden)
	all = w.partly(before, all) && len(denied) == 0
	if w.l.asCilium {
		w.belowCilium(rest, all, overridden)
		return
	}
	var free []relation.Rule
	for _, f := range w.free() {
		free = append(free, w.and(rest, f)...)
	}
	for _, f := range free {
		rest = w.minus(rest, f)
	}
	if len(rest) > 0 {
		first := len(w.found)
		left := w.permitting(rest, all && len(free) == 0, overridden)
		if len(left) > 0 {
			w.found = append(w.found, Decision{InNetworkPolicy, clusterpolicy.Deny, Origin{}, all && len(free) == 0 && len(w.found) == first, false, overridden})
		}
	}
	if len(free) > 0 {
		before := len(w.found)
		next, decided := w.tier(w.l.baseline, free, InBaseline, overridden)
		w.partly(before, all && len(rest) == 0)
		if len(next) > 0 && !overridden {
			w.found = append(w.found, Decision{InDefault, clusterpolicy.Accept, Origin{}, all && len(rest) == 0 && len(decided) == 0, false, false})
		}
	}
}

// belowCilium asks what is permitted, and then, about what is left, the tier Baseline.
func (w *walk) belowCilium(rest []relation.Rule, all, overridden bool) {
	first := len(w.found)
	rest = w.permitting(rest, all, overridden)
	before := len(w.found)
	rest, decided := w.tier(w.l.baseline, rest, InBaseline, overridden)
	w.partly(before, all && before == first)
	if len(rest) == 0 || overridden {
		return
	}
	only := all && before == first && len(decided) == 0
	var free []relation.Rule
	for _, f := range w.free() {
		free = append(free, w.and(rest, f)...)
	}
	for _, f := range free {
		rest = w.minus(rest, f)
	}
	if len(rest) > 0 {
		w.found = append(w.found, Decision{InCilium, clusterpolicy.Deny, Origin{}, only && len(free) == 0, false, false})
	}
	if len(free) > 0 {
		w.found = append(w.found, Decision{InDefault, clusterpolicy.Accept, Origin{}, only && len(rest) == 0, false, false})
	}
}

// partly notes that decisions from a position on are about all that is asked for only if the tier is asked
// about all, and returns whether the next one is.
func (w *walk) partly(from int, all bool) bool {
	for i := from; i < len(w.found); i++ {
		w.found[i].Whole = w.found[i].Whole && all
	}
	return all
}

// free returns all connections of pods that nothing isolates.
func (w *walk) free() (out []relation.Rule) {
	for _, pods := range w.l.free {
		for _, every := range relation.EveryPeer {
			out = append(out, relation.Rule{Own: pods, Peer: every, Ports: relation.EveryPort})
		}
	}
	return out
}

// permitting adds what is permitted by NetworkPolicies and policies of Cilium, and returns what is left.
func (w *walk) permitting(rest []relation.Rule, all, overridden bool) []relation.Rule {
	left := rest
	for _, a := range w.l.accepted {
		a.Ports = w.at(a.Ports)
		if a.open && a.Cilium == nil || len(w.and(rest, a.Rule)) == 0 {
			continue
		}
		stage := InNetworkPolicy
		if a.Cilium != nil {
			stage = InCilium
		}
		whole := len(w.minus(rest, a.Rule)) == 0
		w.found = append(w.found, Decision{stage, clusterpolicy.Accept, a.Origin, all && whole && !a.open, a.open, overridden})
		if !a.open {
			left = w.minus(left, a.Rule)
		}
	}
	return left
}

func (w *walk) and(list []relation.Rule, r relation.Rule) (out []relation.Rule) {
	if w.steps += len(list); w.steps > maxWalk {
		return nil
	}
	for _, l := range list {
		if both, some := l.And(r, w.facts); some {
			out = append(out, both)
		}
	}
	return out
}

func (w *walk) minus(list []relation.Rule, r relation.Rule) (out []relation.Rule) {
	for _, l := range list {
		rest, _ := l.Minus(r, w.facts)
		out = append(out, rest...)
	}
	return slices.Clip(out)
}
