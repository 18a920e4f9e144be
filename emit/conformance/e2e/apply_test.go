package e2e

import (
	"fmt"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/target"
)

// apply applies a stream, first as a dry run, and waits until it is enforced.
func apply(t *testing.T, stream []byte) {
	t.Helper()
	args := []string{"apply", "--server-side", "--filename", "-", "--output", "name"}
	kubectl(t, stream, append(args, "--dry-run=server")...)
	kubectl(t, stream, args...)
	awaitPolicies(t)
}

// verify checks that the server has stored every object, and that `zt verify` finds what it stored,
// with defaults, equal to the topology.
func verify(t *testing.T, c *topology) {
	t.Helper()
	list := readBack(t)
	stored := policies(t, list)
	if n := len(documents(c.Stream)); len(stored) != n {
		t.Fatalf("%d objects are applied, and %d are stored", n, len(stored))
	}
	total.objects.Add(int64(len(stored)))
	total.topologies.Add(1)
	out, equal := zt(t, list, append([]string{"verify", "--manifests", "-"}, c.Args...)...)
	if !equal {
		t.Fatalf("what is stored permits something else than the topology:\n%s", out)
	}
	if err := c.Check(stored); err != nil {
		t.Fatal(err)
	}
}

// The server accepts everything that zt emits and keeps its meaning, and hosts can connect exactly
// where the topology says so.
func TestExamples(t *testing.T) {
	for number, c := range exampleTopologies(t) {
		t.Run(c.Name, func(t *testing.T) {
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
	for number := range programs {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			layout := []target.Layout{target.ByTier, target.ByEdge}[number%2]
			if c := topologyOf(t, program.Random(number), layout); number < staged {
				onStage(t, c, uint64(number))
			} else {
				onServer(t, c)
			}
		})
	}
}

// onServer checks what the API server stores of a topology's objects.
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

// onStage also checks which hosts can connect.
func onStage(t *testing.T, c *topology, number uint64) {
	t.Helper()
	st := newStage(t, c)
	apply(t, c.build(t))
	verify(t, c)
	st.hold(t, st.permits(c))
	st.askWhy(t, c, number)
}
