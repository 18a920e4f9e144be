package query

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
)

// What policies of Cilium, NetworkPolicies and ClusterNetworkPolicies permit together is what is found one
// connection at a time. Where nothing is open, it is exactly that.
func TestCiliumPoliciesAgainstNaive(t *testing.T) {
	var cells, permitted, open, loose int
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))}
		isOpen := d.IntN(2) == 0
		s := d.Set(isOpen, false)
		if d.IntN(2) == 0 {
			s.Ordered = nil
		}
		d.AddCilium(s, isOpen)
		v := modelOf(t, s, nil)
		most := v.wide()
		for _, a := range d.Attempts(s, 200) {
			always, ever := s.Judge(a)
			c := connectionOf(a)
			least, mostly := v.Relation.Permits(c), most.Relation.Permits(c)
			cells++
			if always {
				permitted++
			}
			if ever && !always {
				open++
			}
			if least && !always || !mostly && ever {
				t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.Manifests())
			}
			if least != always || mostly != ever {
				if loose++; !isOpen {
					t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.Manifests())
				}
			}
		}
	})
	t.Logf("%d cells, %d permitted, %d open, %d more said to be open", cells, permitted, open, loose)
	if cells > 10_000 && (permitted < cells/20 || permitted > cells*19/20 || open < cells/500 || loose > cells/50) {
		t.Error("too few cells that are permitted, denied or open, or too many that are said to be open")
	}
}
