package load

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// walk finds files by their extensions, in the order of their names. It skips hidden files, which
// belong to editors and to git, and pipes, unless all is set.
type walk struct {
	stat       func(name string) (fs.FileInfo, error)
	readDir    func(name string) ([]fs.DirEntry, error)
	extensions []string
	deep       bool            // into folders, too, also through links
	all        bool            // hidden files and folders, too, and pipes are an error
	seen       map[string]bool // folders that a deep walk has entered; links may form a cycle
	most       int             // folders that a deep walk enters, if not 0
}

// onDisk returns a walk over the files of this machine.
func onDisk(deep bool, extensions ...string) *walk {
	return &walk{stat: os.Stat, readDir: os.ReadDir, extensions: extensions, deep: deep, seen: map[string]bool{}}
}

// forManifests returns a walk over all that "kubectl apply -R -f" reads. A policy that it skipped
// would read as "no policy".
func forManifests() *walk {
	w := onDisk(true, manifestExtensions...)
	w.all = true
	return w
}

// expand lists the files that arguments name, each once: files, standard input, and those in folders.
func (w *walk) expand(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		arg = filepath.ToSlash(arg)
		found := []string{arg}
		if arg != Stdin {
			info, err := os.Stat(arg)
			if err != nil {
				return nil, err
			}
			before := len(w.seen)
			if info.IsDir() {
				if found, err = w.files(arg); err != nil {
					return nil, err
				}
			}
			switch {
			case len(found) > 0:
			case !w.deep:
				return nil, fmt.Errorf("%s: no %s files in this directory", arg, extension)
			case len(w.seen) > before: // it was not entered before
				return nil, fmt.Errorf("%s: no manifests (%s) in this directory or below", arg, strings.Join(w.extensions, ", "))
			}
		}
		names = append(names, found...)
	}
	return once(names)
}

// files lists the files in a folder. Only a file that is wanted and missing is an error: other
// links may lead nowhere.
func (w *walk) files(dir string) ([]string, error) {
	if w.deep {
		real, err := identity(dir)
		if err != nil || w.seen[real] || w.most > 0 && len(w.seen) >= w.most {
			return nil, err
		}
		w.seen[real] = true
	}
	entries, err := w.readDir(dir)
	if err != nil {
		return nil, err
	}
	var shown, hidden []fs.DirEntry
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			hidden = append(hidden, e)
		} else {
			shown = append(shown, e)
		}
	}
	if w.all { // last: in a mounted volume, a file's usual name comes first
		shown = append(shown, hidden...)
	}
	var names []string
	for _, e := range shown {
		name := filepath.ToSlash(filepath.Join(dir, e.Name())) // the same on every system
		wanted := slices.Contains(w.extensions, filepath.Ext(name))
		if !wanted && (!w.deep || e.Type().IsRegular()) {
			continue
		}
		info, err := w.stat(name)
		switch {
		case err != nil && wanted:
			return nil, err
		case err != nil:
		case info.IsDir() && w.deep:
			below, err := w.files(name)
			if err != nil {
				return nil, err
			}
			names = append(names, below...)
		case wanted && info.Mode().IsRegular():
			names = append(names, name)
		case wanted && w.all && !info.IsDir():
			return nil, fmt.Errorf("%s: neither a file nor a directory; remove it, or give it as an argument of its own", name)
		}
	}
	return names, nil
}

// identity returns what all names of a file or folder have in common.
func identity(name string) (string, error) {
	if name == Stdin {
		return name, nil
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // the name of a pipe, which bash's <() makes, leads nowhere
	}
	return filepath.Abs(name)
}

// once removes files that came earlier, under whatever name.
func once(names []string) ([]string, error) {
	seen := map[string]bool{}
	var out []string
	for _, name := range names {
		real, err := identity(name)
		if err != nil {
			return nil, err
		}
		if !seen[real] {
			seen[real] = true
			out = append(out, name)
		}
	}
	return out, nil
}
