package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zt-lang/zt/compiler"
)

// root is the file system that inputs and imports are read from.
var root = os.DirFS("/")

// extension is what files of the language end in.
const extension = ".zt"

// inputs turns arguments into the files to compile: files as they are, of a
// directory the .zt files in it, - for standard input, and the current directory where there are none.
func inputs(args []string, stdin io.Reader) ([]compiler.Input, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var out []compiler.Input
	seen := map[string]bool{}
	for _, arg := range args {
		if arg == "-" {
			if seen["-"] {
				continue
			}
			seen["-"] = true
			text, err := io.ReadAll(stdin)
			if err != nil {
				return nil, fmt.Errorf("standard input: %w", err)
			}
			in, err := input("-")
			if err != nil {
				return nil, err
			}
			s := string(text)
			in.Name, in.Text = "<stdin>", &s
			out = append(out, in)
			continue
		}
		names, err := files(arg)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			in, err := input(name)
			if err != nil {
				return nil, err
			}
			if !seen[in.Path] {
				seen[in.Path] = true
				out = append(out, in)
			}
		}
	}
	return out, nil
}

// files lists the files that an argument stands for: itself, or of a directory
// the .zt files in it, without hidden ones, which editors make for purposes of their own.
func files(arg string) ([]string, error) {
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
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no %s files in this directory", arg, extension)
	}
	return names, nil // in order, as ReadDir gives them
}

func input(name string) (compiler.Input, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return compiler.Input{}, err
	}
	path := strings.TrimPrefix(filepath.ToSlash(abs), "/")
	if !fs.ValidPath(path) {
		return compiler.Input{}, fmt.Errorf("%q: not a file's name", name)
	}
	return compiler.Input{Path: path, Name: name}, nil
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
