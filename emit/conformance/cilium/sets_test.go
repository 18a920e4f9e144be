package cilium

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
)

// Random NetworkPolicies are read alike by the engine, by zt with `plugin cilium`, and by an evaluator
// that judges one connection at a time: with every field of the API, with rules of directions that
// policyTypes omits, and with blocks that hold pods and nodes.
func TestNetworkPoliciesAreReadAlike(t *testing.T) {
	sum := compareSets(t, run.plain, func(number int) (judge.Draw, *judge.Set) {
		d := draw(number, 11)
		return d, d.Plain(number%2 == 0)
	})
	if sum.open > 0 || sum.special < sum.cells/200 {
		t.Error("zt leaves cells open, or Cilium decides too few otherwise than the API says")
	}
}

// So are ClusterNetworkPolicies beside NetworkPolicies. Where two policies of one priority disagree zt says
// that it is open, and the engine may say either.
func TestTiersAreReadAlike(t *testing.T) {
	sum := compareSets(t, run.tiers, func(number int) (judge.Draw, *judge.Set) {
		d := draw(number, 7)
		s := d.Set(number%2 == 0, number%3 == 0)
		for i := range s.Ordered {
			s.Ordered[i].Elder = false // Cilium does not read the elder kinds
		}
		return d, s
	})
	if sum.open > sum.cells/20 || sum.special == 0 {
		t.Error("too many cells are open, or Cilium decides none otherwise than the API says")
	}
}

// So are policies of Cilium, alone.
func TestCiliumPoliciesAreReadAlike(t *testing.T) {
	compareSets(t, run.cilium, func(number int) (judge.Draw, *judge.Set) {
		d := draw(number, 5)
		s := &judge.Set{Namespaces: d.Plain(false).Namespaces}
		d.AddCilium(s, number%2 == 0)
		return d, s
	})
}

// So are policies of all kinds together.
func TestAllKindsAreReadAlike(t *testing.T) {
	compareSets(t, run.all, func(number int) (judge.Draw, *judge.Set) {
		d := draw(number, 3)
		s := d.Set(number%2 == 0, number%3 == 0)
		for i := range s.Ordered {
			s.Ordered[i].Elder = false
		}
		d.AddCilium(s, number%4 == 0)
		return d, s
	})
}

// asked is how many cells there are for each that is also asked as a question.
const asked = 5

func draw(number int, stream uint64) judge.Draw {
	return judge.Draw{Rand: rand.New(rand.NewPCG(seed+uint64(number), stream))}
}

func compareSets(t *testing.T, sets int, set func(number int) (judge.Draw, *judge.Set)) (sum count) {
	t.Helper()
	for number := range sets {
		d, s := set(number)
		judged, err := compareSet(d, s)
		if err != nil {
			t.Fatalf("set %d: %v\n%s", number, err, s.Manifests())
		}
		sum.add(judged)
	}
	t.Logf("%d sets: %s", sets, sum)
	if !sum.telling() || sum.asked < sum.cells/30 || sum.undecided > sum.asked/20 || sum.partly > sum.asked/5 || sum.open > sum.cells/20 {
		t.Error("too few cells that are permitted or denied, or too few that zt decides")
	}
	return sum
}

// compareSet judges every connection between inhabitants of a set of policies.
func compareSet(d judge.Draw, s *judge.Set) (count, error) {
	var judged count
	w, err := newWorld(d, s)
	if err != nil {
		return judged, err
	}
	for i, to := range w.inhabitants {
		for j, from := range w.inhabitants {
			if !possible(from, to) {
				continue
			}
			for _, port := range to.DrawnPorts() {
				c := w.connection(from, to, port)
				verdict, err := w.engine.Verdict(w.ends[j], w.ends[i], port)
				if err != nil {
					return judged, err
				}
				least, most := w.least.Permits(c), w.most.Permits(c)
				a := from.Attempt(to, port)
				single := permits(s, a, judge.Reading{OmittedTypes: true})
				if least && !verdict || verdict && !most {
					return judged, fmt.Errorf("%s (%s -> %s): permitted by the engine: %t; by zt at least: %t, at most: %t; one by one: %t", c, from.End.Addr, to.End.Addr, verdict, least, most, single)
				}
				if len(s.Ordered)+len(s.Cilium) == 0 && single != verdict && !isNode(from) && !isNode(to) {
					return judged, fmt.Errorf("%s (%s -> %s): permitted by the engine: %t; one by one: %t", c, from.End.Addr, to.End.Addr, verdict, single)
				}
				if d.IntN(asked) == 0 {
					n, undecided, partly, err := w.ask(s, from, to, c, verdict)
					if err == nil {
						err = judgeAlone(s, from, to, c, verdict)
					}
					if err != nil {
						return judged, err
					}
					judged.asked, judged.undecided, judged.partly = judged.asked+n, judged.undecided+undecided, judged.partly+partly
				}
				judged.cell(verdict, least == most && verdict != permits(s, a, judge.Reading{Blocks: true, Order: [3]int{0, 1, 2}}))
				if least != most {
					judged.open++
				}
			}
		}
	}
	return judged, nil
}

func permits(s *judge.Set, a judge.Attempt, r judge.Reading) bool {
	out, _ := s.Decide(a, "egress", r)
	in, _ := s.Decide(a, "ingress", r)
	return out && in
}
