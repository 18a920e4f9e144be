package lsp

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// program is a folder's .zt files with what they import: what `zt check FOLDER` compiles.
type program struct {
	snapshot *snapshot
	folder   string
	inputs   []compiler.Input
	files    fs.FS
	info     *resolve.Info
	*compiler.Inspection
	err error // of an input that cannot be read, or of options that do not fit

	asking sync.Mutex
	model  *query.Model // what it permits; see ask
}

// compile compiles the programs of the open documents, in the order of their folders, unless that
// is done. Programs are compiled one at a time; whoever waits for that can be cancelled.
func (s *snapshot) compile(ctx context.Context) error {
	s.compiling.Lock()
	defer s.compiling.Unlock()
	if s.compiled {
		return nil
	}
	if ctx.Err() != nil {
		return errCancelled
	}
	texts := map[string]string{}
	var folders []string
	for _, d := range s.documents {
		if !d.isFile {
			in := compiler.Input{Path: "untitled.zt", Name: d.uri, Text: &d.text}
			s.programs = append(s.programs, s.inspect(d.uri, []compiler.Input{in}, load.Root))
			continue
		}
		texts[d.path] = d.text
		folders = append(folders, s.view.programs(d)...)
	}
	slices.Sort(folders)
	files := compiler.Overlay(load.Root, texts)
	for _, folder := range slices.Compact(folders) {
		s.programs = append(s.programs, s.inspect(folder, s.inputs(folder), files))
	}
	slices.SortFunc(s.programs, func(a, b *program) int { return cmp.Compare(a.folder, b.folder) })
	s.compiled = true
	return nil
}

// inputs returns the .zt files of a folder, with those that are open and not saved yet.
func (s *snapshot) inputs(folder string) []compiler.Input {
	paths := s.view.filesIn(folder)
	for _, d := range s.documents {
		if d.isFile && path.Dir(d.path) == folder && !slices.Contains(paths, d.path) {
			paths = append(paths, d.path)
		}
	}
	slices.Sort(paths)
	var in []compiler.Input
	for _, p := range paths {
		in = append(in, compiler.Input{Path: p, Name: s.view.name(p)})
	}
	return in
}

// inspect compiles one program.
func (s *snapshot) inspect(folder string, inputs []compiler.Input, files fs.FS) *program {
	p := &program{snapshot: s, folder: folder, inputs: inputs, files: files, info: &resolve.Info{}}
	options := s.options.Options.Options
	options.Info = p.info
	if p.err = s.guard(func() (err error) {
		p.Inspection, err = compiler.Inspect(files, inputs, s.view.name, options)
		return err
	}); p.err != nil {
		p.Inspection = &compiler.Inspection{}
	}
	return p
}

// uri returns the URI of a file that diagnostics name.
func (s *snapshot) uri(name string) string {
	if s.documents[name] != nil {
		return name
	}
	p := s.view.path(name)
	for _, d := range s.documents {
		if d.path == p {
			return d.uri // as the editor writes it
		}
	}
	return uriOf(p)
}

// place is a document in a program.
type place struct {
	*program
	tree *ast.File
	mapper
}

// find returns the first program that has a document, and the document's tree there.
func (s *snapshot) find(uri string) (place, bool) {
	for _, p := range s.programs {
		for _, f := range p.Files {
			if f.Source != nil && s.uri(f.Source.Name) == uri {
				return place{p, f, mapper{f.Source, s.utf8}}, true
			}
		}
	}
	return place{}, false
}

// text returns the text of a document.
func (s *snapshot) text(uri string) (mapper, bool) {
	d := s.documents[uri]
	if d == nil {
		return mapper{}, false
	}
	return newMapper(d.text, s.utf8), true
}

// isPrelude reports whether a place is in the built-in prelude, which is no file.
func isPrelude(at source.Span) bool { return at.File == nil || at.File.Name == resolve.PreludeFile }

// view is what is known of the files on disk: which folders have programs, and what they import.
// It is made again when the disk changes.
type view struct {
	roots []string // the workspace folders

	mu      sync.Mutex
	listed  map[string][]string        // the .zt files of a folder
	imports map[string]map[string]bool // of each folder with programs, the files that its program has
}

func newView(roots []string) *view { return &view{roots: roots, listed: map[string][]string{}} }

// name returns the name of a path in diagnostics: from the first workspace folder, or from the root.
func (v *view) name(p string) string {
	if len(v.roots) > 0 {
		if below, ok := strings.CutPrefix(p, v.roots[0]+"/"); ok {
			return below
		}
	}
	return "/" + p
}

// path returns the path of a name.
func (v *view) path(name string) string {
	if strings.HasPrefix(name, "/") || len(v.roots) == 0 {
		return strings.TrimPrefix(name, "/")
	}
	return path.Join(v.roots[0], name)
}

// filesIn lists the .zt files of a folder.
func (v *view) filesIn(folder string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	files, ok := v.listed[folder]
	if !ok {
		files = load.ProgramFiles(folder)
		v.listed[folder] = files
	}
	return slices.Clone(files)
}

// maxFolders is how many folders of a workspace are searched for programs.
const maxFolders = 1000

// importers returns the folders of the workspace that have programs, with the files of each program.
func (v *view) importers() map[string]map[string]bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.imports != nil {
		return v.imports
	}
	v.imports = map[string]map[string]bool{}
	for _, root := range v.roots {
		if root == "" {
			continue // the whole disk
		}
		for folder, files := range load.ProgramFolders(root, maxFolders) {
			var in []compiler.Input
			for _, f := range files {
				in = append(in, compiler.Input{Path: f, Name: "/" + f})
			}
			trees, _, err := compiler.Load(load.Root, in, func(p string) string { return "/" + p })
			if err != nil {
				continue
			}
			has := map[string]bool{}
			for _, t := range trees {
				has[strings.TrimPrefix(t.Source.Name, "/")] = true
			}
			v.imports[folder] = has
		}
	}
	return v.imports
}

// programs returns the folders of the programs that a document belongs to. That is its own folder,
// unless programs of other folders import all of its files: alone, these would lack what the others
// declare.
func (v *view) programs(d *document) []string {
	own := path.Dir(d.path)
	all := v.importers()
	files := v.filesIn(own)
	if !slices.Contains(files, d.path) {
		files = append(files, d.path)
	}
	var others []string
	covered := map[string]bool{}
	for folder, has := range all {
		if folder == own {
			continue
		}
		for _, f := range files {
			if has[f] {
				covered[f] = true
				if !slices.Contains(others, folder) {
					others = append(others, folder)
				}
			}
		}
	}
	slices.Sort(others)
	out := slices.DeleteFunc(slices.Clone(others), func(folder string) bool {
		return slices.ContainsFunc(others, func(other string) bool {
			return other != folder && v.includes(all, other, folder) && !(v.includes(all, folder, other) && folder < other)
		})
	})
	if len(covered) < len(files) {
		out = append(out, own)
	}
	return out
}

// includes reports whether a program has all files that another folder's program has.
func (v *view) includes(all map[string]map[string]bool, folder, other string) bool {
	for f := range all[other] {
		if !all[folder][f] {
			return false
		}
	}
	return true
}
