package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folder is a folder as a file system out of which nothing leads, links neither. Its files have
// the paths that they have in the whole, so that an import that climbs out of the folder is known
// to, and is not taken for one of a file in it.
type folder struct {
	root *os.Root
	at   string
}

// openFolder opens a folder. It is to be closed.
func openFolder(dir string) (*folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	return &folder{root, strings.Trim(filepath.ToSlash(abs), "/")}, nil
}

func (f *folder) Close() error { return f.root.Close() }

// Open opens a file by its path in the whole.
func (f *folder) Open(name string) (fs.File, error) {
	below, ok := f.below(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("outside the kustomization's folder")}
	}
	return regularFiles{f.root.FS()}.Open(below)
}

// below returns a path from the folder.
func (f *folder) below(name string) (string, bool) {
	if name == f.at {
		return ".", true
	}
	if f.at == "" {
		return name, true
	}
	return strings.CutPrefix(name, f.at+"/")
}

// display returns what diagnostics call a file: its path from the folder.
func (f *folder) display(name string) string {
	if below, ok := f.below(name); ok {
		return below
	}
	return "/" + name
}
