// Package proof holds emitted manifests against the topology that they were
// emitted for: do they permit exactly what it says, no more and no less, for every pod and
// address that could exist?
//
// It takes the bytes, not the objects, and evaluates them by a package that
// knows nothing of the language. So a mistake of the lowering shows as a difference and not twice.
package proof

import (
	"fmt"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/enforce"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/grammar/diag"
)

// Check reads manifests back and compares what they permit with what the
// topology means. The result is empty where both are the same; otherwise it
// has a witness for the connections that one permits and the other does not, and nothing of the manifests
// may be used.
func Check(t *topology.Topology, data []byte, format manifest.Format) diag.List {
	var diags diag.List
	policies, err := manifest.ReadPolicies(data, format)
	if err != nil {
		return diag.List{bug(diag.Unreadable, "what was emitted cannot be read back: %v", err)}
	}
	want := meaning.Relation(t)
	got, err := enforce.Relation(policies, want.Facts)
	if err != nil {
		return diag.List{bug(diag.Unreadable, "what was emitted is no policy: %v", err)}
	}
	relation.Diff(got, want, func(c relation.Connection) bool {
		diags.Add(bug(diag.PermitsMore, "the manifests permit %s, which the program does not", c))
		return false
	})
	relation.Diff(want, got, func(c relation.Connection) bool {
		diags.Add(bug(diag.PermitsLess, "the manifests do not permit %s, which the program does", c))
		return false
	})
	return diags
}

func bug(code diag.Code, format string, args ...any) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...)}
	return d.WithHelp("this is a bug of zt, and nothing was written; please report it with the program")
}
