package load

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Root is the file system of inputs and imports.
var Root fs.FS = regularFiles{disk{}}

// disk is all files of this machine. The path of a file is what Abs makes of it, with slashes and
// without those at the start: work/shop.zt, and on Windows C:/work/shop.zt, or server/share/shop.zt.
type disk struct{}

func (disk) Open(name string) (fs.File, error) { return at(name, fs.FS.Open) }

// Stat describes a file without opening it: a pipe would wait for its writer.
func (disk) Stat(name string) (fs.FileInfo, error) { return at(name, fs.Stat) }

func at[T any](name string, do func(fs.FS, string) (T, error)) (T, error) {
	root, below := volume(name, runtime.GOOS == "windows")
	if root == "" {
		var none T
		return none, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return do(os.DirFS(root), below)
}

// volume splits a path of the disk into the root of its volume, and the path from there. The root is
// empty if the path has no volume, as only Windows demands.
func volume(name string, windows bool) (root, below string) {
	if !windows {
		return "/", name
	}
	first, below, _ := strings.Cut(name, "/")
	root = first + `\`
	if !strings.HasSuffix(first, ":") {
		var share string
		share, below, _ = strings.Cut(below, "/")
		if share == "" {
			return "", name
		}
		root = `\\` + first + `\` + share + `\`
	}
	if below == "" {
		below = "."
	}
	return root, below
}

// whole returns the absolute path of a file of the disk, with slashes on every system.
func whole(name string, windows bool) string {
	root, below := volume(name, windows)
	root = strings.ReplaceAll(root, `\`, "/")
	if below == "." {
		return root
	}
	return root + below
}

// rooted returns the path of a file in Root.
func rooted(name string) (string, error) {
	abs, err := filepath.Abs(name)
	return strings.TrimLeft(filepath.ToSlash(abs), "/"), err
}

// DisplayName returns the name of an imported file in diagnostics: its path from the current
// directory, or its whole path if it is far away.
func DisplayName(path string) string {
	abs := whole(path, runtime.GOOS == "windows")
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, abs); err == nil && !strings.HasPrefix(filepath.ToSlash(rel), "../../..") {
			return filepath.ToSlash(rel)
		}
	}
	return abs
}

// regularFiles is a file system without devices and pipes. A program that imports one would wait
// for it, or read it without an end.
type regularFiles struct{ fs.FS }

func (r regularFiles) Open(name string) (fs.File, error) {
	info, err := fs.Stat(r.FS, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a file")}
	}
	return r.FS.Open(name)
}
