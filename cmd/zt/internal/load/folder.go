package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zt-lang/zt/compiler"
)

// Folder is a folder as a file system that nothing leads out of, not even a link. Its files keep
// the paths that they have from the root, so an import that leaves the folder is never taken for
// a file inside it.
type Folder struct {
	root *os.Root
	at   string
}

// OpenFolder opens a folder. The caller must close it.
func OpenFolder(dir string) (*Folder, error) {
	at, err := rooted(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root, strings.TrimRight(at, "/")}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Open opens a file by its path from the root.
func (f *Folder) Open(name string) (fs.File, error) {
	below, ok := f.below(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("outside the kustomization's folder")}
	}
	return regularFiles{f.root.FS()}.Open(below)
}

// below returns a path from the folder.
func (f *Folder) below(name string) (string, bool) {
	if name == f.at {
		return ".", true
	}
	if f.at == "" {
		return name, true
	}
	return strings.CutPrefix(name, f.at+"/")
}

// DisplayName returns the name of a file in diagnostics: its path from the folder.
func (f *Folder) DisplayName(name string) string {
	if below, ok := f.below(name); ok {
		return below
	}
	return whole(name, runtime.GOOS == "windows")
}

// Path returns the path from the root of a name in the folder.
func (f *Folder) Path(name string) string { return path.Join(f.at, name) }

// Inputs returns the inputs for a name in the folder: a file, or the .zt files of a folder.
func (f *Folder) Inputs(name string) ([]compiler.Input, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(clean) {
		return nil, fmt.Errorf("%q is outside the kustomization's folder, where zt reads nothing; copy the file into the folder", name)
	}
	info, err := f.root.Stat(clean)
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", name, compiler.Cause(err))
	}
	files := []string{clean}
	if info.IsDir() {
		w := walk{
			stat:       f.root.Stat,
			readDir:    func(dir string) ([]fs.DirEntry, error) { return fs.ReadDir(f.root.FS(), dir) },
			extensions: []string{extension},
		}
		if files, err = w.files(clean); err != nil {
			return nil, fmt.Errorf("%q cannot be read: %w", name, compiler.Cause(err))
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("no %s files in %q", extension, name)
		}
	}
	var out []compiler.Input
	for _, file := range files {
		file = filepath.ToSlash(file)
		out = append(out, compiler.Input{Path: f.Path(file), Name: file})
	}
	return out, nil
}
