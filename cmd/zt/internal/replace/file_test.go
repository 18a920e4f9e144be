package replace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func writeFile(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// hasFiles checks that a folder has just the files given, with their content.
func hasFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if w, ok := want[e.Name()]; !ok || w != string(text) {
			t.Errorf("%s holds %q", e.Name(), text)
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%d files, want %d", len(entries), len(want))
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, text := range []string{"first", "second and longer", ""} {
		if err := File(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		hasFiles(t, dir, map[string]string{"a": text})
	}
}

func TestReplaceKeepsThePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are of Unix")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	writeFile(t, path, "old", 0o600)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := File(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o640 {
		t.Errorf("permissions are %v now", info.Mode())
	}
}

func TestReplaceFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a"), "old", 0o644)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("a", link); err != nil {
		t.Skip(err)
	}
	if err := File(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	hasFiles(t, dir, map[string]string{"a": "new", "link": "new"})
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

// A link to nothing is written through, as a shell does, wherever it leads; the link stays.
func TestReplaceCreatesWhatALinkLeadsTo(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, link := range [][2]string{
		{"first", "second"}, {"second", "deep/er/new"}, // one link leads to the next
		{"folder", "deep/er"}, {"up", "folder/../up"}, // which is deep/up
		{"loop", "loop"}, {"nowhere", "none/new"},
	} {
		if err := os.Symlink(link[1], filepath.Join(dir, link[0])); err != nil {
			t.Skip(err)
		}
	}
	for name, at := range map[string]string{"first": "deep/er/new", "up": "deep/up", "folder/x": "deep/er/x"} {
		if err := File(filepath.Join(dir, name), []byte(name)); err != nil {
			t.Error(err)
		}
		info, err := os.Lstat(filepath.Join(dir, at))
		if text, _ := os.ReadFile(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() || string(text) != name {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for _, name := range []string{"loop", "nowhere"} {
		if err := File(filepath.Join(dir, name), []byte("new")); err == nil {
			t.Errorf("%s leads to no place for a file, and was written", name)
		}
	}
	for _, name := range []string{"first", "second", "up", "loop", "nowhere"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s is no link any more: %v, %v", name, info, err)
		}
	}
}

// A path that cannot be replaced is an error, and no temporary file remains.
func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a"), "old", 0o644)
	for _, path := range []string{"nowhere/b", "a/b", "."} {
		if err := File(filepath.Join(dir, path), []byte("new")); err == nil {
			t.Errorf("%s is no file, and was replaced", path)
		}
	}
	hasFiles(t, dir, map[string]string{"a": "old"})
}

// Content that comes bit by bit is written as it comes, and replaces nothing if there is no more.
func TestReplaceBitByBit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	writeFile(t, path, "old", 0o644)
	line := strings.Repeat("x", 99) + "\n"
	failed := errors.New("failed")
	give := func(n int, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			for range n {
				if _, err := io.WriteString(w, line); err != nil {
					return err
				}
			}
			if info, err := os.Stat(filepath.Join(dir, ".zt-new")); err != nil || int(info.Size()) < (n-1)*len(line)/2 {
				t.Errorf("not yet on the disk: %v", err)
			}
			return err
		}
	}
	if err := FileBy(path, give(1000, failed)); !errors.Is(err, failed) {
		t.Errorf("error: %v", err)
	}
	hasFiles(t, dir, map[string]string{"a": "old"})
	if err := FileBy(path, give(1000, nil)); err != nil {
		t.Fatal(err)
	}
	hasFiles(t, dir, map[string]string{"a": strings.Repeat(line, 1000)})
}

func TestStoppable(t *testing.T) {
	signalled := false
	w := stoppable{io.Discard, func() bool { return signalled }}
	if _, err := w.Write([]byte("a")); err != nil {
		t.Error(err)
	}
	signalled = true
	if _, err := w.Write([]byte("a")); !errors.Is(err, errInterrupted) {
		t.Errorf("error: %v", err)
	}
}
