package manifest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzReadPolicies holds the reader to the library on any text, and to the writer: what it reads
// is, written and read again, the same.
func FuzzReadPolicies(f *testing.F) {
	names, err := filepath.Glob("../../examples/*/manifests*/*.yaml")
	if err != nil || len(names) == 0 {
		f.Fatal("no manifests", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, s := range awkward {
		p := policy("shop", "web")
		p.Annotations = map[string]string{"note": s}
		p.Spec.PodSelector.MatchLabels = map[string]string{s: s}
		f.Add(written(f, p))
	}
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := split(text)
		if err == nil {
			for _, d := range documents {
				holdReaderToLibrary(t, d)
			}
		}
		for _, format := range []Format{FormatYAML, FormatJSON} {
			policies, err := ReadPolicies([]byte(text), format)
			if err != nil {
				continue
			}
			data, err := Marshal(policies, format)
			if err != nil {
				t.Fatalf("what is read cannot be written: %v", err)
			}
			again, err := ReadPolicies(data, format)
			if err != nil {
				t.Fatalf("what is written cannot be read: %v\n%s", err, data)
			}
			if diff := cmp.Diff(policies, again, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("read, written and read again (-once +twice):\n%s\nby way of\n%s", diff, data)
			}
		}
	})
}
