package replace

import (
	"bytes"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/zt-lang/zt/emit/manifest"
)

// mount mounts a file system in memory, or skips the test where one may not.
func mount(t *testing.T, options string) (dir string) {
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a disk that is full, whenever it becomes so, nothing changes; when there is room
// again, the next build goes through.
func TestFullDisk(t *testing.T) {
	dir := mount(t, "size=1m")
	var old, new []manifest.File
	for _, name := range []string{"a.yaml", "b.yaml", "c.yaml"} {
		old = append(old, generated(name, strings.Repeat("old", 10_000)))
		new = append(new, generated(name, strings.Repeat("new", 20_000)))
	}
	new = append(new, generated("d.yaml", "new"))
	if err := Folder(dir, old); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for room := int64(0); ; room += 8 << 10 {
		ballast := filepath.Join(dir, "ballast")
		os.Remove(ballast)
		var free syscall.Statfs_t
		if err := syscall.Statfs(dir, &free); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, bytes.Repeat([]byte{0}, int(int64(free.Bavail)*free.Bsize-room)), 0o644); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		err := Folder(dir, new)
		if err == nil {
			break
		}
		failed++
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
		want(t, dir, before)
	}
	if failed < 10 {
		t.Errorf("the disk was full %d times only", failed)
	}
	os.Remove(filepath.Join(dir, "ballast"))
	is := map[string]string{}
	for _, f := range new {
		is[f.Name] = string(f.Data)
	}
	want(t, dir, is)
}

// What holds for a full disk holds for a limit on how large files may be.
func TestLimitedFiles(t *testing.T) {
	if dir := os.Getenv("LIMITED"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
			t.Fatal(err)
		}
		err := Folder(dir, []manifest.File{generated("a.yaml", "new"), generated("b.yaml", strings.Repeat("new", 10_000))})
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("error %v", err)
		}
		return
	}
	dir := t.TempDir()
	if err := Folder(dir, []manifest.File{generated("a.yaml", "old"), generated("c.yaml", "old")}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	c := process(dir, "LIMITED="+dir)
	c.Args[1] = "-test.run=^TestLimitedFiles$"
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	want(t, dir, before)
}

// On a file system that takes no changes, there are none, and the error says so.
func TestReadOnlyFileSystem(t *testing.T) {
	dir := mount(t, "size=1m")
	if err := Folder(dir, []manifest.File{generated("a.yaml", "old")}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	before := tree(t, dir)
	for _, at := range []string{dir, filepath.Join(dir, "new", "folder")} {
		if err := Folder(at, []manifest.File{generated("a.yaml", "new")}); !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: error %v", at, err)
		}
	}
	want(t, dir, before)
}

// A file that cannot be replaced, among others that can, keeps all of them as they are: here somebody
// mounted another one over it.
func TestBusyFile(t *testing.T) {
	dir := mount(t, "size=1m")
	if err := Folder(dir, []manifest.File{generated("a.yaml", "old"), generated("b.yaml", "old"), generated("c.yaml", "old")}); err != nil {
		t.Fatal(err)
	}
	busy := filepath.Join(dir, "b.yaml")
	if err := syscall.Mount(busy, busy, "", syscall.MS_BIND, ""); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Unmount(busy, 0) })
	before := tree(t, dir)
	if err := Folder(dir, []manifest.File{generated("a.yaml", "new"), generated("b.yaml", "new"), generated("d.yaml", "new")}); err == nil {
		t.Error("no error")
	}
	want(t, dir, before)
}
