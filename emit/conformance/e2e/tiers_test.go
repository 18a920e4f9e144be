package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// Random policies of all tiers, with rules of every action, are accepted by the server and enforced as zt reads
// them and as the documentation of their API words it.
func TestTiers(t *testing.T) {
	defer experimental(t)() // the sets have named ports
	for number := range 6 {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(uint64(number), 19))}
		set := drawn(d, false, number%2 == 0)
		set.IsolateBothWays()
		t.Run(fmt.Sprint(number), func(t *testing.T) { isEnforced(t, d, set) })
	}
}

func isEnforced(t *testing.T, d judge.Draw, set *judge.Set) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(set.Manifests())
		}
	})
	all := scene.Inhabitants(d, set, 8)
	s := &scene.Scene{Namespaces: map[string]map[string]string{"c": nil}} // which has policies, too
	for name, labels := range set.Namespaces {
		s.Namespaces[name] = labels
	}
	for _, i := range all {
		s.Parties = append(s.Parties, i.Party)
		if i.IsPod() {
			s.Namespaces[i.End.Namespace] = i.NamespaceLabels
		}
	}
	var cells []scene.Cell
	var expected []bool
	for _, to := range all {
		for _, from := range all {
			v6 := to.End.Addr.Is6()
			if from.Party == to.Party || from.End.Addr.Is6() != v6 || !from.IsPod() && !to.IsPod() {
				continue
			}
			for _, port := range to.DrawnPorts() {
				if port.Protocol == relation.SCTP {
					continue
				}
				a := from.Attempt(to, port)
				reading := judge.Reading{Blocks: true, Order: [3]int{0, 1, 2}} // blocks match addresses of pods, and names give an order
				out, _ := set.Decide(a, "egress", reading)
				in, _ := set.Decide(a, "ingress", reading)
				cells, expected = append(cells, scene.Cell{From: from.Party, To: to.Party, V6: v6, Port: port}), append(expected, out && in)
			}
		}
	}
	st := stageOf(t, s, cells, (*scene.Party).DrawnPorts)
	kubectl(t, []byte(set.Manifests()), "apply", "--server-side", "--force-conflicts", "--filename", "-", "--output", "name")
	awaitPolicies(t)
	got := st.probe(t)
	st.holdReading(t, got)
	for i, through := range got {
		if through != expected[i] {
			t.Errorf("%v: got through: %t; by the documentation: %t", st.cells[i], through, expected[i])
		}
	}
}
