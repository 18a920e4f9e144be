package networkpolicy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// The edge layout refuses to make more policies than fit into memory; the tier layout has few.
func TestTooManyObjects(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	list := func(prefix string) string {
		var names []string
		for i := range 280 {
			names = append(names, fmt.Sprint(prefix, i))
		}
		return strings.Join(names, ", ")
	}
	program := fmt.Sprintf("tier %s, %s by app\n%[1]s -> %[2]s :80\n", list("a"), list("b"))
	top := compile(t, program)
	if set, diags := Lower(top, target.ByEdge); set.Len() > 0 || len(diags) != 1 || diags[0].Code != diag.TooMuch || diags[0].Span.Begin().Line != 2 {
		t.Errorf("%d policies, %v", set.Len(), diags)
	}
	if set, diags := Lower(top, target.ByTier); set.Len() != 561 || len(diags) > 0 {
		t.Errorf("by tier: %d policies, %v", set.Len(), diags)
	}
}
