//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package guard

import (
	"errors"
	"os"
	"syscall"
)

// Lock waits until no other process holds a folder, and holds it until it is closed. The lock is
// on the folder itself: it leaves nothing behind, and ends with the process. Some network file systems
// have no locks, or none on folders: one works there without.
func Lock(folder *os.File) error {
	err := flock(folder, syscall.LOCK_EX)
	for _, none := range []error{syscall.ENOTSUP, syscall.ENOSYS, syscall.ENOLCK, syscall.EBADF, syscall.EINVAL} {
		if errors.Is(err, none) {
			return nil
		}
	}
	if err != nil {
		return &os.PathError{Op: "lock", Path: folder.Name(), Err: err}
	}
	return nil
}

// TryLock holds a folder until it is closed, and reports whether it does: not where another process
// holds it, or where there are no locks.
func TryLock(folder *os.File) bool { return flock(folder, syscall.LOCK_EX|syscall.LOCK_NB) == nil }

func flock(folder *os.File, how int) error {
	for {
		err := syscall.Flock(int(folder.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
