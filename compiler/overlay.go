package compiler

import (
	"io/fs"
	"testing/fstest"
)

// Overlay returns a file system with some files' texts replaced, by path. An editor passes its open
// buffers; Load then reads those instead of what is saved. A file need not exist below it.
func Overlay(below fs.FS, texts map[string]string) fs.FS { return overlay{below, texts} }

type overlay struct {
	below fs.FS
	texts map[string]string
}

func (o overlay) Open(name string) (fs.File, error) {
	if text, ok := o.texts[name]; ok {
		// The package is for tests, but has what is needed: a file in memory.
		return fstest.MapFS{name: {Data: []byte(text)}}.Open(name)
	}
	return o.below.Open(name)
}
