package format

import (
	"reflect"
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// compare says in what two files differ, spans aside: in their statements, in
// their comments, or in where comments stand among the words. It returns ""
// where they say the same.
func compare(a, b *ast.File) string {
	if !equal(reflect.ValueOf(a.Statements), reflect.ValueOf(b.Statements)) {
		return "its meaning"
	}
	if !slices.EqualFunc(a.Comments, b.Comments, sameComment) {
		return "its comments"
	}
	if !slices.Equal(commentPlaces(a), commentPlaces(b)) {
		return "the places of its comments"
	}
	return ""
}

func sameComment(a, b ast.Comment) bool { return commentText(a) == commentText(b) }

var (
	spanType    = reflect.TypeFor[source.Span]()
	commentType = reflect.TypeFor[ast.Comment]()
)

// equal compares two values of the tree. It walks whatever the tree is made
// of, so that nothing that is added to the language escapes it.
func equal(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case spanType:
		return true
	case commentType:
		return sameComment(a.Interface().(ast.Comment), b.Interface().(ast.Comment))
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equal(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

// commentPlaces returns for each comment how many nodes begin and how many end
// before it.
func commentPlaces(f *ast.File) [][2]int {
	var starts, ends []int
	spans(reflect.ValueOf(f.Statements), func(s source.Span) {
		starts, ends = append(starts, s.Start), append(ends, s.End)
	})
	slices.Sort(starts)
	slices.Sort(ends)
	places := make([][2]int, len(f.Comments))
	for i, c := range f.Comments {
		// An empty value may begin and end right where the comment begins.
		started, _ := slices.BinarySearch(starts, c.At.Start+1)
		ended, _ := slices.BinarySearch(ends, c.At.Start+1)
		places[i] = [2]int{started, ended}
	}
	return places
}

// spans visits the span of every node below v but for comments.
func spans(v reflect.Value, visit func(source.Span)) {
	switch {
	case v.Type() == commentType:
	case v.Type() == spanType:
		visit(v.Interface().(source.Span))
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if !v.IsNil() {
			spans(v.Elem(), visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			spans(v.Index(i), visit)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			spans(v.Field(i), visit)
		}
	}
}
