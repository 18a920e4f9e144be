package format

import "github.com/rogpeppe/go-internal/diff"

// Diff returns what formatting changed in a file, as a unified diff with three lines of context, or
// nil if nothing changed. It takes O(n log n) time.
func Diff(name string, old, new []byte) []byte {
	return diff.Diff(name+".orig", old, name, new)
}
