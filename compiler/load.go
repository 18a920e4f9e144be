package compiler

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
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
	l := &loader{fs: fsys, name: name, state: map[string]*frame{}}
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
				return nil, nil, &fs.PathError{Op: "read", Path: in.Name, Err: Cause(err)}
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

// Cause strips the operation and the path from an error: messages have names of their own for files.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// MaxReported is how many errors, and how many warnings, are reported of a program.
const MaxReported = 5000

type loader struct {
	fs    fs.FS
	name  func(string) string
	files []*ast.File
	diags diag.List
	taken grammar.Budget
	full  bool              // a limit was exceeded and reported; nothing more is read
	state map[string]*frame // by path, of files that have been read; without standard input, which nothing can import
	stack []*frame          // the files whose imports are being followed
}

// frame is a file that has been read.
type frame struct {
	path string
	tree *ast.File
	open bool        // its imports are being followed: to come upon it again is a cycle
	next int         // the statement to look at next
	at   *ast.Import // the import that is being followed
}

// load parses a file and follows its imports. The stack is our own: the garbage collector reads a
// program's stack again and again, and a chain of imports can be long.
func (l *loader) load(at string, file *source.File, standardInput bool) {
	l.push(at, file, standardInput)
	for len(l.stack) > 0 {
		top := l.stack[len(l.stack)-1]
		if top.next == len(top.tree.Statements) || l.full {
			top.open = false
			l.stack = l.stack[:len(l.stack)-1]
			continue
		}
		s := top.tree.Statements[top.next]
		top.next++
		if i, ok := s.(*ast.Import); ok {
			top.at = i
			l.follow(top)
		}
	}
}

// push parses a file, whose imports are followed next.
func (l *loader) push(at string, file *source.File, standardInput bool) {
	tree, diags := grammar.Parse(file)
	if less, problem, ok := l.taken.Take(tree); !ok {
		tree, diags, l.full = less, problem, true
	}
	l.files = append(l.files, tree)
	l.diags = append(l.diags, diags...)
	f := &frame{path: at, tree: tree, open: true}
	if !standardInput {
		l.state[at] = f
	}
	l.stack = append(l.stack, f)
}

// follow pushes an imported file that is new.
func (l *loader) follow(from *frame) {
	written := from.at.Path
	target := written.Text
	if path.IsAbs(target) {
		l.diags.Add(diag.New(diag.ImportNotFound, written.At, "cannot import %q: the path must be relative", target).
			WithHelp("write the path from this file's folder"))
		from.tree.MissingImport = true
		return
	}
	target = strings.TrimPrefix(path.Join("/", path.Dir(from.path), target), "/") // above the root there is the root
	if known := l.state[target]; known != nil {
		if known.open {
			l.cycle(target)
		}
		return
	}
	text, err := read(l.fs, target)
	if err != nil {
		d := diag.New(diag.ImportNotFound, written.At, "cannot read %q: %v", written.Text, Cause(err))
		if info, err := fs.Stat(l.fs, target); err == nil && info.IsDir() {
			d = d.WithHelp("write an import for each file in it")
		} else {
			d = d.WithHelp("the path is relative to this file's folder; zt looked in %s", shown(path.Join("/", path.Dir(from.path), path.Dir(written.Text))))
		}
		l.diags.Add(d)
		from.tree.MissingImport = true
		return
	}
	l.push(target, source.NewFile(l.name(target), text), false)
}

// cycle reports that the last file of the stack imports one that is still open.
func (l *loader) cycle(target string) {
	round := l.stack[slices.IndexFunc(l.stack, func(f *frame) bool { return f.path == target }):]
	last := round[len(round)-1]
	d := diag.New(diag.ImportCycle, last.at.Path.At, "%s", describe(round)).
		WithHelp("move the shared declarations to another file, and import that")
	for _, f := range round[:min(len(round)-1, 10)] {
		d = d.WithRelated(f.at.Path.At, "%s imports the next file here", shown(f.tree.Source.Name))
	}
	l.diags.Add(d)
}

// describe names the files of a cycle; of a long one, its ends.
func describe(round []*frame) string {
	if len(round) == 1 {
		return "this file imports itself"
	}
	var names []string
	for _, f := range round {
		names = append(names, shown(f.tree.Source.Name))
	}
	if len(names) > 10 {
		names = slices.Concat(names[:5], []string{"..."}, names[len(names)-4:])
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
