package evaluate

import (
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
)

// This file reduces a tier of ordered rules, and what is permitted below it, to what is permitted.
//
// Each rule is held only against the rules before it that match something of it: in 10,000 rules these are few. What
// a rule denies is what no rule before it passes; what one before it accepts need not be kept from it, since that is
// permitted in any case. So all that the tier denies is taken from what is permitted below in one go.

// ranked is a box of a rule of a tier, and the position of the rule.
type ranked struct {
	box
	action clusterpolicy.Action
	at     int
}

// tier is the boxes of a tier's rules, in order.
type tier struct {
	boxes       []ranked
	owns, peers *relation.Index
}

func newTier(units []unit) *tier {
	t := &tier{}
	var owns, peers []relation.Selector
	for at, u := range units {
		for _, b := range u.boxes {
			t.boxes = append(t.boxes, ranked{b, u.action, at})
			owns, peers = append(owns, b.Own), append(peers, podsOf(b.Peer))
		}
	}
	t.owns, t.peers = relation.NewIndex(owns), relation.NewIndex(peers)
	return t
}

// podsOf selects the pods of a peer; addresses have none to look for.
func podsOf(p relation.Peer) relation.Selector {
	if pods, ok := p.(relation.Pods); ok {
		return pods.Labels
	}
	return relation.Selector{}
}

// before returns the boxes that may match something of a rule, of the rules before a position, from the last to
// the first.
func (t *tier) before(at int, rule relation.Rule) (out []ranked) {
	const few = 50
	near := t.owns.Overlapping(rule.Own)
	if pods := podsOf(rule.Peer); len(near) > few && !pods.IsAny() {
		if closer := t.peers.Overlapping(pods); len(closer) < len(near) {
			near = closer
		}
	}
	for _, i := range slices.Backward(near) {
		if t.boxes[i].at < at {
			out = append(out, t.boxes[i])
		}
	}
	return out
}

// fold returns what the rules of a tier permit before what comes below it, at least or at most.
func (r *reduction) fold(units []unit, below []item, most bool) (permitted []item) {
	t := newTier(units)
	var denied []relation.Rule
	r.parts = size{}
	for at, u := range slices.Backward(units) {
		for _, b := range u.boxes {
			switch {
			case u.action == clusterpolicy.Deny && (b.sure || !most):
				for _, rule := range r.notPassed(t, at, b.Rule, most) {
					denied = append(denied, rule)
					r.parts.add(rule)
				}
			case u.action == clusterpolicy.Accept && (b.sure || most):
				for _, rule := range r.accepted(t, at, b.Rule, below, most) {
					permitted = append(permitted, item{Rule: rule, Origin: u.Origin})
					r.parts.add(rule)
				}
			}
			if r.spent() {
				return nil
			}
		}
	}
	left := make([][]relation.Rule, len(below))
	for i, b := range below {
		left[i] = []relation.Rule{b.Rule}
	}
	if r.minusEach(left, denied); r.spent() {
		return nil
	}
	for i, b := range below {
		for _, rule := range left[i] {
			permitted = append(permitted, item{Rule: rule, Origin: b.Origin})
		}
	}
	return permitted
}

// notPassed returns what the rules before a position do not pass of a rule that denies.
func (r *reduction) notPassed(t *tier, at int, rule relation.Rule, most bool) []relation.Rule {
	var passed []relation.Rule
	for _, b := range t.before(at, rule) {
		if b.action == clusterpolicy.Pass && (b.sure || most) {
			passed = append(passed, b.Rule)
		}
	}
	return r.minusAll([]relation.Rule{rule}, passed)
}

// accepted returns what the rules before a position leave of one that accepts.
func (r *reduction) accepted(t *tier, at int, rule relation.Rule, below []item, most bool) []relation.Rule {
	left := []relation.Rule{rule}
	for _, b := range t.before(at, rule) {
		switch {
		case b.action == clusterpolicy.Accept:
		case b.action == clusterpolicy.Deny && !b.sure && most:
		case b.action == clusterpolicy.Pass && !b.sure && most:
		case b.action == clusterpolicy.Pass && !b.sure: // permitted either way if it is below as well
			also := r.both(r.both(left, []relation.Rule{b.Rule}), rulesBelow(below))
			left = append(r.minusAll(left, []relation.Rule{b.Rule}), also...)
		default:
			left = r.minusAll(left, []relation.Rule{b.Rule})
		}
		if len(left) == 0 || r.spent() {
			return nil
		}
	}
	return left
}

func rulesBelow(items []item) []relation.Rule {
	out := make([]relation.Rule, len(items))
	for i, b := range items {
		out[i] = b.Rule
	}
	return out
}

// both returns what is in a rule of each of two lists.
func (r *reduction) both(list, others []relation.Rule) (out []relation.Rule) {
	for _, l := range list {
		for _, o := range others {
			if r.steps--; r.spent() {
				return nil
			}
			if rule, some := l.And(o, r.facts); some {
				out = append(out, rule)
			}
		}
	}
	return out
}
