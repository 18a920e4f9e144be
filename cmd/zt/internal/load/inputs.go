// Package load finds and reads what arguments name: programs, manifests and observed connections.
package load

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
)

const extension = ".zt"

// Standard input, as an argument and in diagnostics.
const (
	Stdin     = "-"
	StdinName = "<stdin>"
)

// Inputs returns the files to compile for these arguments: files, the .zt files of folders, and
// standard input for "-"; each file once. Without arguments it is the current directory.
func Inputs(args []string, stdin io.Reader) ([]compiler.Input, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	names, err := onDisk(false, extension).expand(args)
	if err != nil {
		return nil, err
	}
	var out []compiler.Input
	for _, name := range names {
		in, err := input(name, stdin)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}

// input returns the input of a name. What can be read only once, such as standard input and
// pipes, is read here.
func input(name string, stdin io.Reader) (compiler.Input, error) {
	path, err := rooted(name)
	if err != nil {
		return compiler.Input{}, err
	}
	in := compiler.Input{Path: path, Name: name}
	if !fs.ValidPath(in.Path) {
		return in, fmt.Errorf("%q: not a file name", name)
	}
	limit, regular := grammar.MaxSize+1, false
	if name == Stdin {
		in.Name = StdinName
	} else if info, err := os.Stat(name); err != nil {
		return in, err
	} else if regular = info.Mode().IsRegular(); regular {
		limit = headSize // the rest is read when it is compiled
	}
	text, err := readLimited(name, stdin, limit)
	switch {
	case err != nil:
		return in, err
	case isManifest.MatchString(text) && !beginsProgram(text):
		return in, fmt.Errorf("%s is a manifest, not a topology; `zt why`, `zt reach` and `zt diff` read manifests, and so does `zt check` after --manifests; `zt import` writes a program from NetworkPolicies", in.Name)
	case !regular:
		in.Text = &text
	}
	return in, nil
}

// Text returns an input's content.
func Text(in compiler.Input) ([]byte, error) {
	if in.Text != nil {
		return []byte(*in.Text), nil
	}
	text, err := readLimited(in.Name, nil, grammar.MaxSize+1)
	return []byte(text), err
}

// readLimited reads a file or standard input, up to a limit.
func readLimited(name string, stdin io.Reader, limit int) (string, error) {
	in, shown, err := open(name, stdin)
	if err != nil {
		return "", err
	}
	defer in.Close()
	var b strings.Builder // its text is not copied again
	if _, err := io.Copy(&b, io.LimitReader(in, int64(limit))); err != nil {
		if name == Stdin {
			shown = "standard input"
		}
		return "", fmt.Errorf("%s: %w", shown, compiler.Cause(err))
	}
	return b.String(), nil
}

// Recorder is a file system that remembers which files were opened.
type Recorder struct {
	fs.FS
	opened map[string]bool
}

// Record returns Root with a memory.
func Record() *Recorder { return &Recorder{Root, map[string]bool{}} }

// Open opens a file.
func (r *Recorder) Open(name string) (fs.File, error) {
	r.opened[name] = true
	return r.FS.Open(name)
}
