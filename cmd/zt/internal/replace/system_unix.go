//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package replace

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lock keeps other processes out of a folder until it is closed. The lock is on the folder itself,
// so it leaves no file and ends with the process. It returns false if it does not wait for the
// process that holds the folder, or if the file system cannot lock folders.
func lock(folder *os.File, wait bool) bool {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		if err := syscall.Flock(int(folder.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err == nil
		}
	}
}

// keepOwner gives a file the owner of another one. This matters for root, for example in a
// container that formats files of a user outside.
func keepOwner(f *os.File, old fs.FileInfo) {
	if s, ok := old.Sys().(*syscall.Stat_t); ok {
		f.Chown(int(s.Uid), int(s.Gid))
	}
}

// signals are those that ask a process to end.
var signals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// end ends the process as the signal would have, unless it is ignored.
func end(s os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		self.Signal(s)
		time.Sleep(time.Second) // until it arrives
	}
}
