package manifest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzRead compares the reader with the library on any text, and with the writer: what it reads
// must be the same after it is written and read again.
func FuzzRead(f *testing.F) {
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
		f.Add(written(f, FormatYAML, p))
		f.Add(marshal(f, FormatJSON, p))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for format, divide := range map[Format]func(string) ([]string, error){FormatYAML: split, FormatJSON: items} {
			documents, err := divide(text)
			if err != nil {
				continue
			}
			for _, d := range documents {
				holdReaderToLibrary(t, format, d)
			}
		}
		for _, format := range []Format{FormatYAML, FormatJSON} {
			policies, err := Read([]File{{Data: []byte(text)}}, format)
			if err != nil {
				continue
			}
			data := Marshal(policies, format)
			again, err := Read([]File{{Data: data}}, format)
			if err != nil {
				t.Fatalf("what is written cannot be read: %v\n%s", err, data)
			}
			if diff := cmp.Diff(policies.Objects(), again.Objects(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("read, written and read again (-once +twice):\n%s\nby way of\n%s", diff, data)
			}
		}
	})
}
