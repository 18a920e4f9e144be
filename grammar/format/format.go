// Package format writes zt programs in their one canonical layout.
//
// The formatter decides blanks, indentation, alignment and blank lines. What
// its author decides it keeps: the order of everything, comments, single blank
// lines, and whether a list stands on one line or on several.
package format

import (
	"fmt"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Source returns the canonical form of a file's text. A file with syntax
// errors has none: the diagnostics say why. Other mistakes are no concern of
// the formatter.
//
// Formatting must never change what a program says. So the result is parsed
// again and held against the original; where they differ, which would be a bug
// of the formatter, there is no result but an error.
func Source(file *source.File) ([]byte, diag.List, error) {
	original, diagnostics := grammar.Parse(file)
	if original.Broken {
		return nil, diagnostics, nil
	}
	text := Format(original)
	if len(text) > grammar.MaxSize {
		_, diagnostics = grammar.TooLarge(file) // it could not be read again
		return nil, diagnostics, nil
	}
	formatted, _ := grammar.Parse(source.NewFile(file.Name, string(text)))
	difference := "its syntax"
	if !formatted.Broken {
		difference = compare(original, formatted)
	}
	if difference != "" {
		return nil, nil, fmt.Errorf("%s: formatting would change %s; this is a bug of zt, please report it", file.Name, difference)
	}
	return text, nil, nil
}

// Format returns the canonical form of a parsed file. The file must have no
// syntax errors: of a broken file the tree holds only what could be read, and
// the rest would be lost.
func Format(f *ast.File) []byte {
	p := &printer{text: f.Source.Text, comments: f.Comments}
	p.statements(f.Statements)
	p.lead(len(p.text))
	return layout(p.lines)
}
