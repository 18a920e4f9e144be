//go:build unix

package query

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
)

// The size of what is measured: 10,000 workloads in 200 namespaces, with 30,000 edges.
const manySpaces, perSpace, edgesPerSpace = 200, 50, 150

func spaceName(i int) string { return fmt.Sprintf("team-%d", i) }

func tierName(i int) string { return fmt.Sprintf("service-%d", i) }

// large returns a program of that size. Most edges stay in their namespace, some lead to others and outside.
func large() string {
	random := rand.New(rand.NewPCG(1, 5))
	var b strings.Builder
	b.WriteString("external partner { 203.0.113.0/24 except 203.0.113.7/32 }\n")
	for n := range manySpaces {
		fmt.Fprintf(&b, "namespace %s {\n  labels stage=prod\n", spaceName(n))
		for i := range perSpace {
			fmt.Fprintf(&b, "  tier %s { app=%s } :%d, 9090\n", tierName(i), tierName(i), 8000+i)
		}
		seen := map[string]bool{}
		for e := 0; e < edgesPerSpace; {
			from, to := random.IntN(perSpace), random.IntN(perSpace)
			ends := fmt.Sprintf("%s -> %s :%d\n", tierName(from), tierName(to), 8000+to)
			switch random.IntN(20) {
			case 0:
				ends = fmt.Sprintf("%s -> partner :443\n", tierName(from))
			case 1, 2:
				ends = fmt.Sprintf("%s -> %s/%s :%d\n", tierName(from), spaceName(random.IntN(manySpaces)), tierName(to), 8000+to)
			}
			if !seen[ends] {
				seen[ends] = true
				b.WriteString("  " + ends)
				e++
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// deployments returns a workload for every tier, with so many replicas.
func deployments(replicas int) string {
	var b strings.Builder
	for n := range manySpaces {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {stage: prod}}\n", spaceName(n))
		for i := range perSpace {
			fmt.Fprintf(&b, `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  replicas: %[3]d
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: main, ports: [{containerPort: %[4]d}]}]}
`, tierName(i), spaceName(n), replicas, 8000+i)
		}
	}
	return b.String()
}

// reachOfProgram is what `zt reach` does with a program, but for reading and writing files.
func reachOfProgram(t testing.TB, program string) int {
	t.Helper()
	v := viewOfProgram(t, program)
	connections := v.Reach()
	v.WriteConnections(io.Discard, connections, v.Undecided(connections, nil, nil))
	return len(connections)
}

// reachOfManifests is what `zt reach` does with manifests that have been read.
func reachOfManifests(t testing.TB, inv *inventory.Inventory) int {
	t.Helper()
	v, err := OfManifests(inv, LabelsOf(inv), nil)
	if err != nil {
		t.Fatal(err)
	}
	connections := v.Reach()
	v.WriteConnections(io.Discard, connections, v.Undecided(connections, nil, nil))
	return len(connections)
}

func BenchmarkReach(b *testing.B) {
	program := large()
	policies, workloads := string(policiesOf(b, program)), deployments(10)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			policiesOf(b, program)
		}
	})
	b.Run("topology", func(b *testing.B) {
		for b.Loop() {
			reachOfProgram(b, program)
		}
	})
	var inv *inventory.Inventory
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			inv = read(b, policies, workloads)
		}
	})
	b.Run("manifests", func(b *testing.B) {
		for b.Loop() {
			reachOfManifests(b, inv)
		}
	})
}

var measure = flag.Bool("ratios", false, "measure what answers cost, beside a build")

// processor returns the processor time that a function takes, on all processors together; the
// least of some runs, since others share the machine.
func processor(runs int, f func()) time.Duration {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	var least time.Duration
	for i := range runs {
		runtime.GC()
		before := used()
		f()
		if took := used() - before; i == 0 || took < least {
			least = took
		}
	}
	return least
}

// TestRatios holds what reach costs, of all pairs of 10,000 parties, against a build of the same in the
// same run: at most three times as much, however many replicas the workloads have.
func TestRatios(t *testing.T) {
	if !*measure {
		t.Skip("takes a minute; make bench runs it")
	}
	program := large()
	policies := string(policiesOf(t, program))
	few, many := read(t, policies, deployments(10)), read(t, policies, deployments(1000))
	const edges = manySpaces * edgesPerSpace
	for name, connections := range map[string]int{
		"topology": reachOfProgram(t, program), "manifests": reachOfManifests(t, few), "more replicas": reachOfManifests(t, many),
	} {
		if connections < edges {
			t.Errorf("%s: %d connections of %d edges", name, connections, edges)
		}
	}
	build := processor(3, func() { policiesOf(t, program) })
	reading := processor(3, func() { read(t, policies) })
	ofProgram := processor(3, func() { reachOfProgram(t, program) })
	ofFew := processor(3, func() { reachOfManifests(t, few) })
	ofMany := processor(3, func() { reachOfManifests(t, many) })
	t.Logf("30,000 edges, processor time: build %v, reach of the topology %v, of its manifests %v and reading those %v", build, ofProgram, ofFew, reading)
	for _, r := range []struct {
		name         string
		ratio, limit float64
	}{
		{"reach/build", float64(ofProgram) / float64(build), 3},
		{"reach manifests/build", float64(ofFew) / float64(build), 3},
		{"reach replicas:1000/10", float64(ofMany) / float64(ofFew), 1.5},
	} {
		t.Logf("%-28s %.2f (limit %.2f)", r.name, r.ratio, r.limit)
		if r.ratio > r.limit {
			t.Errorf("%s is over its limit", r.name)
		}
	}
}
