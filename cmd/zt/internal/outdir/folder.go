package outdir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"github.com/zt-lang/zt/emit/manifest"
)

// folder is a folder of manifests. What changes it is done by the methods here.
type folder struct{ root *os.Root }

// fault stands before every change of the file system. Tests have it fail there, or
// end the process.
var fault = func(operation string) error { return nil }

func (f folder) mkdir(name string) error {
	if err := fault("mkdir"); err != nil {
		return err
	}
	return f.root.Mkdir(name, 0o755)
}

func (f folder) rename(from, to string) error {
	if err := fault("rename"); err != nil {
		return err
	}
	return f.root.Rename(from, to)
}

func (f folder) remove(name string) error {
	if err := fault("remove"); err != nil {
		return err
	}
	return f.root.Remove(name)
}

// removeAll removes a folder with all that is in it, if it is there.
func (f folder) removeAll(name string) error {
	if err := fault("remove all"); err != nil {
		return err
	}
	return f.root.RemoveAll(name)
}

// write makes a file, which is on the disk when it returns.
func (f folder) write(name string, data []byte) error {
	if err := fault("create"); err != nil {
		return err
	}
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err = fault("write"); err == nil {
		_, err = file.Write(data)
	}
	if err == nil {
		err = fault("sync")
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// kept is where a file is kept until it is certain that it is not needed any more.
func kept(name string) string { return filepath.Join(workName, name+".old") }

// keep gives a file a second name, or, where the file system has no such thing, makes a copy.
func (f folder) keep(name string) error {
	if err := fault("link"); err != nil {
		return err
	}
	if f.root.Link(name, kept(name)) == nil {
		return nil
	}
	data, err := f.root.ReadFile(name)
	if err != nil {
		return err
	}
	return f.write(kept(name), data)
}

// holds reports whether a file is there, with this content.
func (f folder) holds(file manifest.File) bool {
	info, err := f.root.Lstat(file.Name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(file.Data)) {
		return false
	}
	data, err := f.root.ReadFile(file.Name)
	return err == nil && bytes.Equal(data, file.Data)
}
