package evaluate

import (
	"fmt"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// The bounds of the reduction, for all homes together. With selectors of different label keys, the parts of
// what is permitted can double with each rule that denies.
const (
	maxOrderedSteps = 6_000_000 // comparisons of two rules
	stepKeys        = 8         // so many keys of a selector take as long as a comparison
	maxOrderedRules = 200_000
	maxOrderedKeys  = 500_000 // requirements of the selectors of these rules
	maxClasses      = 1_100
)

// bounds is what a reduction may still take.
type bounds struct {
	steps int
	room  size
	parts size   // of what is being cut: it may grow to the room that is left
	limit string // the bound that is reached, or ""
}

// size is that of rules.
type size struct{ rules, keys int }

func newBounds() bounds {
	return bounds{steps: maxOrderedSteps, room: size{maxOrderedRules, maxOrderedKeys}}
}

func (s *size) add(r relation.Rule) {
	s.rules++
	s.keys += len(r.Own.Keys())
	if p, ok := r.Peer.(relation.Pods); ok {
		s.keys += len(p.Labels.Keys()) + len(p.Namespaces.Keys())
	}
}

// keep takes the size of a rule of the result from what is left.
func (b *bounds) keep(r relation.Rule) {
	var s size
	s.add(r)
	b.room.rules, b.room.keys, b.parts = b.room.rules-s.rules, b.room.keys-s.keys, size{}
}

// spent reports whether the reduction has reached one of its bounds. What it returns is then not all.
func (b *bounds) spent() bool {
	switch {
	case b.limit != "":
	case b.steps < 0:
		b.limit = fmt.Sprintf("the rules take more than %d comparisons", maxOrderedSteps)
	case b.parts.rules > b.room.rules:
		b.limit = fmt.Sprintf("they cut what pods may do into more than %d parts", maxOrderedRules)
	case b.parts.keys > b.room.keys:
		b.limit = fmt.Sprintf("they cut what pods may do into parts with more than %d label requirements", maxOrderedKeys)
	}
	return b.limit != ""
}

// exceeds reports whether there is no room for a list.
func (b *bounds) exceeds(list []relation.Rule) bool {
	if len(list) == 0 {
		return false
	}
	before := b.parts
	b.parts = size{}
	for _, r := range list {
		b.parts.add(r)
	}
	spent := b.spent()
	b.parts = before
	return spent
}

// TooManyParts is the error that the rules for the pods of a home fall into too many parts.
type TooManyParts struct {
	Home           string
	Limit          string
	Policies, Keys int    // that decide about the home, and by how many label keys; 0 if only their subjects count
	First          Origin // the first of them
}

// Error returns the home and the limit.
func (e *TooManyParts) Error() string {
	at := "namespace " + e.Home
	if strings.HasPrefix(e.Home, "{") { // a class
		at = "namespaces that are not declared"
	}
	if e.Policies == 0 {
		return fmt.Sprintf("%s: too many policies of the whole cluster: %s", at, e.Limit)
	}
	return fmt.Sprintf("%s: %s with %s: %s", at, counted(e.Policies, "policy", "policies"), counted(e.Keys, "label key", "label keys"), e.Limit)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// Help says what to do.
func (e *TooManyParts) Help() string {
	if e.Keys > 1 {
		return "select pods by fewer label keys, or leave out policies that the question does not need"
	}
	return "leave out policies that the question does not need"
}

// tooManyParts returns the error about what decides about the pods of a home.
func (r *reduction) tooManyParts(home string, l *layers) error {
	e := &TooManyParts{Home: home, Limit: r.limit}
	keys, policies := map[string]bool{}, map[any]bool{}
	note := func(from Origin, rules ...relation.Rule) {
		if e.First == (Origin{}) {
			e.First = from
		}
		switch {
		case from.Cluster != nil:
			policies[from.Cluster] = true
		case from.Cilium != nil:
			policies[from.Cilium] = true
		default:
			policies[from.Policy] = true
		}
		for _, r := range rules {
			for _, k := range r.Own.Keys() {
				keys[k.Key] = true
			}
			if p, ok := r.Peer.(relation.Pods); ok {
				for _, k := range p.Labels.Keys() {
					keys[k.Key] = true
				}
			}
		}
	}
	for _, units := range [][]unit{l.admin, l.denied, l.baseline} {
		for _, u := range units {
			for _, b := range u.boxes {
				note(u.Origin, b.Rule)
			}
		}
	}
	for _, a := range l.accepted {
		note(a.Origin, a.Rule)
	}
	e.Policies, e.Keys = len(policies), len(keys)
	return e
}
