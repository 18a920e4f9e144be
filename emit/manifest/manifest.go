// Package manifest writes sets of policies as manifests and files, and reads them back.
package manifest

import (
	"github.com/zt-lang/zt/compiler/cluster/policyset"
)

// Format is a form of manifests.
type Format int

// The formats.
const (
	FormatYAML Format = iota
	FormatJSON
)

// Separator is the line between two documents of a YAML stream.
const Separator = "---\n"

// Marshal returns one manifest of all policies, in order.
func Marshal(policies *policyset.Set, format Format) []byte {
	all := make([]int, policies.Len())
	for i := range all {
		all[i] = i
	}
	return write(policies, all, format, "")
}
