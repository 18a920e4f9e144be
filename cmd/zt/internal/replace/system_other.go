//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package replace

import (
	"io/fs"
	"os"
)

// lock reports that folders cannot be locked. Two builds into one folder still replace each file as
// a whole, but either may fail.
func lock(*os.File, bool) bool { return false }

// keepOwner does nothing: a file's owner does not decide who may write it.
func keepOwner(*os.File, fs.FileInfo) {}
