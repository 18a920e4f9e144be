package replace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// A process that is killed at any of its operations leaves the file whole, as it was or
// as it is to be, and the next one clears away what it left.
func TestKilledFile(t *testing.T) {
	for _, old := range []string{"old", ""} {
		for n := 1; ; n++ {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			if old != "" {
				writeFile(t, path, old, 0o644)
			}
			killed := writer(path, fmt.Sprintf("KILL_AT=%d", n)).Run() != nil
			if got, _ := os.ReadFile(path); string(got) != old && string(got) != "new" {
				t.Errorf("killed at %d: %q", n, got)
			}
			if !killed {
				hasFiles(t, dir, map[string]string{"a": "new"})
				if n < 5 {
					t.Errorf("only %d operations", n-1)
				}
				break
			}
			if err := File(path, []byte("next")); err != nil {
				t.Fatal(err)
			}
			hasFiles(t, dir, map[string]string{"a": "next"})
		}
	}
}

// If an operation fails, the file keeps its content, and no temporary file remains.
func TestFailedFile(t *testing.T) {
	defer func() { fault = func(string) error { return nil } }()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	writeFile(t, path, "old", 0o644)
	full := errors.New("no space left")
	for n := 1; ; n++ {
		count := 0
		fault = func(string) error {
			if count++; count == n {
				return full
			}
			return nil
		}
		err := File(path, []byte("new"))
		if count < n {
			if err != nil || n < 5 {
				t.Errorf("%d operations, %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, full) {
			t.Errorf("operation %d: %v", n, err)
		}
		hasFiles(t, dir, map[string]string{"a": "old"})
	}
}

// Processes that write one file at once leave what one of them wrote, and readers see nothing else.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	writeFile(t, path, "new", 0o644)
	var wait sync.WaitGroup
	for i := range 6 {
		c := writer(path, fmt.Sprintf("TEXT=%d", i))
		wait.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wait.Wait()
		close(done)
	}()
	for {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !wholeFile(string(got)) {
			t.Fatalf("read %.40q...", got)
		}
		select {
		case <-done:
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("left: %v", entries)
			}
			return
		default:
		}
	}
}

func textOf(id string) string { return fmt.Sprintf("%s%0100000d", id, 0) }

func wholeFile(text string) bool { return text == "new" || text == textOf(text[:min(1, len(text))]) }

// writer writes a file in a process of its own.
func writer(path, variable string) *exec.Cmd {
	c := exec.Command(os.Args[0], "-test.run=^TestFileOfAnotherProcess$")
	c.Env = append(os.Environ(), "OUTFILE="+path, variable)
	return c
}

// TestFileOfAnotherProcess is what the processes of the tests above run.
func TestFileOfAnotherProcess(t *testing.T) {
	path := os.Getenv("OUTFILE")
	if path == "" {
		return
	}
	if id := os.Getenv("TEXT"); id != "" {
		for range 50 {
			if err := File(path, []byte(textOf(id))); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	n, err := strconv.Atoi(os.Getenv("KILL_AT"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	fault = func(string) error {
		if n--; n == 0 {
			self.Kill()
			select {}
		}
		return nil
	}
	if err := File(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
}
