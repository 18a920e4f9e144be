package e2e

import (
	"maps"
	"testing"
)

// The server stores the same for every output format and every way to apply it, and a second time
// changes nothing.
func TestForms(t *testing.T) {
	c := platform(t)
	dir := t.TempDir()
	if _, ok := zt(t, nil, append([]string{"build", "--output", dir, "--kustomization"}, c.Args...)...); !ok {
		t.Fatal("zt build fails")
	}
	list, ok := zt(t, nil, append([]string{"build", "--format", "json"}, c.Args...)...)
	if !ok {
		t.Fatal("zt build fails")
	}
	for name, form := range map[string]struct {
		input []byte
		args  []string
	}{
		"yaml":               {c.Stream, []string{"--server-side", "--filename", "-"}},
		"yaml, client-side":  {c.Stream, []string{"--filename", "-"}},
		"json":               {list, []string{"--server-side", "--filename", "-"}},
		"a folder":           {nil, []string{"--server-side", "--kustomize", dir}},
		"a folder, as files": {nil, []string{"--server-side", "--filename", dir + "/orders.yaml", "--filename", dir + "/catalog.yaml", "--filename", dir + "/cert-manager.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			clearCluster(t)
			declareNamespaces(t, map[string]map[string]string{"orders": nil, "catalog": nil, "cert-manager": nil})
			args := append([]string{"apply"}, form.args...)
			kubectl(t, form.input, args...)
			verify(t, c)
			before := networkPolicies.versions(t)
			kubectl(t, form.input, args...)
			if after := networkPolicies.versions(t); !maps.Equal(before, after) {
				t.Errorf("applied again, it changes: %v, then %v", before, after)
			}
		})
	}
}
