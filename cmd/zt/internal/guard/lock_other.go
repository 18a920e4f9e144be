//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package guard

import "os"

// Lock does nothing where folders cannot be locked: there, two builds into one folder at
// once still replace each file as a whole, but either may fail.
func Lock(*os.File) error { return nil }

// TryLock reports that folders cannot be locked.
func TryLock(*os.File) bool { return false }
