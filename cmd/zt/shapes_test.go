//go:build unix

package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var shapes = flag.Bool("shapes", false, "measure commands on inputs of many shapes, and compare with testdata/shapes.txt")

// No command may take more, whatever its input: more is refused before it starts.
const (
	mostTime   = 10 * time.Second // of processor time
	mostMemory = 1 << 30          // bytes resident
	// leastTime is what the start of the process can take.
	leastTime = 50 * time.Millisecond
)

// A shape is an input that grows with n, and a command that reads it.
type shape struct {
	name  string
	n     int                           // measured at n, 2n and 4n
	files func(n int) map[string]string // the input, by file name
	run   string                        // the command's arguments
}

// emitted is how zt writes what a shape verifies. That may take at most two builds.
var emitted = map[string]string{
	"verify-folder": "build . -o out --kustomization",
	"verify-json":   "build . -o out --format json",
}

// A shape of policies of Cilium may take at most this much more than the same of NetworkPolicies, in time and in
// memory.
const mostOverNetwork = 3

// TestShapes measures what commands take on inputs of many shapes, each at three sizes. It prints
// processor time and resident memory, and how both grow from n to 4n. It compares the growth with
// what testdata/shapes.txt notes, since growth depends less on the machine than time.
func TestShapes(t *testing.T) {
	if !*shapes {
		t.Skip("takes minutes; make bench runs it")
	}
	noted := notedGrowth(t)
	last := map[string]time.Duration{} // at 4n
	used := map[string]int64{}         // the memory
	t.Logf("%-24s %9s %9s %9s", "shape", "n", "time", "memory")
	for _, s := range shapeTable {
		t.Run(s.name, func(t *testing.T) {
			var took [3]time.Duration
			for i := range took {
				n := s.n << i
				time, memory, refused := measure(t, s, n)
				took[i], used[s.name] = max(time, leastTime), memory
				t.Logf("%-24s %9d %9v %6d MB %s", s.name, n, time.Round(10e6), memory>>20, refused)
				if time > mostTime || memory > mostMemory {
					t.Errorf("n=%d takes more than %v or %d MB", n, mostTime, mostMemory>>20)
				}
			}
			last[s.name] = took[2]
			growth := float64(took[2]) / float64(took[0])
			limit, ok := noted[s.name]
			if !ok {
				t.Errorf("testdata/shapes.txt does not note %s; it grows by %.1f", s.name, growth)
			} else if growth > limit {
				t.Errorf("4 times the input takes %.1f times as long, more than the %.1f noted", growth, limit)
			}
		})
	}
	for name := range emitted {
		if verify, build := last[name], last["build"]; build > 0 && verify > 2*build {
			t.Errorf("%s takes %v, more than two builds of %v", name, verify, build)
		}
	}
	for name := range last {
		network := strings.TrimSuffix(name, "-cilium") + "-network"
		if last[network] == 0 || name == network {
			continue
		}
		if last[name] > mostOverNetwork*last[network] || used[name] > mostOverNetwork*used[network] {
			t.Errorf("%s takes %v and %d MB, and %s only %v and %d MB", name, last[name], used[name]>>20, network, last[network], used[network]>>20)
		}
	}
	for name := range noted {
		if !slices.ContainsFunc(shapeTable, func(s shape) bool { return s.name == name }) {
			t.Errorf("testdata/shapes.txt notes %s, which is not measured", name)
		}
	}
}

// measure runs a shape's command. It returns the first line of an error that the command reports.
func measure(t *testing.T, s shape, n int) (used time.Duration, memory int64, refused string) {
	dir := t.TempDir()
	files := s.files(n)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if before := emitted[s.name]; before != "" {
		c := exec.Command("zt", strings.Fields(before)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("zt %s: %v\n%.500s", before, err, out)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*mostTime)
	defer cancel()
	c := exec.CommandContext(ctx, "zt", strings.Fields(s.run)...)
	c.Dir = dir
	if text, ok := files["stdin"]; ok {
		c.Stdin = strings.NewReader(text)
	}
	var errors strings.Builder
	c.Stderr = &errors
	err := c.Run()
	if ctx.Err() != nil {
		t.Fatalf("n=%d: zt %s does not end", n, s.run)
	}
	usage := c.ProcessState.SysUsage().(*syscall.Rusage)
	memory = int64(usage.Maxrss)
	if runtime.GOOS == "linux" {
		memory <<= 10 // Linux counts in KB
	}
	if code := c.ProcessState.ExitCode(); code != 0 && code != 1 {
		t.Fatalf("zt %s: %v\n%.500s", s.run, err, errors.String())
	}
	for line := range strings.Lines(errors.String()) {
		if strings.Contains(line, "error:") {
			refused = fmt.Sprintf("%.100s", strings.TrimSpace(line))
			break
		}
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), memory, refused
}

// notedGrowth reads how much longer each shape may take at 4n than at n.
func notedGrowth(t *testing.T) map[string]float64 {
	file, err := os.Open("testdata/shapes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	noted := map[string]float64{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var name string
		var growth float64
		if line := lines.Text(); line == "" || line[0] == '#' {
			continue
		} else if _, err := fmt.Sscan(line, &name, &growth); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		noted[name] = growth
	}
	return noted
}
