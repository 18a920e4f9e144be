package resolve

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// Info is what each name of a program means, for editors. A name in the block of several
// environments means one object for each of them, in the order of the environments.
type Info struct {
	// Definitions are the names in declarations. A namespace or environment that several blocks
	// reopen is defined by each.
	Definitions map[source.Span][]topology.Object
	// Uses are the names in edges, denies, isolates and dns statements, the names of ports there,
	// and every $environment.
	Uses map[source.Span][]topology.Object
}

// define records a declaration. A nil Info records nothing.
func (i *Info) define(at source.Span, o topology.Object) {
	if i != nil {
		record(&i.Definitions, at, o)
	}
}

// use records what a name means.
func (i *Info) use(at source.Span, o topology.Object) {
	if i != nil {
		record(&i.Uses, at, o)
	}
}

func record(names *map[source.Span][]topology.Object, at source.Span, o topology.Object) {
	if *names == nil {
		*names = map[source.Span][]topology.Object{}
	}
	if known := (*names)[at]; !slices.Contains(known, o) {
		(*names)[at] = append(known, o)
	}
}

// useStamps records the places of $environment in a word.
func (i *Info) useStamps(w ast.Word, e *topology.Environment) {
	if i == nil || w.At.Text() != w.Text {
		return
	}
	for from := 0; ; {
		next := strings.Index(w.Text[from:], stampWord)
		if next < 0 {
			return
		}
		start := w.At.Start + from + next
		from += next + len(stampWord)
		i.use(source.Span{File: w.At.File, Start: start, End: start + len(stampWord)}, e)
	}
}
