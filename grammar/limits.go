package grammar

import (
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// What a file may have. The largest programs that anybody writes are far from it; what is
// beyond is most likely no program, and must not cost more memory than a build machine has.
const (
	// MaxSize is how many bytes a file may have.
	MaxSize = 16 << 20
	// maxTokens is how many words, marks and comments a file may have, at some 200 bytes each.
	maxTokens = 1_500_000
	// MaxProgram is how many bytes the files of a program may have together.
	MaxProgram = 64 << 20
	// maxProgramTokens is how many words, marks and comments they may have.
	maxProgramTokens = 2_500_000
	// maxReported is how many mistakes of a file are told. Who has made more mends these first.
	maxReported = 1000
	// maxWord is how many bytes a word may have, and a string: nothing that a word can be is as long as
	// that, and what is said of it is to be read.
	maxWord = 4096
)

// Budget is what files of a program have together.
type Budget struct{ bytes, tokens int }

// Take counts one more file, and reports whether the program may have it. If not, it returns what
// is read of it, as TooLarge does.
func (b *Budget) Take(tree *ast.File) (*ast.File, diag.List, bool) {
	b.bytes += len(tree.Source.Text)
	b.tokens += tree.Tokens
	if b.bytes <= MaxProgram && b.tokens <= maxProgramTokens {
		return tree, nil, true
	}
	empty := source.NewFile(tree.Source.Name, "")
	return &ast.File{Source: empty, Broken: true}, diag.List{
		diag.New(diag.TooMuch, source.Span{File: empty}, "with this file the program is larger than zt takes: its files may have %d MiB, and %d words, marks and comments, together", MaxProgram>>20, maxProgramTokens).
			WithHelp("%s", "is all of this one program? Name the files that are"),
	}, false
}

// tally gathers diagnostics of a file, and counts those that are too many.
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
		m.list.Add(diag.New(diag.TooMuch, m.at, "%d more mistakes in this file are not shown", m.more).
			WithHelp("mend those that are, and see what is left"))
		m.list.Sort()
	}
	return m.list
}

// TooLarge returns what is read of a file that has more than it may: nothing, and the
// diagnostic that says so.
func TooLarge(file *source.File) (*ast.File, diag.List) {
	empty := source.NewFile(file.Name, "")
	return &ast.File{Source: empty, Broken: true}, diag.List{
		diag.New(diag.TooMuch, source.Span{File: empty}, "this file is larger than zt reads: it may have %d MiB, and %d words, marks and comments", MaxSize>>20, maxTokens).
			WithHelp("if it is a program, split it into files of one folder; they are one topology"),
	}
}
