package load

import (
	"io/fs"
	"path"
	"runtime"
	"strings"
)

// ProgramFiles lists the .zt files of a folder, by their paths in Root; none if it cannot be read.
func ProgramFiles(folder string) []string {
	names, err := onDisk(false, extension).files(whole(folder, runtime.GOOS == "windows"))
	if err != nil {
		return nil
	}
	return inRoot(names)
}

// ProgramFolders returns the folders at and below a folder that have .zt files, with these, by their
// paths in Root. It looks at so many folders at most.
func ProgramFolders(folder string, most int) map[string][]string {
	w := onDisk(true, extension)
	w.most = most
	names, err := w.files(whole(folder, runtime.GOOS == "windows"))
	if err != nil {
		return nil
	}
	out := map[string][]string{}
	for _, p := range inRoot(names) {
		out[path.Dir(p)] = append(out[path.Dir(p)], p)
	}
	return out
}

// inRoot returns the paths of files in Root.
func inRoot(names []string) []string {
	var out []string
	for _, name := range names {
		if p, err := rooted(name); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// Folders lists the names of the folders in a folder, without hidden ones; none if it cannot be read.
func Folders(folder string) []string {
	entries, err := fs.ReadDir(Root, folder)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}
