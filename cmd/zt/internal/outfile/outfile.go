// Package outfile replaces single files: wholly, or not at all.
package outfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/zt-lang/zt/cmd/zt/internal/guard"
)

// fault stands before every change of the file system. Tests have it fail there, or
// end the process.
var fault = func(operation string) error { return nil }

// Replace makes data the content of a file, which it creates where it is
// missing. A reader at any time sees the old content or the new, whole; where an error is
// returned it is the old. A symbolic link stays one, and what it leads to is replaced, or
// created: as when a shell writes there. A file that may not be written is not replaced either.
func Replace(path string, data []byte) (err error) {
	if path, err = target(path); err != nil {
		return err
	}
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !old.Mode().IsRegular():
		return os.WriteFile(path, data, 0) // a pipe or a device has no content to lose
	default:
		if err := writable(path); err != nil {
			return err
		}
	}
	defer guard.Hold()()
	f, err := temporary(path)
	if err != nil {
		return err
	}
	defer f.close()
	err = fill(f.File, data, old)
	if err == nil {
		err = fault("rename")
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// target follows the symbolic links of a path, the last of which may lead to nothing.
func target(path string) (string, error) {
	for range 255 {
		folder, name := filepath.Split(path)
		if folder == "" {
			folder = "."
		}
		folder, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, name)
		link, err := os.Readlink(path)
		switch {
		case err != nil:
			return path, nil // no link
		case filepath.IsAbs(link):
			path = link
		default:
			// Not filepath.Join: it would take "x/.." for nothing, also where x is a link.
			path = folder + string(filepath.Separator) + link
		}
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

// writable returns an error where a file may not be written.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// tempFile is a file that is to become another one.
type tempFile struct {
	*os.File
	folder *os.File // the one that it is in; nil where that may not be read
}

func (f *tempFile) close() {
	f.File.Close()
	f.folder.Close() // which unlocks it
}

// temporary makes a file beside the one that it is to become. Its name follows from that one's, so
// that what a killed process left is cleared away; where the folder cannot be locked, it is this process's own.
func temporary(path string) (*tempFile, error) {
	if err := fault("create"); err != nil {
		return nil, err
	}
	hash := fnv.New64a()
	hash.Write([]byte(filepath.Base(path)))
	name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".zt-%x", hash.Sum64()))
	t := &tempFile{}
	t.folder, _ = os.Open(filepath.Dir(path))
	if t.folder == nil || !guard.TryLock(t.folder) {
		name += fmt.Sprintf("-%d", os.Getpid())
	}
	os.Remove(name) // if it is there
	var err error
	if t.File, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		t.folder.Close()
		return nil, err
	}
	return t, nil
}

// fill gives a file its content, on the disk, and the owner and permissions of the old one,
// if there is one.
func fill(f *os.File, data []byte, old fs.FileInfo) error {
	if old != nil {
		if err := fault("chmod"); err != nil {
			return err
		}
		keepOwner(f, old)
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := fault("write"); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := fault("sync"); err != nil {
		return err
	}
	return f.Sync()
}
