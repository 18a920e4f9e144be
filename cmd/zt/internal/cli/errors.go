package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// ErrFindings ends a command that has given its answer, if the answer is no or undecided.
var ErrFindings = errors.New("findings")

// Usagef returns the error of a wrong command line.
func Usagef(format string, args ...any) error { return fmt.Errorf(format, args...) }

// message returns an error's text, without the name of a system call.
func message(err error) string {
	if p, ok := err.(*fs.PathError); ok {
		return p.Path + ": " + p.Err.Error()
	}
	return err.Error()
}

// Unwritten returns the error of a path that cannot be written. The path in err is that of a
// temporary file, which means nothing to the user.
func Unwritten(path string, err error) error {
	var reason syscall.Errno
	if errors.As(err, &reason) {
		return fmt.Errorf("cannot write %s: %w", path, reason)
	}
	return err
}
