// Package outdir keeps a folder of generated manifests: after a build it has
// the files of that build and none of an earlier one, and everything that zt did not
// write is as it was.
//
// The new files are written and synced in a folder of their own inside the target, which
// is where a full disk shows, and then renamed to their places. So a reader sees each file whole, old
// or new, and a build that fails changes nothing: what it has done by then is undone.
//
// No file system renames several files at once. A process that is killed among the
// renames leaves some files new and the others old, until the next build mends that. The order
// makes this safe: each namespace is one file and complete by itself; the files come in the order given, where a
// kustomization is last; and only when all of them are in their places those of earlier builds go, a
// kustomization first. So a kustomization never lists what is not there, and no
// namespace is without a file that has one before and after.
//
// A folder takes one build at a time.
package outdir

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/guard"
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
	itself, err := root.Open(".")
	if err != nil {
		return err
	}
	defer itself.Close() // which unlocks it
	if err := guard.Lock(itself); err != nil {
		return err
	}
	defer guard.Hold()()

	f := folder{root}
	ours, err := f.list()
	if err != nil {
		return err
	}
	var foreign []string
	for _, file := range files {
		if generated, there := ours[file.Name]; there && !generated {
			foreign = append(foreign, filepath.Join(dir, file.Name))
		}
	}
	if len(foreign) > 0 {
		return fmt.Errorf("not written by zt, so left alone: %s; nothing was changed: move what is in the way, or choose another folder", strings.Join(foreign, ", "))
	}
	if err := f.removeAll(workName); err != nil {
		return err
	}
	if err := f.mkdir(workName); err != nil {
		return err
	}
	defer f.removeAll(workName)
	return f.replace(ours, files)
}

// replace puts the files in their places, and removes those of earlier builds that
// are not among them. All that needs room on the disk comes first.
func (f folder) replace(ours map[string]bool, files []manifest.File) error {
	var changed []manifest.File
	produced := map[string]bool{}
	for _, file := range files {
		produced[file.Name] = true
		if !f.holds(file) {
			changed = append(changed, file)
		}
	}
	stale := slices.DeleteFunc(slices.Sorted(maps.Keys(ours)), func(name string) bool { return !ours[name] || produced[name] })
	if i := slices.Index(stale, manifest.KustomizationName); i > 0 {
		stale = slices.Insert(slices.Delete(stale, i, i+1), 0, manifest.KustomizationName)
	}
	for _, file := range changed {
		if err := f.write(filepath.Join(workName, file.Name), file.Data); err != nil {
			return err
		}
		if ours[file.Name] {
			if err := f.keep(file.Name); err != nil {
				return err
			}
		}
	}
	for _, name := range stale {
		if err := f.keep(name); err != nil {
			return err
		}
	}
	return f.exchange(ours, changed, stale)
}

// exchange brings files in and takes others out. When it fails, it has done nothing.
func (f folder) exchange(ours map[string]bool, in []manifest.File, out []string) (err error) {
	var undo []func() error
	defer func() {
		if err != nil {
			for _, step := range slices.Backward(undo) {
				err = errors.Join(err, step())
			}
		}
	}()
	for _, file := range in {
		if err := f.rename(filepath.Join(workName, file.Name), file.Name); err != nil {
			return err
		}
		undo = append(undo, func() error {
			if ours[file.Name] {
				return f.rename(kept(file.Name), file.Name)
			}
			return f.remove(file.Name)
		})
	}
	for _, name := range out {
		if err := f.remove(name); err != nil {
			return err
		}
		undo = append(undo, func() error { return f.rename(kept(name), name) })
	}
	return nil
}

// list says of everything in a folder whether zt wrote it. Links are not its own, whatever they lead to.
func (f folder) list() (ours map[string]bool, err error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	ours = map[string]bool{}
	for _, e := range entries {
		if ours[e.Name()], err = f.generated(e); err != nil {
			return nil, err
		}
	}
	return ours, nil
}

// generated reports whether zt wrote what an entry of the folder names.
func (f folder) generated(e fs.DirEntry) (bool, error) {
	if !e.Type().IsRegular() || !slices.Contains([]string{".yaml", ".json"}, filepath.Ext(e.Name())) {
		return false, nil
	}
	file, err := f.root.Open(e.Name())
	if errors.Is(err, fs.ErrPermission) {
		return false, nil // zt leaves its files readable
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	return manifest.Generated(e.Name(), file)
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
	if err := fault("mkdir"); err != nil {
		return created, err
	}
	return created, os.MkdirAll(dir, 0o755)
}
