//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package replace

import (
	"io/fs"
	"os"
	"syscall"
)

// lock reports that folders cannot be locked. Two builds into one folder still replace each file as
// a whole, but either may fail.
func lock(*os.File, bool) bool { return false }

// keepOwner does nothing: a file's owner does not decide who may write it.
func keepOwner(*os.File, fs.FileInfo) {}

// signals are those that ask a process to end. On Windows, the second one comes when its window is
// closed.
var signals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// end ends the process: none can send itself a signal here.
func end(os.Signal) { os.Exit(130) } // what shells report of ctrl-C
