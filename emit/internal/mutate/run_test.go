package mutate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	model     = "emit/proof/model"
	questions = "compiler/query"
)

// guards are the packages whose tests prove guardrails.
var guards = []string{"emit/target/cilium", "emit/target/clusternetworkpolicy"}

// targets are the packages that get mistakes, and the percentage of them that must be found:
// at least 10 points less than what was measured with 20 mistakes in each. What is not found is
// mostly harmless: it saves time, sorts what is sorted, or handles errors that cannot occur.
var targets = map[string]int{
	"compiler/resolve":          75,
	"compiler/semantics":        65,
	"compiler/cluster/evaluate": 65,
	"compiler/relation":         65,
	"compiler/topology":         45, // the stages of a rollout are tested from outside
	"emit/target/networkpolicy": 85,
	"emit/manifest":             75,
	"emit/proof":                75,
	"grammar/format":            65,
}

// net is a test binary that can find mistakes, and how to run it.
type net struct {
	pkg  string
	args []string
}

// nets returns what can find a mistake in a package, the cheapest first.
func nets(pkg string) []net {
	out := []net{{pkg: pkg}}
	if pkg == "compiler/cluster/evaluate" { // the tests of ordered policies ask questions
		out = append(out, net{pkg: questions, args: []string{"-test.run=^(TestOrdered|TestDecidingRule|TestCilium)", "-rapid.checks=150", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}})
	}
	if pkg == "emit/proof" {
		for _, g := range guards {
			out = append(out, net{pkg: g})
		}
	}
	for _, n := range []net{
		{pkg: "compiler"},
		{pkg: "emit/proof"},
		{pkg: model, args: []string{"-test.run=^(TestPrograms|TestSpellings|TestProofAccepts|TestProofCatchesMutants)$", "-rapid.checks=100", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}},
	} {
		if n.pkg != pkg {
			out = append(out, n)
		}
	}
	return out
}

// TestMutants compiles mistakes into the product and counts those that the tests find.
// It takes minutes, and runs only with ZT_MUTANTS set to the number of mistakes in each package.
func TestMutants(t *testing.T) {
	sample, _ := strconv.Atoi(os.Getenv("ZT_MUTANTS"))
	if sample == 0 {
		t.Skip("ZT_MUTANTS is not set")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &session{root: root, dir: t.TempDir(), dropped: map[int]bool{}, original: map[string]string{}}
	for _, pkg := range packages() {
		s.collect(t, pkg, sample)
	}
	start := time.Now()
	s.build(t)
	s.prepare(t)
	t.Logf("%d mistakes compiled in %v", len(s.all)-len(s.dropped), time.Since(start).Round(time.Second))
	if found, by := s.try(0, slices.Concat(nets("emit/proof"), nets("compiler/cluster/evaluate")[:2])); found {
		t.Fatalf("without a mistake, %s fails", by)
	}
	s.report(t, s.tryAll())
}

func packages() []string {
	var out []string
	for pkg := range targets {
		out = append(out, pkg)
	}
	slices.Sort(out)
	return out
}

// session is one run: the mistakes by their numbers less one, and those that don't compile.
type session struct {
	root, dir string
	all       []mutant
	dropped   map[int]bool
	original  map[string]string // the files that changed ones stand for; the go command may name either
}

// collect adds a sample of a package's mutants.
func (s *session) collect(t *testing.T, pkg string, sample int) {
	files, err := filepath.Glob(filepath.Join(s.root, filepath.FromSlash(pkg), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files, %v", pkg, err)
	}
	var found []mutant
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		mutants, err := mutantsOf(pkg, file)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, mutants...)
	}
	ranks := make([]string, len(found))
	for i, m := range found {
		ranks[i] = m.rank()
	}
	slices.Sort(ranks)
	last := ranks[min(sample, len(ranks))-1]
	for _, m := range found {
		if m.rank() <= last {
			s.all = append(s.all, m)
		}
	}
}

// overlay writes the changed files and returns the list of them for the go command.
func (s *session) overlay(t *testing.T) string {
	numbers := map[string][]int{}
	for i, m := range s.all {
		if !s.dropped[i] {
			numbers[m.file] = append(numbers[m.file], i)
		}
	}
	replace := map[string]string{}
	put := func(at, text string) {
		name := filepath.Join(s.dir, fmt.Sprint("file", len(replace), ".go"))
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[at], s.original[name] = name, at
	}
	helped := map[string]bool{}
	for i, m := range s.all {
		if numbers[m.file] == nil {
			continue
		}
		text, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		put(m.file, mutated(string(text), numbers[m.file], s.all))
		delete(numbers, m.file)
		if dir := filepath.Dir(s.all[i].file); !helped[dir] {
			helped[dir] = true
			clause := regexp.MustCompile(`(?m)^package \w+`).FindString(string(text))
			put(filepath.Join(dir, "mutant__.go"), clause+"\n"+helper)
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(s.dir, "overlay.json")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

var place = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: `)

// build compiles the packages and drops the mistakes that the compiler finds.
func (s *session) build(t *testing.T) {
	for range 2 * len(targets) {
		args := []string{"build", "-gcflags=-e", "-overlay", s.overlay(t)}
		for _, pkg := range packages() {
			args = append(args, "./"+pkg)
		}
		out, err := s.command(s.root, "go", args...)
		if err == nil {
			return
		}
		before := len(s.dropped)
		for _, at := range place.FindAllStringSubmatch(out, -1) {
			for i, m := range s.all {
				if s.original[at[1]] == m.file && strconv.Itoa(m.line) == at[2] {
					s.dropped[i] = true
				}
				if file, err := filepath.Rel(s.root, m.file); err == nil && file == filepath.Clean(at[1]) && strconv.Itoa(m.line) == at[2] {
					s.dropped[i] = true
				}
			}
		}
		if len(s.dropped) == before {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	t.Fatal("the packages don't compile")
}

// prepare compiles the test binaries.
func (s *session) prepare(t *testing.T) {
	overlay := s.overlay(t)
	for _, pkg := range slices.Concat(packages(), []string{"compiler", questions, model}, guards) {
		args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", s.binary(pkg), "./" + pkg}
		if out, err := s.command(s.root, "go", args...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

func (s *session) binary(pkg string) string {
	return filepath.Join(s.dir, strings.ReplaceAll(pkg, "/", "_")+".test")
}

func (s *session) command(dir, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// try runs nets with a mistake until one fails, and returns that.
func (s *session) try(number int, nets []net) (found bool, by string) {
	for _, n := range nets {
		if _, err := os.Stat(s.binary(n.pkg)); errors.Is(err, os.ErrNotExist) {
			continue // a package without tests
		}
		// A mistake can need endless memory: the shell limits it.
		args := append([]string{"-c", `ulimit -v 8000000; exec "$0" "$@"`, s.binary(n.pkg), "-test.short", "-test.failfast", "-test.timeout=60s"}, n.args...)
		c := exec.Command("sh", args...)
		c.Dir = filepath.Join(s.root, filepath.FromSlash(n.pkg))
		c.Env = append(os.Environ(), fmt.Sprint("ZT_MUTANT=", number), "ZT_MUTANTS=")
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if c.Run() != nil {
			return true, n.pkg
		}
	}
	return false, ""
}

// tryAll returns what finds each mistake, or "".
func (s *session) tryAll() []string {
	by := make([]string, len(s.all))
	work := make(chan int)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := range work {
				_, by[i] = s.try(i+1, nets(s.all[i].pkg))
			}
		})
	}
	for i := range s.all {
		if !s.dropped[i] {
			work <- i
		}
	}
	close(work)
	workers.Wait()
	return by
}

// report prints what was found, and fails where that is too little.
func (s *session) report(t *testing.T, by []string) {
	for _, pkg := range packages() {
		tried, found := 0, map[string]int{}
		for i, m := range s.all {
			if m.pkg != pkg || s.dropped[i] {
				continue
			}
			tried++
			if by[i] != "" {
				found[by[i]]++
				continue
			}
			file, _ := filepath.Rel(s.root, m.file)
			t.Logf("not found: %s:%d: %s", file, m.line, m.what)
		}
		sum := 0
		for _, n := range found {
			sum += n
		}
		t.Logf("%s: %d of %d mistakes found, by %v", pkg, sum, tried, found)
		if sum*100 < tried*targets[pkg] {
			t.Errorf("%s: %d of %d mistakes are found, want %d%%", pkg, sum, tried, targets[pkg])
		}
	}
}
