package lsp

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/lsp/protocol"
	"github.com/zt-lang/zt/grammar/source"
)

// document is an open buffer. It never changes.
type document struct {
	uri     string
	path    string // in load.Root; of a buffer that is no file, a name that no file has
	isFile  bool
	version int
	text    string
}

func newDocument(uri string, version int, text string) *document {
	d := &document{uri: uri, version: version, text: text}
	if d.path, d.isFile = pathOf(uri); !d.isFile {
		d.path = uri
	}
	return d
}

// pathOf returns the path of a file in load.Root.
func pathOf(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return "", false
	}
	return strings.TrimPrefix(path.Clean(u.Path), "/"), true
}

// uriOf returns the URI of a path in load.Root.
func uriOf(path string) string {
	u := url.URL{Scheme: "file", Path: "/" + path}
	return u.String()
}

// foldersOf returns the paths of workspace folders.
func foldersOf(folders []protocol.WorkspaceFolder) []string {
	var out []string
	for _, f := range folders {
		if path, ok := pathOf(f.URI); ok {
			out = append(out, path)
		}
	}
	return out
}

// changedFolders returns folders after a change of the workspace.
func changedFolders(folders []string, added, removed []protocol.WorkspaceFolder) []string {
	gone := foldersOf(removed)
	out := slices.DeleteFunc(slices.Clone(folders), func(f string) bool { return slices.Contains(gone, f) })
	return append(out, foldersOf(added)...)
}

// snapshot is what the editor and the disk have at one moment. Its programs are compiled when they
// are asked for.
type snapshot struct {
	*server
	view      *view
	documents map[string]*document // by URI

	compiled bool // programs is set; see compile
	programs []*program
}

// next returns a changed copy.
func (s *snapshot) next(change func(*snapshot)) *snapshot {
	n := &snapshot{server: s.server, view: s.view, documents: maps.Clone(s.documents)}
	change(n)
	return n
}

func (s *snapshot) open(d *document) { s.documents[d.uri] = d }
func (s *snapshot) close(uri string) { delete(s.documents, uri) }

// mapper converts between places of a text and of the editor.
type mapper struct {
	file *source.File
	utf8 bool
}

func newMapper(text string, utf8 bool) mapper { return mapper{source.NewFile("", text), utf8} }

// offset returns the byte offset of an editor's position.
func (m mapper) offset(p protocol.Position) int {
	if !m.utf8 {
		return m.file.Offset(source.EditorPosition{Line: p.Line, Character: p.Character})
	}
	switch {
	case p.Line < 0:
		return 0
	case p.Line >= m.file.Lines():
		return len(m.file.Text)
	}
	line, start := m.file.Line(p.Line + 1)
	at := min(max(p.Character, 0), len(line))
	for at > 0 && at < len(line) && line[at]&0xC0 == 0x80 {
		at-- // the middle of a code point is its start
	}
	return start + at
}

// position returns the editor's position of a byte offset.
func (m mapper) position(offset int) protocol.Position {
	p := m.file.EditorPosition(offset)
	if m.utf8 {
		_, start := m.file.Line(p.Line + 1)
		p.Character = max(0, min(offset, len(m.file.Text))-start)
	}
	return protocol.Position{Line: p.Line, Character: p.Character}
}

// rangeOf returns a range of a text as the editor counts it.
func (m mapper) rangeOf(start, end int) protocol.Range {
	return protocol.Range{Start: m.position(start), End: m.position(end)}
}

// spanRange returns a span of a file as the editor counts it.
func (s *snapshot) spanRange(at source.Span) protocol.Range {
	return mapper{at.File, s.utf8}.rangeOf(at.Start, at.End)
}
