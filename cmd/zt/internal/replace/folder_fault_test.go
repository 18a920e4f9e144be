package replace

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/emit/manifest"
)

// kustomization lists files as zt does.
func kustomization(names ...string) manifest.File {
	return manifest.File{Name: manifest.KustomizationName, Data: []byte(header + "resources:\n- " + strings.Join(names, "\n- ") + "\n")}
}

// The two builds of the tests below: files that stay, change, come and go.
var (
	before = []manifest.File{
		generated("change1.yaml", "old"), generated("change2.yaml", "old"), generated("go1.yaml", "old"), generated("go2.yaml", "old"),
		generated("stay.yaml", "same"), kustomization("change1.yaml", "change2.yaml", "go1.yaml", "go2.yaml", "stay.yaml"),
	}
	after = []manifest.File{
		generated("change1.yaml", "new"), generated("change2.yaml", "new and longer"), generated("come1.yaml", "new"),
		generated("come2.yaml", "new"), generated("stay.yaml", "same"),
		kustomization("change1.yaml", "change2.yaml", "come1.yaml", "come2.yaml", "stay.yaml"),
	}
	afterBare = after[:len(after)-1] // without a kustomization

	foreign = map[string]string{"README.md": "mine", "mine.yaml": "kind: Deployment\n", ".hidden": ""}
)

// textsOf returns files by their names, with those of somebody else.
func textsOf(files []manifest.File) map[string]string {
	out := maps.Clone(foreign)
	for _, f := range files {
		out[f.Name] = string(f.Data)
	}
	return out
}

// A build that is killed at any of its operations leaves each file whole, as it was or as it is to be,
// foreign files as they were, and a kustomization that lists only existing files. The next build
// replaces the rest.
func TestKilledBuilds(t *testing.T) {
	for _, test := range []struct {
		name     string
		old, new []manifest.File
		atLeast  int // operations
	}{
		{"another build", before, after, 25},
		{"without a kustomization", before, afterBare, 25},
		{"the first build", nil, after, 20},
		{"the same build", after, after, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n, step := 1, 1
			if testing.Short() {
				step = 6
			}
			for ; killed(t, test.old, test.new, n); n += step {
			}
			if n <= test.atLeast {
				t.Errorf("the build was killed at %d operations, want %d at least", n-1, test.atLeast)
			}
		})
	}
}

// killed kills a build at its nth operation and checks the folder. It returns false if the build has
// fewer operations.
func killed(t *testing.T, old, new []manifest.File, n int) bool {
	dir := filepath.Join(t.TempDir(), "below", "it")
	if old != nil {
		if err := Folder(dir, old); err != nil {
			t.Fatal(err)
		}
		put(t, dir, foreign)
	}
	build := "after"
	if len(new) == len(afterBare) {
		build = "afterBare"
	}
	ended := process(dir, "BUILD="+build, fmt.Sprintf("KILL_AT=%d", n)).Run()
	if _, err := os.Stat(dir); err == nil {
		was, is := textsOf(old), textsOf(new)
		got := tree(t, dir)
		maps.DeleteFunc(got, func(name, _ string) bool { return strings.HasPrefix(name, workName) })
		for name := range was {
			_, stays := is[name]
			if _, there := got[name]; !there && stays && old != nil {
				t.Errorf("killed at %d, %s is gone", n, name)
			}
		}
		for name, text := range got {
			if text != was[name] && text != is[name] {
				t.Errorf("killed at %d, %s is %q", n, name, text)
			}
		}
		if k, there := got[manifest.KustomizationName]; there {
			for _, line := range strings.Split(k, "\n") {
				if name, listed := strings.CutPrefix(line, "- "); listed && got[name] == "" {
					t.Errorf("killed at %d, the kustomization lists %s, which is not there", n, name)
				}
			}
		}
	}
	if err := Folder(dir, new); err != nil {
		t.Fatal(err)
	}
	put(t, dir, foreign) // where they were not put before
	want(t, dir, textsOf(new))
	return ended != nil
}

// A build that fails at any of its operations changes nothing.
func TestFailedBuilds(t *testing.T) {
	defer func() { fault = func(string) error { return nil } }()
	full := errors.New("no space left")
	for _, new := range [][]manifest.File{after, afterBare} {
		for n := 1; ; n++ {
			dir := t.TempDir()
			if err := Folder(dir, before); err != nil {
				t.Fatal(err)
			}
			put(t, dir, foreign)
			var failed string
			count := 0
			fault = func(operation string) error {
				if count++; count == n {
					failed = operation
					return full
				}
				return nil
			}
			err := Folder(dir, new)
			fault = func(string) error { return nil }
			switch got := tree(t, dir); {
			case failed == "":
				if err != nil {
					t.Fatal(err)
				}
				if n < 25 {
					t.Errorf("only %d operations", n)
				}
			case err == nil: // what is left to do is to clear up
				maps.DeleteFunc(got, func(name, _ string) bool { return strings.HasPrefix(name, workName) })
				if diff := cmp.Diff(textsOf(new), got); diff != "" || failed != "remove all" {
					t.Errorf("operation %d, %s, failed unseen (-want +got):\n%s", n, failed, diff)
				}
			case !errors.Is(err, full):
				t.Errorf("operation %d, %s: %v", n, failed, err)
			default:
				if diff := cmp.Diff(textsOf(before), got); diff != "" {
					t.Errorf("operation %d, %s, failed, and the folder changed (-want +got):\n%s", n, failed, diff)
				}
			}
			if failed == "" {
				break
			}
		}
	}
}

// process is a build in a process of its own: TestBuildOfAnotherProcess.
func process(dir string, variables ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], "-test.run=^TestBuildOfAnotherProcess$")
	c.Env = append(append(os.Environ(), "OUTDIR="+dir), variables...)
	return c
}

// killAt ends the process without a word, or interrupts it, at the operation that a variable says, if
// one does.
func killAt(t *testing.T) bool {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(os.Getenv("KILL_AT"))
	end := func() {
		self.Kill()
		select {}
	}
	if err != nil {
		n, err = strconv.Atoi(os.Getenv("INTERRUPT_AT"))
		end = func() {
			arrived := make(chan os.Signal, 1)
			signal.Notify(arrived, os.Interrupt)
			self.Signal(os.Interrupt)
			<-arrived
			signal.Stop(arrived)
		}
	}
	if err != nil {
		return false
	}
	fault = func(string) error {
		if n--; n == 0 {
			end()
		}
		return nil
	}
	return true
}
