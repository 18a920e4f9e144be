package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
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
// with defaults, equal to the topology. It returns what is stored.
func verify(t *testing.T, c *topology) []byte {
	t.Helper()
	list := readBack(t, c.kinds()...)
	stored := len(listed(t, list))
	if n := len(documents(c.Stream)); stored != n {
		t.Fatalf("%d objects are applied, and %d are stored", n, stored)
	}
	total.objects.Add(int64(stored))
	total.topologies.Add(1)
	out, equal := zt(t, list, c.args("verify", "--manifests", "-")...)
	if !equal {
		t.Fatalf("what is stored permits something else than the topology:\n%s", out)
	}
	if len(c.Targets) > 0 {
		return list
	}
	if err := c.Check(policies(t, list)); err != nil {
		t.Fatal(err)
	}
	return list
}

// differ reports whether `zt diff` finds a difference between two sets of manifests.
func differ(t *testing.T, old, new []byte) (out []byte, differ bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "old.yaml")
	if err := os.WriteFile(file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	out, same := zt(t, new, "diff", file, "-")
	return out, !same
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
	declareNamespaces(t, c.scene(t).Namespaces)
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
