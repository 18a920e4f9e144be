package query

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/relation"
)

// What reach lists is permitted, and it leaves out no connection between pods of declared namespaces.
func TestOrderedReach(t *testing.T) {
	pairs := 0
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(d.IntN(2) == 0, false)
		v := modelOf(t, s, nil)
		list := v.Reach()
		for _, c := range list {
			if !c.From.Free && !c.To.Free && !c.Ports.HasNames() && v.amount(c) != all {
				t.Fatalf("%s is not permitted\n%s", c.edge(), s.Manifests())
			}
		}
		declared := func(p *Party) bool {
			_, ns, ok := podsOfOne(p.Parts[0])
			return ok && len(p.Parts) == 1 && s.Namespaces[ns] != nil
		}
		port := relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 443, High: 443})
		for _, p := range v.Parties {
			for _, q := range v.Parties {
				if !declared(p) || !declared(q) || v.amount(Connection{From: p, To: q, Ports: port}) != all {
					continue
				}
				pairs++
				found := false
				for _, c := range list {
					found = found || port.Subset(c.Ports) && p.within(c.From.Parts, v.Relation.Facts) && q.within(c.To.Parts, v.Relation.Facts)
				}
				if !found {
					t.Fatalf("%s -> %s is left out\n%s", p.Name, q.Name, s.Manifests())
				}
			}
		}
	})
	t.Logf("%d pairs", pairs)
}

// What reach lists has every connection that is permitted between addresses and pods of declared namespaces.
func TestOrderedReachOfAddresses(t *testing.T) {
	permitted := 0
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(d.IntN(2) == 0, false)
		v := modelOf(t, s, nil)
		list := v.Reach()
		has := func(p *Party, x relation.Party, direction relation.Direction) bool {
			if p.Free {
				home := v.Relation.Home(x)
				return x.Namespace == "" || v.Relation.RuleSets[direction][home] == nil || !v.ordered.Guards(home, direction) && slices.ContainsFunc(v.freeSelectors(home, direction), func(f relation.Selector) bool { return f.Matches(x.Labels) })
			}
			return slices.ContainsFunc(p.Parts, func(part relation.Peer) bool { return part.Has(x) })
		}
		for _, a := range d.Attempts(s, 100) {
			c := connectionOf(a)
			c.Port.Names = nil
			if (c.From.Namespace == "") == (c.To.Namespace == "") || s.Namespaces[c.From.Namespace+c.To.Namespace] == nil || !v.Relation.Permits(c) {
				continue
			}
			permitted++
			port := relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: c.Port.Number, High: c.Port.Number})
			if !slices.ContainsFunc(list, func(l Connection) bool {
				return port.MayOverlap(l.Ports) && has(l.From, c.From, relation.Egress) && has(l.To, c.To, relation.Ingress)
			}) {
				t.Fatalf("%s is permitted, and not listed\n%s", c, s.Manifests())
			}
		}
	})
	t.Logf("%d permitted", permitted)
}
