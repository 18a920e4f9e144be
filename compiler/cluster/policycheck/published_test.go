package policycheck_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// Policies that public systems ship, with their workloads as package crosscheck has them. No error and
// no warning is wrong.
func TestPublished(t *testing.T) {
	for system, want := range map[string][]string{
		"argo-cd":         nil,
		"kube-prometheus": nil,
		"longhorn":        nil,
		"online-boutique": nil,
		// These policies say name=cart, and the pods carry name=carts.
		"sock-shop": {"error ZT650 NetworkPolicy sock-shop/cart-access selects no pod: no workload of sock-shop has name=cart"},
	} {
		t.Run(system, func(t *testing.T) {
			var text string
			for _, name := range []string{"testdata/" + system + ".yaml", "../crosscheck/testdata/systems/" + system + ".yaml"} {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				text += string(data) + "\n---\n"
			}
			var got []string
			for _, d := range check(t, text) {
				if d.Severity != diag.Note {
					got = append(got, fmt.Sprintf("%s %s %s", d.Severity, d.Code, d.Message))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("reported: %q", got)
			}
		})
	}
}
