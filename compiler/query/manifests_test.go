package query

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// TestMain sets how many clusters are drawn, and which: always the same, so that a change is judged by
// itself. With -rapid.seed=0 they are others each time, with -rapid.checks more.
func TestMain(m *testing.M) {
	flag.Parse()
	defaults := map[string]string{"rapid.checks": checks(), "rapid.seed": "1"}
	flag.Visit(func(f *flag.Flag) { delete(defaults, f.Name) })
	for name, value := range defaults {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// inventoryOf reads manifests from files, f0.yaml and so on.
func inventoryOf(t rapid.TB, files ...string) *inventory.Inventory {
	t.Helper()
	var sources []*source.File
	for i, text := range files {
		sources = append(sources, source.NewFile(fmt.Sprintf("f%d.yaml", i), text))
	}
	return inventoryOfFiles(t, sources)
}

func inventoryOfFiles(t rapid.TB, sources []*source.File) *inventory.Inventory {
	t.Helper()
	inv, diags := inventory.Read(sources, "")
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Note })
	for _, d := range diags {
		t.Errorf("%s: %s: %s", d.Span.File.Name, d.Code, d.Message)
	}
	if len(diags) > 0 {
		t.FailNow()
	}
	return inv
}

// viewOf returns the view of manifests as the commands make it.
func viewOf(t rapid.TB, files ...string) *Model {
	t.Helper()
	return viewOfInventory(t, inventoryOf(t, files...))
}

func viewOfInventory(t rapid.TB, inv *inventory.Inventory) *Model {
	t.Helper()
	v, err := OfManifests(inv, LabelsOf(inv), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// asJSON writes objects as one List.
func asJSON(objects []object) string {
	data, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// asYAML writes objects as one stream of documents.
func asYAML(objects []object) string {
	var b strings.Builder
	for _, o := range objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "---\n%s", data)
	}
	return b.String()
}
