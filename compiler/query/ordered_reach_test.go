package query

import (
	"math/rand/v2"
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
