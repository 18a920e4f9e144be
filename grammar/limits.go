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
	// maxReported is how many mistakes of a file are told. Who has made more mends these first.
	maxReported = 1000
)

// TooLarge returns what is read of a file that has more than it may: nothing, and the
// diagnostic that says so.
func TooLarge(file *source.File) (*ast.File, diag.List) {
	empty := source.NewFile(file.Name, "")
	return &ast.File{Source: empty, Broken: true}, diag.List{
		diag.New(diag.TooMuch, source.Span{File: empty}, "this file is larger than zt reads: it may have %d MiB, and %d words, marks and comments", MaxSize>>20, maxTokens).
			WithHelp("if it is a program, split it into files of one folder; they are one topology"),
	}
}
