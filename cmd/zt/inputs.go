package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
)

// extension is what files of the language end in.
const extension = ".zt"

// Standard input, as an argument and in diagnostics.
const (
	stdinArg  = "-"
	stdinName = "<stdin>"
)

// root is the file system that inputs and imports are read from.
var root fs.FS = regularFiles{os.DirFS("/")}

// regularFiles is a file system without devices and pipes: a program that
// imports one would wait for it, or never be read to its end.
type regularFiles struct{ fs.FS }

func (r regularFiles) Open(name string) (fs.File, error) {
	info, err := fs.Stat(r.FS, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a file")}
	}
	return r.FS.Open(name)
}

// inputs turns arguments into the files to compile: files as they are, of a
// directory the .zt files in it, - for standard input, and the current directory where there are none.
// A file counts once, whatever it is called.
func inputs(args []string, stdin io.Reader) ([]compiler.Input, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var out []compiler.Input
	seen := map[string]bool{}
	for _, arg := range args {
		names, err := files(arg)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			real, err := identity(name)
			if err != nil {
				return nil, err
			}
			if seen[real] {
				continue
			}
			seen[real] = true
			in, err := input(name, stdin)
			if err != nil {
				return nil, err
			}
			out = append(out, in)
		}
	}
	return out, nil
}

// files lists the files that an argument stands for: itself, or of a directory
// the .zt files in it, without hidden ones, which editors make for purposes of their own.
func files(arg string) ([]string, error) {
	if arg == stdinArg {
		return []string{arg}, nil
	}
	info, err := os.Stat(arg)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{arg}, nil
	}
	entries, err := os.ReadDir(arg)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) != extension || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := filepath.Join(arg, e.Name())
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no %s files in this directory", arg, extension)
	}
	return names, nil // in order, as ReadDir gives them
}

// identity returns what all names of a file have in common.
func identity(name string) (string, error) {
	if name == stdinArg {
		return name, nil
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // a pipe's name, as bash's <() makes it, leads nowhere
	}
	return filepath.Abs(name)
}

// input returns the input of a name. What can be read only once, as standard
// input and pipes, is read here.
func input(name string, stdin io.Reader) (compiler.Input, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return compiler.Input{}, err
	}
	in := compiler.Input{Path: strings.TrimPrefix(filepath.ToSlash(abs), "/"), Name: name}
	if !fs.ValidPath(in.Path) {
		return in, fmt.Errorf("%q: not a file's name", name)
	}
	var data []byte
	if name == stdinArg {
		in.Name = stdinName
		if data, err = io.ReadAll(io.LimitReader(stdin, grammar.MaxSize+1)); err != nil {
			return in, fmt.Errorf("standard input: %w", err)
		}
	} else if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() {
		return in, err
	} else if data, err = readLimited(name); err != nil {
		return in, err
	}
	text := string(data)
	in.Text = &text
	return in, nil
}

// readLimited reads a file: of one that is too large or has no end, no more than shows that.
func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, grammar.MaxSize+1))
}

// displayName returns what diagnostics call an imported file: its path from
// the current directory, or the whole path of one that is not below it.
func displayName(path string) string {
	abs := "/" + path
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, abs); err == nil && !strings.HasPrefix(rel, "../../..") {
			return rel
		}
	}
	return abs
}
