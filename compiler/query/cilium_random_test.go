package query

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/relation"
)

// What policies of Cilium, NetworkPolicies and ClusterNetworkPolicies permit together is what is found one
// connection at a time. Where nothing is open, it is exactly that.
func TestCiliumPoliciesAgainstNaive(t *testing.T) {
	var cells, permitted, open, loose int
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))}
		isOpen := d.IntN(2) == 0
		s := d.Set(isOpen, false)
		d.AddNames(s)
		if d.IntN(2) == 0 {
			s.Ordered = nil
		}
		d.AddCilium(s, isOpen)
		s.ResolveNames()
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
				isUnlearned := a.To.Host != "" && mostly == ever && s.MayNotResolve()
				if loose++; !isOpen && !isUnlearned {
					t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.Manifests())
				}
			}
		}
	})
	t.Logf("%d cells, %d permitted, %d open, %d more said to be open", cells, permitted, open, loose)
	if cells > 10_000 && (permitted < cells/20 || permitted > cells*19/20 || open < cells/2000 || loose > cells/50) {
		t.Error("too few cells that are permitted, denied or open, or too many that are said to be open")
	}
}

// The rule that an answer names is one that decides, and whether it permits is what the answer says.
func TestCiliumDecidingRule(t *testing.T) {
	denied, permitted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))}
		s := d.Set(false, false)
		d.AddNames(s)
		if d.IntN(2) == 0 {
			s.Ordered = nil
		}
		d.AddCilium(s, false)
		s.ResolveNames()
		v := modelOf(t, s, nil)
		v.keys()
		for _, a := range d.Attempts(s, 60) {
			if !a.From.IsPod() || !a.To.IsPod() {
				continue
			}
			c := connectionOf(a)
			container := []relation.Port{c.Port}
			for _, direction := range directions {
				own, peer := a.Ends(direction.String())
				home := v.Relation.Home(partyOf(own))
				if !v.ordered.Guards(home, direction) {
					continue
				}
				asked := relation.Rule{Own: v.exactPod(own.Labels), Ports: relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: a.Number, High: a.Number}),
					Peer: relation.PodPeer(exact(peer.NamespaceLabels, v.namespaceKeys), v.exactPod(peer.Labels))}
				permits, by := s.Decide(a, direction.String(), judge.Reading{})
				answer, named := true, false
				for _, found := range v.ordered.Decisions(home, direction, asked, func(p relation.Ports) relation.Ports { return p.At(container) }) {
					if found.Overridden || found.Action == clusterpolicy.Pass {
						continue
					}
					answer = found.Action == clusterpolicy.Accept
					named = named || found.Cilium != nil && !answer
				}
				isDenied := strings.HasPrefix(by, "c") && !permits
				if answer != permits || named != isDenied {
					t.Fatalf("%s %s: %t by %q; zt says %t, and names a rule that denies: %t\n%s", c, direction, permits, by, answer, named, s.Manifests())
				}
				if permits {
					permitted++
				} else if isDenied {
					denied++
				}
			}
		}
	})
	t.Logf("%d denied by rules, %d permitted", denied, permitted)
	if denied == 0 || permitted == 0 {
		t.Error("nothing is tested")
	}
}
