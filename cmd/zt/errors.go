package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// errNo ends a command whose answer has been given, and is no.
var errNo = errors.New("no")

// usagef returns the error of a command line that cannot be meant.
func usagef(format string, args ...any) error { return fmt.Errorf(format, args...) }

// message says what went wrong. Which system call did not succeed is nothing to a
// user; what it was done to is.
func message(err error) string {
	if p, ok := err.(*fs.PathError); ok {
		return p.Path + ": " + p.Err.Error()
	}
	return err.Error()
}

// unwritten says that a path could not be written. What goes there is written under
// another name first, of which the user knows nothing.
func unwritten(path string, err error) error {
	var reason syscall.Errno
	if errors.As(err, &reason) {
		return fmt.Errorf("cannot write %s: %w", path, reason)
	}
	return err
}
