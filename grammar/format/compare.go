package format

import (
	"slices"

	"github.com/zt-lang/zt/grammar/ast"
)

// difference names what differs between a tree and the file that its text was parsed as; "" if
// nothing does. The comments are those that were written.
func difference(statements []ast.Statement, comments []ast.Comment, parsed *ast.File) string {
	if ast.Dump(statements...) != ast.Dump(parsed.Statements...) {
		return "its meaning"
	}
	if !slices.EqualFunc(comments, parsed.Comments, func(a, b ast.Comment) bool {
		return commentText(a) == commentText(b)
	}) {
		return "its comments"
	}
	return ""
}

// samePlaces reports whether the comments of two files that differ in nothing else are between the
// same words.
func samePlaces(a, b *ast.File) bool { return slices.Equal(commentPlaces(a), commentPlaces(b)) }

// commentPlaces returns for each comment how many nodes begin and how many end before it.
func commentPlaces(f *ast.File) [][2]int {
	var starts, ends []int
	ast.Walk(f, func(n ast.Node) bool {
		if _, isComment := n.(*ast.Comment); !isComment {
			starts, ends = append(starts, n.Span().Start), append(ends, n.Span().End)
		}
		return true
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
