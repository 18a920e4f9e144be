// Package replace replaces a file, or the generated files of a folder, as a whole or not at all.
package replace

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
)

// fault is called before every change of the file system. Tests replace it to fail there, or to end
// the process.
var fault = func(operation string) error { return nil }

// step makes one change of the file system.
func step(operation string, change func() error) error {
	if err := fault(operation); err != nil {
		return err
	}
	return change()
}

// create makes a file that does not exist yet, by os.OpenFile or a method like it.
func create(open func(string, int, fs.FileMode) (*os.File, error), name string) (f *os.File, err error) {
	err = step("create", func() error {
		f, err = open(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		return err
	})
	return f, err
}

// fill writes a new file's content to the disk, and closes the file.
func fill(f *os.File, data []byte) error { return fillBy(f, whole(data)) }

// whole returns a function that writes data.
func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// fillBy writes what write gives to the disk, as a new file's content, and closes the file.
func fillBy(f *os.File, write func(io.Writer) error) error {
	err := step("write", func() error {
		out := bufio.NewWriter(f)
		return cmp.Or(write(out), out.Flush())
	})
	if err == nil {
		err = step("sync", f.Sync)
	}
	return errors.Join(err, f.Close())
}

// hold keeps ctrl-C and similar signals from ending the process when its files are half replaced. On
// release, a signal that came in between ends it. What is slow in between asks whether one came.
func hold() (release func(), interrupted func() bool) {
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	interrupted = func() bool { return len(came) > 0 }
	return func() {
		signal.Stop(came)
		select {
		case s := <-came:
			end(s)
		default:
		}
	}, interrupted
}
