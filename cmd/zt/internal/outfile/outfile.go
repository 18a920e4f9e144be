// Package outfile replaces single files: wholly, or not at all.
package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace makes data the content of a file, which it creates where it is
// missing. A reader at any time sees the old content or the new, whole; where an error is
// returned it is the old. A symbolic link stays one, and the file that it leads to is replaced.
func Replace(path string, data []byte) (err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o644)
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		// A pipe or a device has no content to lose.
		return os.WriteFile(path, data, mode)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".zt-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
