package load

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A path of the disk names the volume that it came from, and comes back as what it was.
func TestVolume(t *testing.T) {
	for _, test := range []struct {
		name    string
		windows bool
		root    string
		below   string
		whole   string
	}{
		{"work/shop.zt", false, "/", "work/shop.zt", "/work/shop.zt"},
		{"C:/shop.zt", false, "/", "C:/shop.zt", "/C:/shop.zt"},
		{"C:/work/shop.zt", true, `C:\`, "work/shop.zt", "C:/work/shop.zt"},
		{"C:", true, `C:\`, ".", "C:/"},
		{"server/share/work/shop.zt", true, `\\server\share\`, "work/shop.zt", "//server/share/work/shop.zt"},
		{"server/share", true, `\\server\share\`, ".", "//server/share/"},
		{"work", true, "", "work", "work"},
		{".", true, "", ".", ""},
	} {
		root, below := volume(test.name, test.windows)
		if whole := whole(test.name, test.windows); root != test.root || below != test.below || whole != test.whole {
			t.Errorf("%s: %q and %q, whole %q", test.name, root, below, whole)
		}
	}
}

// Whatever the system, the disk has the file that a name means.
func TestDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "shop.zt")
	if err := os.WriteFile(name, []byte("tier a"), 0o644); err != nil {
		t.Fatal(err)
	}
	path, err := rooted(name)
	if err != nil || !fs.ValidPath(path) {
		t.Fatal(path, err)
	}
	if text, err := fs.ReadFile(Root, path); err != nil || string(text) != "tier a" {
		t.Errorf("%q, %v", text, err)
	}
	if got := whole(path, runtime.GOOS == "windows"); got != filepath.ToSlash(name) {
		t.Errorf("whole(%q) = %q", path, got)
	}
	t.Chdir(filepath.Dir(name))
	if got := DisplayName(path); got != "shop.zt" {
		t.Errorf("DisplayName(%q) = %q", path, got)
	}
}
