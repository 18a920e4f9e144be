package grammar

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// misfits lists the spans of a tree that are outside the file or outside
// the node that they belong to, and words that their span does not hold.
func misfits(tree *ast.File) []string {
	w := spanWalker{}
	whole := source.Span{File: tree.Source, End: len(tree.Source.Text)}
	end := 0
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
		end := around.Start
		for i := range v.Len() {
			w.walk(v.Index(i), around)
			if node, ok := v.Index(i).Interface().(ast.Node); ok && v.Type().Elem() != commentType {
				if node.Span().Start < end {
					w.complain("a list's nodes overlap", node.Span())
				}
				end = node.Span().End
			}
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

// unread returns what stands in a file outside of its statements, comments and blank
// parts, at the top and in blocks.
func unread(tree *ast.File) string {
	return leftover(tree, tree.Statements, len(tree.Source.Text)-len(strings.TrimPrefix(tree.Source.Text, "\ufeff")), len(tree.Source.Text))
}

func leftover(tree *ast.File, statements []ast.Statement, from, to int) string {
	var left strings.Builder
	text := []byte(tree.Source.Text)
	for _, c := range tree.Comments {
		copy(text[c.At.Start:], strings.Repeat(" ", c.At.End-c.At.Start))
	}
	for _, s := range statements {
		left.Write(text[from:s.Span().Start])
		from = s.Span().End
		var body *ast.Block
		switch s := s.(type) {
		case *ast.Namespace:
			body = s.Body
		case *ast.Environment:
			body = s.Body
		}
		if body != nil {
			left.WriteString(leftover(tree, body.Statements, body.At.Start+1, body.At.End-1))
		}
	}
	left.Write(text[from:to])
	return strings.Trim(left.String(), " \t\r\n;")
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
