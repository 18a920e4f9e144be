package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/emit/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// manifestExtensions are what files of manifests end in.
var manifestExtensions = []string{".yaml", ".yml", ".json"}

// readManifests reads manifests for a command that needs them whole: what is
// wrong with them is reported, and then the answer is no.
func readManifests(c *cli.Context, paths []string) (*inventory.Inventory, error) {
	inv, diags, err := loadManifests(c, paths)
	if err != nil {
		return nil, err
	}
	if err := report(c, diags); err != nil {
		return nil, err
	}
	if diags.Errors() > 0 {
		return nil, errNo
	}
	return inv, nil
}

// loadManifests reads the manifests of a command line: files, of directories
// the files in them and below, and - for standard input. The error is of files that cannot be read.
func loadManifests(c *cli.Context, paths []string) (*inventory.Inventory, diag.List, error) {
	w := manifestWalk{seen: map[string]bool{}}
	for _, p := range paths {
		if err := w.add(p); err != nil {
			return nil, nil, err
		}
	}
	var files []*source.File
	for _, name := range w.names {
		f, err := readSource(name, c.App.Reader)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	inv, diags := inventory.Read(files, c.String("namespace"))
	return inv, diags, nil
}

// readSource reads one file, or standard input, but no more of it than may be one.
func readSource(name string, stdin io.Reader) (*source.File, error) {
	shown, in := name, stdin
	if name == stdinArg {
		shown = stdinName
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	var b strings.Builder // whose text is not copied once more
	if _, err := io.Copy(&b, io.LimitReader(in, inventory.MaxSize+1)); err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	return source.NewFile(shown, b.String()), nil
}

// manifestWalk collects files, each once, in the order of the paths and in
// each folder by name.
type manifestWalk struct {
	names []string
	seen  map[string]bool // files and folders, by what all their names have in common
}

func (w *manifestWalk) add(path string) error {
	if path == stdinArg {
		return w.file(path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return w.file(path)
	}
	found, err := w.folder(path)
	if err == nil && !found {
		return fmt.Errorf("%s: no manifests (%s) in this directory or below", path, strings.Join(manifestExtensions, ", "))
	}
	return err
}

func (w *manifestWalk) file(name string) error {
	if again, err := w.again(name); again || err != nil {
		return err
	}
	w.names = append(w.names, name)
	return nil
}

// again reports whether something has been met before, under whatever name.
func (w *manifestWalk) again(name string) (bool, error) {
	real, err := identity(name)
	if err != nil || w.seen[real] {
		return true, err
	}
	w.seen[real] = true
	return false, nil
}

// folder adds the manifests of a folder and of those below, links followed, and
// reports whether there are any. Hidden files are not meant: they belong to editors, to git, and to the
// way in which Kubernetes mounts volumes.
func (w *manifestWalk) folder(dir string) (found bool, err error) {
	if again, err := w.again(dir); again || err != nil {
		return true, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := filepath.Join(dir, e.Name())
		wanted := slices.Contains(manifestExtensions, filepath.Ext(name))
		info, err := os.Stat(name)
		switch {
		case err != nil && !wanted: // a link that leads nowhere, and is nobody's manifest
		case err != nil:
			return false, err
		case info.IsDir():
			below, err := w.folder(name)
			if err != nil {
				return false, err
			}
			found = found || below
		case wanted && info.Mode().IsRegular():
			if err := w.file(name); err != nil {
				return false, err
			}
			found = true
		}
	}
	return found, nil
}
