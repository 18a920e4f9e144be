package query

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
)

// sideOf lists what decides on a side of an attempt.
func sideOf(v *Model, a judge.Attempt, direction relation.Direction) []evaluate.Decision {
	own, peer := a.Ends(direction.String())
	c := connectionOf(a)
	asked := relation.Rule{Own: v.exactPod(own.Labels), Ports: relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: a.Number, High: a.Number})}
	if peer.IsPod() {
		asked.Peer = relation.PodPeer(exact(peer.NamespaceLabels, v.namespaceKeys), v.exactPod(peer.Labels))
	} else {
		asked.Peer = relation.AddrPeer(relation.Prefix(netip.PrefixFrom(peer.Addr, peer.Addr.BitLen())))
	}
	container := []relation.Port{c.Port}
	return v.ordered.Decisions(v.Relation.Home(partyOf(own)), direction, asked, func(p relation.Ports) relation.Ports { return p.At(container) })
}

// reason is what an answer says about a side: which tier decides how, and the rule of a cluster-wide policy.
type reason struct {
	tier   evaluate.Stage
	action clusterpolicy.Action
	rule   string
}

// reasons returns what decides, what would if that were not there, and the rules that only pass.
func reasons(list []evaluate.Decision, direction relation.Direction) (decides, otherwise reason, passes []string) {
	for _, d := range list {
		r := reason{tier: d.Tier, action: d.Action}
		if d.Cluster != nil {
			r.rule = judge.Rule{Policy: d.Cluster.Name, Direction: direction.String(), Index: d.Origin.Rule}.String()
		}
		switch {
		case d.Action == clusterpolicy.Pass:
			passes = append(passes, r.rule)
		case d.Overridden && otherwise.tier == "":
			otherwise = r
		case !d.Overridden:
			decides = r
		}
	}
	if otherwise.tier == "" { // what no rule decides is not shown as overridden
		otherwise = reason{tier: evaluate.InDefault, action: clusterpolicy.Accept}
	}
	return decides, otherwise, passes
}

// An answer names the rule that decides: without that rule, what the answer calls overridden decides, unless a
// later rule of the tier does. Without a rule that the answer does not name, the answer is the same.
func TestWithoutTheRule(t *testing.T) {
	attempts := 6 // of a set: each reads many sets
	if testing.Short() {
		attempts = 2
	}
	removed, moved, others := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(false, false)
		v := modelOf(t, s, nil)
		if v.ordered == nil {
			return
		}
		for _, a := range d.Attempts(s, attempts) {
			for _, direction := range directions {
				own, _ := a.Ends(direction.String())
				if !own.IsPod() || !v.ordered.Guards(v.Relation.Home(partyOf(own)), direction) {
					continue
				}
				decides, otherwise, passes := reasons(sideOf(v, a, direction), direction)
				for _, rule := range s.Rules() {
					named := rule.String() == decides.rule
					if !named && (slices.Contains(passes, rule.String()) || d.IntN(12) > 0) {
						continue
					}
					less := s.Without(rule)
					w := modelOf(t, less, LabelsOf(v.inventory))
					now := decides
					if w.ordered != nil && w.ordered.Guards(w.Relation.Home(partyOf(own)), direction) {
						now, _, _ = reasons(sideOf(w, a, direction), direction)
					} else if named {
						continue // no rule is left for these pods, and so no tier is shown
					}
					permits, by := less.Decide(a, direction.String(), judge.Reading{})
					wrong := (now.action == clusterpolicy.Accept) != permits || now.rule != by && by != ""
					switch {
					case !named:
						others++
						wrong = wrong || now.tier != decides.tier || now.action != decides.action
					case now.tier == decides.tier && now.rule != "": // a later rule of the tier
						moved++
					case decides.tier == evaluate.InAdmin:
						removed++
						wrong = wrong || now.tier != otherwise.tier || now.action != otherwise.action
					default:
						removed++
						wrong = wrong || now.rule == decides.rule && now.tier == decides.tier
					}
					if wrong {
						t.Fatalf("%s %s: %+v, otherwise %+v; without %s: %+v, one by one %t by %q\n%s", connectionOf(a), direction, decides, otherwise, rule, now, permits, by, s.Manifests())
					}
				}
			}
		}
	})
	t.Logf("%d deciding rules removed, in %d cases for a later one of the tier; %d other rules removed", removed+moved, moved, others)
	if removed+moved > 100 && (removed == 0 || moved == 0 || others == 0) {
		t.Error("nothing is tested")
	}
}
