package replace

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zt-lang/zt/emit/manifest"
)

// workName is the work folder. A run that is killed leaves it; the next one removes it.
const workName = ".zt-build"

// Folder makes files the generated content of a folder, and creates the folder if it is
// missing. Names have no folder in them. Afterwards the folder has these files, none of an earlier
// build, and everything that zt did not write as it was.
//
// New files are first written and synced in a work folder inside the target, so a full disk fails
// there, and then renamed to their places. A reader sees each file whole, old or new, and a build
// that fails undoes what it has changed. Only one build at a time changes a folder.
//
// No file system renames several files at once. If a process is killed between two renames, some
// files are new and others old until the next build. The order makes that safe: each namespace is
// one complete file; files are renamed in the given order, with a kustomization last; and files of
// earlier builds are removed at the end, a kustomization first. So a kustomization never lists a
// missing file, and a namespace that has a file before and after always has one.
func Folder(dir string, files []manifest.File) (err error) {
	created, err := makeFolder(dir)
	defer func() {
		if err != nil {
			for _, d := range created {
				os.Remove(d) // fails unless it is empty
			}
		}
	}()
	if err != nil {
		return err
	}
	// From here on, names are resolved inside the root: no link leads out of it.
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
	lock(itself, true)
	release, _ := hold()
	defer release()

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
		return fmt.Errorf("zt did not write %s, and changed nothing; move it away, or choose another folder", strings.Join(foreign, ", "))
	}
	if err := f.removeWork(); err != nil {
		return err
	}
	if err := step("mkdir", func() error { return root.Mkdir(workName, 0o755) }); err != nil {
		return err
	}
	defer f.removeWork()
	return f.apply(f.changes(ours, files))
}

// makeFolder makes a folder and those above it, and returns the new ones, the innermost first.
func makeFolder(dir string) (created []string, err error) {
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) {
			break // it exists, or MkdirAll reports why not
		}
		created = append(created, d)
	}
	return created, step("mkdir", func() error { return os.MkdirAll(dir, 0o755) })
}

type folder struct{ root *os.Root }

// list returns the names in a folder, and whether zt wrote each. zt writes no links.
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

// generated reports whether zt wrote a file of the folder.
func (f folder) generated(e fs.DirEntry) (bool, error) {
	if !e.Type().IsRegular() || !slices.Contains([]string{".yaml", ".json"}, filepath.Ext(e.Name())) {
		return false, nil
	}
	file, err := f.root.Open(e.Name())
	if errors.Is(err, fs.ErrPermission) {
		return false, nil // files of zt are readable
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	return manifest.Generated(e.Name(), file)
}

// change is a file that is written or removed.
type change struct {
	name string
	data []byte // nil if it is removed
	old  bool   // the folder has such a file
}

// new and kept are the names of the new and the old file until all changes are made.
func (c change) new() string  { return filepath.Join(workName, c.name) }
func (c change) kept() string { return filepath.Join(workName, c.name+".old") }

// changes lists what makes files the generated content, in the order in which it is safe.
func (f folder) changes(ours map[string]bool, files []manifest.File) []change {
	var out []change
	stale := maps.Clone(ours)
	maps.DeleteFunc(stale, func(_ string, generated bool) bool { return !generated })
	for _, file := range files {
		delete(stale, file.Name)
		old := ours[file.Name]
		if data, err := f.root.ReadFile(file.Name); !old || err != nil || !bytes.Equal(data, file.Data) {
			out = append(out, change{file.Name, file.Data, old})
		}
	}
	if name := manifest.KustomizationName; stale[name] {
		out = append(out, change{name: name, old: true})
		delete(stale, name)
	}
	for _, name := range slices.Sorted(maps.Keys(stale)) {
		out = append(out, change{name: name, old: true})
	}
	return out
}

// apply makes changes, or none if one fails. The steps that need space on the disk come first.
func (f folder) apply(changes []change) error {
	for _, c := range changes {
		if err := f.prepare(c); err != nil {
			return err
		}
	}
	for i, c := range changes {
		err := f.exchange(c)
		if err == nil {
			continue
		}
		for _, done := range slices.Backward(changes[:i]) {
			err = errors.Join(err, f.undo(done))
		}
		return err
	}
	return nil
}

// prepare writes a new file to the work folder. It gives an old file a second name there, or makes a
// copy if the file system has no hard links.
func (f folder) prepare(c change) error {
	if c.data != nil {
		if err := f.write(c.new(), c.data); err != nil {
			return err
		}
	}
	if !c.old {
		return nil
	}
	return step("link", func() error {
		if f.root.Link(c.name, c.kept()) == nil {
			return nil
		}
		data, err := f.root.ReadFile(c.name)
		if err != nil {
			return err
		}
		return f.write(c.kept(), data)
	})
}

// exchange renames a new file to its place, or removes an old one.
func (f folder) exchange(c change) error {
	if c.data == nil {
		return f.remove(c.name)
	}
	return f.rename(c.new(), c.name)
}

// undo takes an exchange back.
func (f folder) undo(c change) error {
	if c.old {
		return f.rename(c.kept(), c.name)
	}
	return f.remove(c.name)
}

func (f folder) write(name string, data []byte) error {
	file, err := create(f.root.OpenFile, name)
	if err != nil {
		return err
	}
	return fill(file, data)
}

func (f folder) rename(from, to string) error {
	return step("rename", func() error { return f.root.Rename(from, to) })
}

func (f folder) remove(name string) error {
	return step("remove", func() error { return f.root.Remove(name) })
}

func (f folder) removeWork() error {
	return step("remove all", func() error { return f.root.RemoveAll(workName) })
}
