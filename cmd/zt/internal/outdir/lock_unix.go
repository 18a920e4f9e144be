//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package outdir

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until no other build works on a folder, and holds it. The lock
// is on the folder itself: it leaves nothing behind, and ends with the process.
func lock(root *os.Root) (unlock func(), err error) {
	d, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	// Some network file systems have no locks, or none on folders. A build
	// there must work still.
	for _, none := range []error{syscall.ENOTSUP, syscall.ENOSYS, syscall.ENOLCK, syscall.EBADF, syscall.EINVAL} {
		if errors.Is(err, none) {
			err = nil
		}
	}
	if err != nil {
		d.Close()
		return nil, &os.PathError{Op: "lock", Path: root.Name(), Err: err}
	}
	return func() { d.Close() }, nil
}
