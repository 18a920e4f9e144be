package compiler

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Input is one file to compile.
type Input struct {
	// Path is where the file is in the file system given to Load, in the
	// form that fs.ValidPath demands; imports are relative to its folder.
	Path string
	// Name is what diagnostics call it.
	Name string
	// Text is the file's content where it is not to be read from Path: standard input.
	Text *string
}

// Load parses the inputs and, once each however often they are imported, the
// files that they import, which Name gives the names that diagnostics use. The error is of
// an input that cannot be read; an import that cannot be is a diagnostic.
func Load(fsys fs.FS, inputs []Input, name func(path string) string) ([]*ast.File, diag.List, error) {
	l := &loader{fs: fsys, name: name, state: map[string]*loaded{}}
	for _, in := range inputs {
		if l.full {
			break
		}
		if in.Text == nil && l.state[in.Path] != nil {
			continue // a file that came with another one's imports
		}
		text := in.Text
		if text == nil {
			s, err := read(fsys, in.Path)
			if err != nil {
				return nil, nil, &fs.PathError{Op: "read", Path: in.Name, Err: cause(err)}
			}
			text = &s
		}
		l.load(in.Path, source.NewFile(in.Name, *text), in.Text != nil)
	}
	l.diags.Sort()
	l.diags.Limit(MaxReported)
	return l.files, l.diags, nil
}

// read returns the text of a file; of one that is too large, no more than shows that.
func read(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	_, err = io.Copy(&b, io.LimitReader(f, grammar.MaxSize+1))
	return b.String(), err
}

// cause strips the path from an error: diagnostics have names of their own for files.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// MaxReported is how many errors, and how many warnings, are told of a program.
const MaxReported = 5000

type loader struct {
	fs    fs.FS
	name  func(string) string
	files []*ast.File
	diags diag.List
	taken grammar.Budget
	full  bool               // there is more than a program may have, which has been reported; nothing more is read
	state map[string]*loaded // by path; of standard input, which nothing can import, there is none
}

// loaded is a file that has been read, and how far its imports are.
type loaded struct {
	file *source.File
	open bool // its imports are being followed: to come upon it again is a cycle
}

// frame is a file whose imports are being followed. The frames are a stack of
// our own, so that a long chain of imports costs memory and not the program's stack.
type frame struct {
	path    string
	tree    *ast.File
	state   *loaded
	pending []*ast.Import
	at      *ast.Import // the import that led to the next frame
}

func (l *loader) load(at string, file *source.File, standardInput bool) {
	stack := []*frame{l.parse(at, file, standardInput)}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		if len(top.pending) == 0 || l.full {
			top.state.open = false
			stack = stack[:len(stack)-1]
			continue
		}
		top.at, top.pending = top.pending[0], top.pending[1:]
		if next := l.follow(top, stack); next != nil {
			stack = append(stack, next)
		}
	}
}

func (l *loader) parse(at string, file *source.File, standardInput bool) *frame {
	tree, diags := grammar.Parse(file)
	if less, problem, ok := l.taken.Take(tree); !ok {
		tree, diags, l.full = less, problem, true
	}
	l.files = append(l.files, tree)
	l.diags = append(l.diags, diags...)
	f := &frame{path: at, tree: tree, state: &loaded{file, true}}
	if !standardInput {
		l.state[at] = f.state
	}
	for _, s := range tree.Statements {
		if i, ok := s.(*ast.Import); ok {
			f.pending = append(f.pending, i)
		}
	}
	return f
}

// follow returns the frame of an imported file that is new, or nil.
func (l *loader) follow(from *frame, stack []*frame) *frame {
	written := from.at.Path
	target := written.Text
	if path.IsAbs(target) {
		l.diags.Add(diag.New(diag.ImportNotFound, written.At, "cannot read %q: an import is relative to the file that says so", target).
			WithHelp("write the path from this file's folder; a program that names places of one machine is wrong on every other"))
		from.tree.MissingImport = true
		return nil
	}
	target = strings.TrimPrefix(path.Join("/", path.Dir(from.path), target), "/") // above the root there is the root
	if known := l.state[target]; known != nil {
		if known.open {
			l.cycle(target, stack)
		}
		return nil
	}
	text, err := read(l.fs, target)
	if err != nil {
		l.diags.Add(diag.New(diag.ImportNotFound, written.At, "cannot read %q: %v", written.Text, cause(err)).
			WithHelp("the path is relative to the file that imports, %s", shown(l.name(target))))
		from.tree.MissingImport = true
		return nil
	}
	return l.parse(target, source.NewFile(l.name(target), text), false)
}

// cycle reports that the last file of the stack imports one that is still open.
func (l *loader) cycle(target string, stack []*frame) {
	first := 0
	for stack[first].path != target {
		first++
	}
	round := stack[first:]
	last := round[len(round)-1]
	d := diag.New(diag.ImportCycle, last.at.Path.At, "%s", describe(round)).
		WithHelp("move what both need to a file of its own, and import that")
	for _, f := range round[:min(len(round)-1, 10)] {
		d = d.WithRelated(f.at.Path.At, "%s imports the next one here", shown(f.state.file.Name))
	}
	l.diags.Add(d)
}

// describe names the files of a cycle; of a long one, its ends.
func describe(round []*frame) string {
	if len(round) == 1 {
		return "this file imports itself"
	}
	var names []string
	for i, f := range round {
		if len(round) > 10 && i == 5 {
			names = append(names, "...")
		}
		if len(round) > 10 && i >= 5 && i < len(round)-4 {
			continue
		}
		names = append(names, shown(f.state.file.Name))
	}
	return "these files import each other: " + strings.Join(append(names, names[0]), " -> ")
}

// shown returns a file's name as text of one line: a name may be of any bytes, and is quoted where it must be.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}
