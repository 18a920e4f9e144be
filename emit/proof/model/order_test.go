package model

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/emit/target"
)

// TestOrder applies the objects one by one to an empty cluster: no step cuts a connection that is
// permitted in the end, between pods that belong to one tier or to none. (A pod of two tiers
// can be cut for the moment between their objects.)
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if rapid.IntRange(0, 3).Draw(t, "one in some") > 0 {
			return // it takes longer than the others
		}
		x := examples.Draw(t, "program")
		w := expand(x.program)
		s := newSampler(w, x.sampling)
		objects := x.objects(t, x.compile(t, w), target.ByTier)
		var parties []*party
		for _, p := range s.sample() {
			if w.tiersOf(p) <= 1 {
				parties = append(parties, p)
			}
		}
		if cut := objects.cut(parties, s.somePorts(6)); cut != "" {
			t.Fatal(cut)
		}
	})
}

// tiersOf counts the tiers that a party belongs to.
func (w *world) tiersOf(x *party) int {
	n := 0
	for _, t := range w.allTiers() {
		if t.has(x) {
			n++
		}
	}
	return n
}

// cut returns a connection that all objects together permit, and the first few of them do not.
func (c *cluster) cut(parties []*party, ports []port) string {
	for _, s := range parties {
		for _, d := range parties {
			if s == d || !s.isPod() && !d.isPod() {
				continue
			}
			final := c.link(s, d)
			for i, p := range c.policies {
				if !selects(p, s) && !selects(p, d) {
					continue // this step changes nothing for them
				}
				soFar := (&cluster{c.policies[:i+1], c.as}).link(s, d)
				for _, on := range ports {
					if final.permits(on) && !soFar.permits(on) {
						return fmt.Sprintf("from %v\nto %v\non %v: cut once %s/%s is applied", s, d, on, p.Namespace, p.Name)
					}
				}
			}
		}
	}
	return ""
}
