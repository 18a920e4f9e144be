// Package outdir keeps a folder of generated manifests: after a build it has
// the files of that build and none of an earlier one, and everything that zt did not
// write is as it was.
//
// All that can fail is done before anything is changed: the new files are written and
// synced in a folder of their own inside the target, then renamed to their
// places. So a reader sees each file whole, old or new, and a failed build changes
// nothing. A folder takes one build at a time.
package outdir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zt-lang/zt/emit/manifest"
)

// workName is the folder for files that are not yet in their places. A run
// that was killed leaves it behind; the next one clears it away.
const workName = ".zt-build"

// Write makes files the generated content of a folder, which it creates where
// it is missing. Their names have no folder in them. Files are put in
// place in the order given, so what refers to others is best last; then those
// of earlier builds are removed.
func Write(dir string, files []manifest.File) (err error) {
	created, err := create(dir)
	defer func() {
		if err != nil {
			for _, d := range created {
				os.Remove(d) // only what is empty goes
			}
		}
	}()
	if err != nil {
		return err
	}
	// Names are resolved inside the root from here on, so that no link leads out of it.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	unlock, err := lock(root)
	if err != nil {
		return err
	}
	defer unlock()
	defer hold()()

	old, err := read(root)
	if err != nil {
		return err
	}
	var foreign []string
	for _, f := range files {
		if content, ok := old[f.Name]; ok && content == nil {
			foreign = append(foreign, filepath.Join(dir, f.Name))
		}
	}
	if len(foreign) > 0 {
		return fmt.Errorf("not written by zt, so left alone: %s; nothing was changed: move what is in the way, or choose another folder", strings.Join(foreign, ", "))
	}
	if err := root.RemoveAll(workName); err != nil {
		return err
	}
	if err := root.Mkdir(workName, 0o755); err != nil {
		return err
	}
	defer root.RemoveAll(workName)
	return replace(root, old, files)
}

// replace puts the files in their places, and removes the old ones that are
// not among them.
func replace(root *os.Root, old map[string][]byte, files []manifest.File) error {
	files = slices.DeleteFunc(slices.Clone(files), func(f manifest.File) bool {
		same := old[f.Name] != nil && bytes.Equal(old[f.Name], f.Data)
		if same {
			delete(old, f.Name) // it stays
		}
		return same
	})
	for _, f := range files {
		if err := writeSynced(root, filepath.Join(workName, f.Name), f.Data); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := root.Rename(filepath.Join(workName, f.Name), f.Name); err != nil {
			return err
		}
		delete(old, f.Name)
	}
	for name, content := range old {
		if content == nil {
			continue
		}
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

func writeSynced(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// read returns what is in a folder, by name: the content of the files that zt
// wrote, and nil for everything else, links included, whatever they lead to.
func read(root *os.Root) (map[string][]byte, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, e := range entries {
		out[e.Name()] = nil
		extension := filepath.Ext(e.Name())
		if !e.Type().IsRegular() || extension != ".yaml" && extension != ".json" {
			continue
		}
		content, err := root.ReadFile(e.Name())
		switch {
		case errors.Is(err, fs.ErrPermission):
			// zt leaves its files readable, so this is not one.
		case err != nil:
			return nil, err
		case manifest.Generated(content):
			out[e.Name()] = content
		}
	}
	return out, nil
}

// create makes a folder and those above it, and returns the ones that it
// made, the innermost first.
func create(dir string) ([]string, error) {
	var created []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) {
			break // it is there, or what is wrong with it is told below
		}
		created = append(created, d)
	}
	return created, os.MkdirAll(dir, 0o755)
}
