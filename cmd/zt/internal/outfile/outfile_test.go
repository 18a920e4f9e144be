package outfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// holds checks that a folder has just the files given, with their content.
func holds(t *testing.T, dir string, want map[string]string) {
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
		if err := Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, map[string]string{"a": text})
	}
}

func TestReplaceKeepsThePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are of Unix")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	write(t, path, "old", 0o600)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("new")); err != nil {
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
	write(t, filepath.Join(dir, "a"), "old", 0o644)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("a", link); err != nil {
		t.Skip(err)
	}
	if err := Replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, map[string]string{"a": "new", "link": "new"})
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

// What cannot be replaced stays as it was, and nothing is left lying about.
func TestReplaceFails(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "old", 0o644)
	for _, path := range []string{"nowhere/b", "a/b", "."} {
		if err := Replace(filepath.Join(dir, path), []byte("new")); err == nil {
			t.Errorf("%s is no file, and was replaced", path)
		}
	}
	holds(t, dir, map[string]string{"a": "old"})
}
