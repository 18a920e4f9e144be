package examples

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/source"
)

// tutorial reads the tutorial's manifests.
func tutorial(t *testing.T) *inventory.Inventory {
	t.Helper()
	names, err := filepath.Glob("isolate-dev-from-prod/tutorial/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var files []*source.File
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source.NewFile(name, string(text)))
	}
	inv, diags := inventory.Read(files, "")
	if len(diags) > 0 || len(inv.Policies) != 1 || len(inv.Namespaces) != 2 {
		t.Fatal(diags, len(inv.Policies), len(inv.Namespaces))
	}
	return inv
}

// TestIsolateDevFromProd compares the tutorial's policy with what its name promises.
func TestIsolateDevFromProd(t *testing.T) {
	top, inv := compile(t, "isolate-dev-from-prod", ""), tutorial(t)
	promised := query.OfTopology(top, query.FactsOf(top), "default")
	actual, err := query.OfManifests(inv, query.FactsOf(top), promised)
	if err != nil {
		t.Fatal(err)
	}
	list := func(differences []query.Difference) (lines []string) {
		for _, d := range differences {
			line := fmt.Sprintf("%s -> %s :%s", d.From.Name, d.To.Name, d.Ports)
			for _, o := range d.Because {
				line += " " + o.Policy
			}
			lines = append(lines, line)
		}
		return lines
	}
	comparison := query.Compare(promised, actual)
	opens := []string{
		"all -> dev/* :any", // ingress is not isolated anywhere
		"all -> prod/* :any",
		"dev/* -> production :any dev/isolate-dev-from-prod", // what the name forbids
		"prod/* -> all :any",
	}
	if diff := cmp.Diff(opens, list(comparison.Added)); diff != "" {
		t.Errorf("what it permits beyond: -want +got\n%s", diff)
	}
	cuts := []string{"dev/* -> dev/* :any ", "dev/* -> kube-system/kube-dns :53/tcp, 53/udp "}
	if diff := cmp.Diff(cuts, list(comparison.Removed)); diff != "" {
		t.Errorf("what it cuts: -want +got\n%s", diff)
	}
}

// TestWhyDevReachesProd asks of the tutorial's policy alone.
func TestWhyDevReachesProd(t *testing.T) {
	inv := tutorial(t)
	v, err := query.OfManifests(inv, query.LabelsOf(inv), nil)
	if err != nil {
		t.Fatal(err)
	}
	for question, permitted := range map[string]bool{
		"dev/{app=web} -> prod/{app=db} :5432":            true,
		"prod/{app=db} -> dev/{app=web} :80":              true,
		"dev/{app=web} -> dev/{app=db} :5432":             false,
		"dev/* -> kube-system/{k8s-app=kube-dns} :53/udp": false,
		"dev/{app=web} -> internet :443":                  false,
		"dev/{app=web} -> staging/{app=web} :80":          false,
	} {
		q, err := v.Query(question)
		if err != nil {
			t.Fatal(err)
		}
		if a := v.Why(q); a.Permitted != permitted {
			t.Errorf("%s: permitted is %v, want %v", question, a.Permitted, permitted)
		}
	}
}
