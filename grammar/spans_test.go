package grammar

import (
	"fmt"
	"reflect"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// misfits lists the spans of a tree that are outside the file or outside
// the node that they belong to, and words that their span does not hold.
func misfits(tree *ast.File) []string {
	w := spanWalker{}
	whole := source.Span{File: tree.Source, End: len(tree.Source.Text)}
	end := 0
	for _, s := range tree.Statements {
		if s.Span().Start < end {
			w.complain("statements overlap", s.Span())
		}
		end = s.Span().End
	}
	end = 0
	for _, c := range tree.Comments {
		if c.At.Start < end || c.At.Text()[0] != '#' {
			w.complain("comments overlap, or are none", c.At)
		}
		end = c.At.End
	}
	w.walk(reflect.ValueOf(tree.Statements), whole)
	return w.problems
}

type spanWalker struct{ problems []string }

func (w *spanWalker) complain(what string, at source.Span) {
	w.problems = append(w.problems, fmt.Sprintf("%s: %d to %d", what, at.Start, at.End))
}

var (
	spanType    = reflect.TypeFor[source.Span]()
	rangeType   = reflect.TypeFor[ast.Range]()
	commentType = reflect.TypeFor[ast.Comment]()
)

func (w *spanWalker) walk(v reflect.Value, around source.Span) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem(), around)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i), around)
		}
	case reflect.Struct:
		switch v.Type() {
		case commentType: // a statement's comments stand above it
			return
		case spanType:
			at := v.Interface().(source.Span)
			if at.File != around.File || at.Start < around.Start || at.End < at.Start || at.End > around.End {
				w.complain("a span is not inside of what it belongs to", at)
			}
			return
		}
		// A node's parts lie in its own range, which lies in what is around it.
		if at, isNode := ownRange(v); isNode {
			w.walk(reflect.ValueOf(at), around)
			around = at
		}
		if word, ok := v.Interface().(ast.Word); ok && word.Text != word.At.Text() && `"`+word.Text+`"` != word.At.Text() {
			w.complain("a word is not what stands in its span", word.At)
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Type != rangeType {
				w.walk(v.Field(i), around)
			}
		}
	}
}

// ownRange returns the range that a node embeds, by itself or in its Head.
func ownRange(v reflect.Value) (source.Span, bool) {
	if head := v.FieldByName("Head"); head.IsValid() {
		v = head
	}
	r := v.FieldByName("Range")
	if !r.IsValid() || r.Type() != rangeType {
		return source.Span{}, false
	}
	return r.Interface().(ast.Range).At, true
}
