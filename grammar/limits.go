package grammar

import (
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// The limits of a file and a program. They are far above the largest real programs, and keep the memory
// that any input can cost below what a build machine has.
const (
	// MaxSize is how many bytes a file may have.
	MaxSize = 16 << 20
	// maxTokens is how many words, marks and comments a file may have.
	maxTokens = 1_500_000
	// MaxProgram is how many bytes the files of a program may have together.
	MaxProgram = 64 << 20
	// maxProgramTokens is how many words, marks and comments they may have.
	maxProgramTokens = 2_000_000
	// maxReported is how many mistakes of a file are reported.
	maxReported = 1000
	// maxWord is how many bytes a word or string may have, so that messages stay readable.
	maxWord = 4096
)

// Budget limits the total size of a program.
type Budget struct{ bytes, tokens int }

// Take adds a file to the total and reports whether it is within the limits. If not, it returns an
// empty file with a diagnostic, as TooLarge does.
func (b *Budget) Take(tree *ast.File) (*ast.File, diag.List, bool) {
	b.bytes += len(tree.Source.Text)
	b.tokens += tree.Tokens
	if b.bytes <= MaxProgram && b.tokens <= maxProgramTokens {
		return tree, nil, true
	}
	empty, diags := refuse(tree.Source, "with this file the program", MaxProgram, maxProgramTokens, "name only the files of this program")
	return empty, diags, false
}

// tally collects the diagnostics of a file, and counts those above the limit.
type tally struct {
	list diag.List
	more int
	at   source.Span // the first of more
}

func (m *tally) add(d diag.Diagnostic) {
	switch {
	case len(m.list) < maxReported:
		m.list.Add(d)
	case m.more == 0:
		m.at = d.Span
		fallthrough
	default:
		m.more++
	}
}

// all returns the diagnostics, in order, with one that says how many are missing.
func (m *tally) all() diag.List {
	m.list.Sort()
	if m.more > 0 {
		m.list.Add(diag.New(diag.TooMuch, m.at, "%d more errors in this file are not shown", m.more).
			WithHelp("fix these first"))
		m.list.Sort()
	}
	return m.list
}

// TooLarge returns an empty file and the diagnostic that the file exceeds a limit.
func TooLarge(file *source.File) (*ast.File, diag.List) {
	return refuse(file, "this file", MaxSize, maxTokens, "split it into several files in one folder; they form one program")
}

func refuse(file *source.File, what string, size, tokens int, help string) (*ast.File, diag.List) {
	empty := source.NewFile(file.Name, "")
	return &ast.File{Source: empty, Broken: true}, diag.List{
		diag.New(diag.TooMuch, source.Span{File: empty}, "%s exceeds the limit of %d MiB or %d tokens", what, size>>20, tokens).WithHelp("%s", help),
	}
}
