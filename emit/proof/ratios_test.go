//go:build unix

package proof

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/emit/manifest"
)

var ratios = flag.Bool("ratios", false, "measure what a build costs, and compare with testdata/ratios.txt")

// job is the variable by which a run of this test asks another one, in a process of its own, for
// what a job costs there: what is measured is what a command takes that does it, in fresh memory.
const job = "ZT_RATIOS_JOB"

// cost is the processor time of something, on all processors together and with the garbage that it made, and how
// much memory it allocated.
type cost struct {
	time  time.Duration
	bytes float64
}

func costOf(f func()) cost {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := used()
	f()
	took := used() - start
	runtime.ReadMemStats(&after)
	return cost{took, float64(after.TotalAlloc - before.TotalAlloc)}
}

// do does a job, and prints what its parts cost.
func do(t *testing.T, what string, edges int) {
	s := &stages{text: program(edges)}
	tell := func(name string, c cost) { fmt.Println(name, c.time.Nanoseconds(), c.bytes) }
	before := debug.SetGCPercent(400) // as zt does
	runtime.GC()
	switch what {
	case "json":
		s.format = manifest.FormatJSON
		fallthrough
	case "build":
		tell(what, costOf(func() {
			for _, step := range steps {
				step.run(s, t)
			}
		}))
	case "steps":
		for _, step := range steps {
			tell(step.name, costOf(func() { step.run(s, t) }))
		}
	case "marshal":
		s.compile(t)
		s.lower(t)
		debug.SetGCPercent(before) // the library is used with what Go has
		policies := s.policies.Objects()
		s = nil
		runtime.GC()
		tell(what, costOf(func() {
			for _, p := range policies {
				if _, err := yaml.Marshal(p); err != nil {
					t.Fatal(err)
				}
			}
		}))
	}
}

// ask has a job done, and keeps the least that each of its parts cost so far: others share the machine.
func ask(t *testing.T, costs map[string]cost, what string, edges int) {
	c := exec.Command(os.Args[0], "-test.run=^TestRatios$", "-ratios")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", job, what, edges))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s of %d edges: %v\n%s", what, edges, err, out)
	}
	for line := range strings.Lines(string(out)) {
		var name string
		var took cost
		if n, _ := fmt.Sscan(line, &name, &took.time, &took.bytes); n < 3 {
			continue
		}
		name = fmt.Sprintf("%s %d", name, edges)
		if least, ok := costs[name]; !ok || took.time < least.time {
			costs[name] = took
		}
	}
}

// TestRatios measures a build by its parts, and against the library that it could leave the writing
// to. Ratios of one run hold on machines of a kind; what they were when they were last noted, and what
// they may be at most, stands in testdata/ratios.txt. Times and sizes are for reading only.
func TestRatios(t *testing.T) {
	if !*ratios {
		t.Skip("takes a minute; make bench runs it")
	}
	var what string
	var edges int
	if n, _ := fmt.Sscan(os.Getenv(job), &what, &edges); n == 2 {
		do(t, what, edges)
		return
	}
	costs := map[string]cost{}
	for range 7 {
		for _, what := range []string{"steps", "marshal", "build", "json"} {
			ask(t, costs, what, 30_000)
		}
		ask(t, costs, "build", 1_000)
		ask(t, costs, "build", 10_000)
	}
	for range 3 {
		ask(t, costs, "build", 100_000)
	}
	of := func(name string) float64 {
		c, ok := costs[name+" 30000"]
		if !ok {
			t.Fatalf("nothing tells what %s costs", name)
		}
		t.Logf("%-8s %8v of processor time", name, c.time.Round(time.Millisecond))
		return float64(c.time)
	}
	rest := of("compile") + of("lower") + of("write")
	prove, build, marshal := of("prove"), of("build"), of("marshal")
	perEdge, size := map[int]float64{}, map[int]float64{}
	for _, n := range []int{1_000, 10_000, 100_000} {
		c := costs[fmt.Sprintf("build %d", n)]
		perEdge[n], size[n] = float64(c.time)/float64(n), c.bytes/float64(n)
		t.Logf("%7d edges: %6.0f ns and %6.0f bytes an edge", n, perEdge[n], size[n])
	}
	compare(t, map[string]float64{
		"build/marshal":     build / marshal,
		"json/yaml":         of("json") / build,
		"prove/rest":        prove / rest,
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
