package e2e

import (
	"fmt"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/scene"
)

// apply applies a stream, first to see whether the server would take it, and
// waits until it is what is enforced.
func apply(t *testing.T, stream []byte) {
	t.Helper()
	args := []string{"apply", "--server-side", "--filename", "-", "--output", "name"}
	kubectl(t, stream, append(args, "--dry-run=server")...)
	kubectl(t, stream, args...)
	awaitPolicies(t)
}

// verify holds that what the server has stored, defaulted, is what `zt verify` calls
// equal to the topology, and that it is all there.
func verify(t *testing.T, c *topology) {
	t.Helper()
	list := readBack(t)
	stored := policies(t, list)
	if n := len(documents(c.Stream)); len(stored) != n {
		t.Fatalf("%d objects are applied, and %d are stored", n, len(stored))
	}
	total.objects.Add(int64(len(stored)))
	total.topologies.Add(1)
	out, equal := zt(t, list, append([]string{"verify", "--manifests", "-"}, c.args...)...)
	if !equal {
		t.Fatalf("what is stored permits something else than the topology:\n%s", out)
	}
	differences, err := c.Differences(stored)
	if err != nil || len(differences) > 0 {
		t.Fatal(err, differences)
	}
}

// The server takes everything that zt emits, and keeps its meaning; and real
// connections get through exactly where the topology says so.
func TestExamples(t *testing.T) {
	for number, c := range exampleTopologies(t) {
		t.Run(c.name, func(t *testing.T) {
			if c.whole() {
				onStage(t, c, uint64(number))
			} else { // the same edges again, in other objects
				onServer(t, c)
			}
		})
	}
}

func TestRandomTopologies(t *testing.T) {
	const staged, programs = 8, 24
	for number := range uint64(programs) {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			if c := randomTopology(t, number); number < staged {
				onStage(t, c, number)
			} else {
				onServer(t, c)
			}
		})
	}
}

// onServer holds what the API server makes of a topology's objects.
func onServer(t *testing.T, c *topology) {
	t.Helper()
	clearCluster(t)
	s, err := scene.New(c.Topology, c.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	declareNamespaces(t, s.Namespaces)
	apply(t, c.build(t))
	verify(t, c)
}

// onStage holds that, and who then gets through to whom.
func onStage(t *testing.T, c *topology, number uint64) {
	t.Helper()
	st := newStage(t, c)
	apply(t, c.build(t))
	verify(t, c)
	st.hold(t, st.permits(c))
	st.askWhy(t, c, number)
}
