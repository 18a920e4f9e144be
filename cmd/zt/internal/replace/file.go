package replace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// File makes data the content of a file, and creates the file if it is missing. A reader sees
// the whole old content or the whole new one; after an error, the old. As when a shell writes, a
// symbolic link remains and its destination is replaced or created, and a file without permission
// to write is not replaced.
func File(path string, data []byte) error { return FileBy(path, whole(data)) }

// FileBy is File for content that write gives bit by bit.
func FileBy(path string, write func(io.Writer) error) error {
	var info fs.FileInfo // of the old file, if there is one
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		info, err = old.Stat()
		if err == nil && !info.Mode().IsRegular() {
			return errors.Join(write(old), old.Close()) // a pipe or device has no content to keep
		}
		old.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if path, err = target(path); err != nil {
		return err
	}
	// The name of the temporary file is fixed, so the next run removes what a killed process left.
	// Without a lock, the name is this process's own.
	temporary := filepath.Join(filepath.Dir(path), ".zt-new")
	folder, err := os.Open(filepath.Dir(path))
	if err != nil || !lock(folder, false) { // a folder need not be readable
		temporary += fmt.Sprintf("-%d", os.Getpid())
	}
	defer folder.Close() // which unlocks it
	release, interrupted := hold()
	defer release()
	err = makeFile(temporary, info, func(w io.Writer) error { return write(stoppable{w, interrupted}) })
	if err != nil {
		return err
	}
	err = step("rename", func() error { return os.Rename(temporary, path) })
	if err != nil {
		os.Remove(temporary)
	}
	return err
}

// stoppable is a writer that fails once a signal came.
type stoppable struct {
	io.Writer
	interrupted func() bool
}

var errInterrupted = errors.New("interrupted")

func (s stoppable) Write(b []byte) (int, error) {
	if s.interrupted() {
		return 0, errInterrupted
	}
	return s.Writer.Write(b)
}

// makeFile makes a file with the owner and permissions of an old one, if there is one.
func makeFile(name string, old fs.FileInfo, write func(io.Writer) error) error {
	os.Remove(name) // if it exists
	f, err := create(os.OpenFile, name)
	if err != nil {
		return err
	}
	if old != nil {
		keepOwner(f, old)
		err = step("chmod", func() error { return f.Chmod(old.Mode().Perm()) })
	}
	if err == nil {
		err = fillBy(f, write)
	}
	if err != nil {
		f.Close()
		os.Remove(name)
	}
	return err
}

// target follows the symbolic links of a path. The last one may lead to a missing file.
func target(path string) (string, error) {
	for range 255 {
		folder, name := filepath.Split(path)
		folder, err := filepath.EvalSymlinks(cmp.Or(folder, "."))
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, name)
		link, err := os.Readlink(path)
		switch {
		case err != nil:
			return path, nil // not a link
		case filepath.IsAbs(link):
			path = link
		default:
			// Not filepath.Join: it would drop "x/..", even if x is a link.
			path = folder + string(filepath.Separator) + link
		}
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}
