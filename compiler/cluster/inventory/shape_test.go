package inventory

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

// What is left out of an object shows nothing: the manifests of public systems give the same evidence
// when all of them is read.
func TestEvidenceShapes(t *testing.T) {
	names, err := filepath.Glob("../crosscheck/testdata/systems/*.yaml")
	if err != nil || len(names) < 12 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := source.NewFile(name, string(text))
		read := func(need func(apiVersion, kind string) *shape) (*Inventory, *Evidence) {
			r := reader{need: need, evidence: newEvidence()}
			inv, _ := r.readAll([]Group{{Files: []*source.File{f}}})
			return inv, r.evidence
		}
		inv, evidence := read(evidenceOf)
		all, allEvidence := read(nil)
		if !reflect.DeepEqual(inv, all) || !reflect.DeepEqual(evidence, allEvidence) {
			t.Errorf("%s: something is left out that is evidence", name)
		}
	}
}
