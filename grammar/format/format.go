// Package format writes zt programs in their canonical layout.
//
// The formatter decides blanks, indentation, alignment and blank lines. It keeps what the author
// decides: the order of everything, comments, single blank lines, and whether a list is on one line
// or several. It prints trees, so it also writes programs that never were text. Source also rewrites
// what an earlier edition of the language spelt differently.
package format

import (
	"errors"
	"fmt"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Source returns the canonical form of a file's text. If the file has syntax errors, Source returns
// only the diagnostics. It ignores all other mistakes.
func Source(file *source.File) ([]byte, diag.List, error) {
	original, diagnostics := grammar.Parse(file)
	if original.Broken {
		return nil, diagnostics, nil
	}
	upgrade(original)
	text, formatted, err := write(original)
	if err == nil && !samePlaces(original, formatted) {
		err = errors.New("formatting would change the places of its comments")
	}
	switch {
	case errors.Is(err, errTooLarge):
		_, diagnostics = grammar.TooLarge(file)
		return nil, diagnostics, nil
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w; this is a bug of zt, please report it", file.Name, err)
	}
	return text, nil, nil
}

// Tree returns the text of a tree, in canonical form. The tree may be parsed, without syntax errors,
// or built: then its nodes have no spans, and its comments are made by [ast.NewComment]. A parsed
// tree may also get statements that are built or from another file; of the latter's comments, only
// those above the statements are kept.
//
// It is an error if no program has this tree, for example because a name has a blank in it.
func Tree(f *ast.File) ([]byte, error) {
	text, _, err := write(f)
	return text, err
}

var errTooLarge = errors.New("the text would be larger than a file may be")

// write prints a tree. A formatter must never change what a program says, so write parses the text
// again, and fails if that tree differs from the first. It returns the text and its tree.
func write(f *ast.File) ([]byte, *ast.File, error) {
	if f.Broken {
		return nil, nil, errors.New("the tree lacks what has syntax errors in the source")
	}
	p := &printer{}
	p.file(f)
	text := layout(p.lines)
	if len(text) > grammar.MaxSize {
		return nil, nil, errTooLarge
	}
	parsed, diagnostics := grammar.Parse(source.NewFile("", string(text)))
	if parsed.Broken {
		return nil, nil, fmt.Errorf("the tree is not a program: %s", diagnostics[0].Message)
	}
	if d := difference(f.Statements, p.written, parsed); d != "" {
		return nil, nil, fmt.Errorf("formatting would change %s", d)
	}
	return text, parsed, nil
}
