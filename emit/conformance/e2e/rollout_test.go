package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/emit/conformance/random"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/networkpolicy"
)

// flows is how many connections are tried all the while.
const flows = 60

// ofOneTier reports whether both ends of a cell belong to one tier or to none: what is
// said of rollouts is said of these.
func ofOneTier(c scene.Cell) bool { return c.From.Tiers <= 1 && c.To.Tiers <= 1 }

// roll applies the objects of a stream one at a time, in its order, and lets every
// connection be tried between any two.
func roll(t *testing.T, tr *traffic, objects []string) {
	t.Helper()
	for i, object := range objects {
		out := kubectl(t, []byte(object), "apply", "--server-side", "--filename", "-", "--output", "name")
		tr.at(fmt.Sprintf("step %d of %d, %s", i+1, len(objects), out))
		awaitPolicies(t)
		tr.round(t)
		total.objects.Add(1)
	}
}

func report(t *testing.T, failed []string) {
	t.Helper()
	for _, f := range failed[:min(len(failed), 10)] {
		t.Error(f)
	}
	if len(failed) > 0 {
		t.Errorf("%d connections failed that are permitted all the while", len(failed))
	}
}

// On an empty cluster, the objects in the order in which zt writes them cut no
// connection that the topology permits, at any step.
func TestRollout(t *testing.T) {
	topologies := exampleTopologies(t)
	for number := range uint64(3) {
		topologies = append(topologies, randomTopology(t, 200+2*number)) // even ones are laid out by tier
	}
	for number, c := range topologies {
		if !c.whole() {
			continue // by edge, a pod's first object cuts its other connections for a moment: the documentation says so
		}
		t.Run(c.name, func(t *testing.T) {
			st := newStage(t, c)
			permits := st.permits(c)
			cells := st.sample(flows, uint64(number), func(c scene.Cell) bool { return permits(c) && ofOneTier(c) })
			if len(cells) == 0 {
				t.Fatal("nothing is permitted")
			}
			tr := st.start(t, cells)
			roll(t, tr, documents(c.build(t)))
			report(t, tr.end())
			verify(t, c)
			st.hold(t, permits)
		})
	}
}

// One topology is replaced by another, object by object, and what the new one does not have
// any more is pruned: no connection that both permit fails at any step, and in the end just
// what the new one says gets through.
func TestReplacement(t *testing.T) {
	closed := 0
	for number := range uint64(4) {
		before, after, both := random.Change(rand.New(rand.NewPCG(seed, 300+number)))
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			from, to, union := fromText(t, before, networkpolicy.ByTier), fromText(t, after, networkpolicy.ByTier), fromText(t, both, networkpolicy.ByTier)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("seed %d: from\n%s\nto\n%s", seed, before, after)
				}
			})
			st := newStage(t, union)
			was, is := st.permits(from), st.permits(to)
			apply(t, from.build(t))
			verify(t, from)
			st.hold(t, was)

			kept := st.sample(flows, number, func(c scene.Cell) bool { return was(c) && is(c) && ofOneTier(c) })
			tr := st.start(t, kept)
			roll(t, tr, documents(to.build(t)))
			tr.at("pruning")
			prune(t, to)
			tr.round(t)
			report(t, tr.end())
			verify(t, to)
			st.hold(t, is)
			for _, c := range st.cells {
				if was(c) && !is(c) {
					closed++
				}
			}
		})
	}
	if closed == 0 && !t.Failed() {
		t.Error("no replacement closes anything")
	}
}

// prune removes the objects that a topology does not have.
func prune(t *testing.T, c *topology) {
	t.Helper()
	has := map[string]bool{}
	for _, p := range c.policies(t) {
		has[p.Namespace+"/"+p.Name] = true
	}
	for _, p := range policies(t, readBack(t)) {
		if !has[p.Namespace+"/"+p.Name] {
			if err := server.client.NetworkingV1().NetworkPolicies(p.Namespace).Delete(t.Context(), p.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	awaitPolicies(t)
}
