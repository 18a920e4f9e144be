//go:build unix

package proof

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

var ratios = flag.Bool("ratios", false, "measure what a build costs, and compare with testdata/ratios.txt")

// processor keeps the least processor time that each of some functions took, on all processors
// together and with the garbage that it made: since others share the machine, all run in turn, and again.
type processor map[string]time.Duration

func (p processor) measure(name string, f func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC()
	before := used()
	f()
	took := used() - before
	if least, ok := p[name]; !ok || took < least {
		p[name] = took
	}
}

// allocated returns how many bytes a function allocates.
func allocated(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// TestRatios measures a build by its parts, and against the library that it could leave the writing
// to. Ratios of one run hold on any machine; what they were when they were last noted, and what
// they may be at most, stands in testdata/ratios.txt. Times and sizes are for reading only.
func TestRatios(t *testing.T) {
	if !*ratios {
		t.Skip("takes minutes; make bench runs it")
	}
	before := debug.SetGCPercent(400) // as zt does
	defer debug.SetGCPercent(before)
	ballast := make([]byte, 64<<20)
	defer runtime.KeepAlive(ballast)
	cost := processor{}
	build := func(text string) {
		s := &stages{text: text}
		s.compile(t)
		s.lower(t)
		s.write(t)
		s.prove(t)
	}
	const edges = 30_000
	text := program(edges)
	for range 5 {
		s := &stages{text: text}
		for _, step := range steps {
			cost.measure(step.name, func() { step.run(s, t) })
		}
		policies := s.policies
		s = nil                    // what a build leaves would be marked with what comes next
		debug.SetGCPercent(before) // the library is used with what Go has
		cost.measure("marshal", func() {
			for _, p := range policies {
				if _, err := yaml.Marshal(p); err != nil {
					t.Fatal(err)
				}
			}
		})
		policies = nil
		debug.SetGCPercent(400)
		cost.measure("build", func() { build(text) })
	}
	for _, name := range []string{"compile", "lower", "write", "prove", "build", "marshal"} {
		t.Logf("%-8s %8v of processor time", name, cost[name].Round(time.Millisecond))
	}

	perEdge, size := map[int]float64{}, map[int]float64{}
	for _, n := range []int{1_000, 10_000, 100_000} {
		text, name := program(n), fmt.Sprint(n)
		for range max(2, 20_000/n) {
			cost.measure(name, func() { build(text) })
		}
		perEdge[n] = float64(cost[name].Nanoseconds()) / float64(n)
		size[n] = allocated(func() { build(text) }) / float64(n)
		t.Logf("%7d edges: %6.0f ns and %6.0f bytes an edge", n, perEdge[n], size[n])
	}

	compare(t, map[string]float64{
		"build/marshal":     float64(cost["build"]) / float64(cost["marshal"]),
		"prove/rest":        float64(cost["prove"]) / float64(cost["compile"]+cost["lower"]+cost["write"]),
		"time-100000/1000":  perEdge[100_000] / perEdge[1_000],
		"bytes-100000/1000": size[100_000] / size[1_000],
	})
}

// compare reports what is measured beside what is noted, and what is over its limit.
func compare(t *testing.T, measured map[string]float64) {
	notes, err := os.Open("testdata/ratios.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer notes.Close()
	for lines := bufio.NewScanner(notes); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var noted, limit float64
		if _, err := fmt.Sscan(line, &name, &noted, &limit); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		ratio, ok := measured[name]
		if !ok {
			t.Errorf("%s is noted, and not measured", name)
			continue
		}
		delete(measured, name)
		t.Logf("%-18s %.2f (noted %.2f, limit %.2f)", name, ratio, noted, limit)
		if ratio > limit {
			t.Errorf("%s is over its limit", name)
		}
	}
	for name := range measured {
		t.Errorf("%s is measured, and not noted", name)
	}
}
