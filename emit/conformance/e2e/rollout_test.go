package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/target"
)

// flows is the number of connections that are tried during a rollout.
const flows = 60

// ofOneTier reports whether both ends of a cell belong to one tier or to none. The order of objects
// protects only their connections.
func ofOneTier(c scene.Cell) bool { return c.From.Tiers <= 1 && c.To.Tiers <= 1 }

// roll applies the objects of a stream in order, and waits after each until every connection was
// tried again.
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
		t.Errorf("%d connections failed that were always permitted", len(failed))
	}
}

// On an empty cluster, the objects in the order in which zt writes them cut no
// connection that the topology permits, at any step.
func TestRollout(t *testing.T) {
	topologies := exampleTopologies(t)
	for number := range 3 {
		topologies = append(topologies, topologyOf(t, program.Random(100+number), target.ByTier))
	}
	for number, c := range topologies {
		if !c.whole() {
			continue // by edge, a pod's first object cuts its other connections for a moment: the documentation says so
		}
		t.Run(c.Name, func(t *testing.T) {
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

// When one topology replaces another, object by object, and the objects of the first alone are then
// deleted, no connection that both permit fails at any step. In the end exactly those of the second
// get through.
func TestReplacement(t *testing.T) {
	closed := 0
	for number := range 4 {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			path := program.Random(110 + number)
			union, from, to := topologyOf(t, path, target.ByTier), withoutEdges(t, path, 0), withoutEdges(t, path, 1)
			st := newStage(t, union)
			was, is := st.permits(from), st.permits(to)
			apply(t, from.build(t))
			verify(t, from)
			st.hold(t, was)

			kept := st.sample(flows, uint64(number), func(c scene.Cell) bool { return was(c) && is(c) && ofOneTier(c) })
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

// withoutEdges builds a random program, which has an edge in a line, without every fourth of them,
// beginning with the first or another.
func withoutEdges(t *testing.T, path string, first int) *topology {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	edges := 0
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, "->") {
			if edges++; (edges-1)%4 == first {
				continue
			}
		}
		kept.WriteString(line)
	}
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(file, []byte(kept.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", file, &kept)
		}
	})
	return topologyOf(t, file, target.ByTier)
}

// prune removes the objects that a topology does not have.
func prune(t *testing.T, c *topology) {
	t.Helper()
	has := map[string]bool{}
	for _, p := range c.policies(t) {
		has[p.Namespace+"/"+p.Name] = true
	}
	for _, p := range policies(t, readBack(t, networkPolicies)) {
		if !has[p.Namespace+"/"+p.Name] {
			if err := server.client.NetworkingV1().NetworkPolicies(p.Namespace).Delete(t.Context(), p.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	awaitPolicies(t)
}
