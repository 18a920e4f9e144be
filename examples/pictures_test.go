package examples

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/emit/picture"
)

// TestPictures compares the picture of each example with what zt draws, and wants the README to show it.
func TestPictures(t *testing.T) {
	page := read(t, "README.md")
	for _, name := range []string{"three-tier", "namespace-isolation", "environments", "online-boutique", "platform", "some-pods", "tenants", "host-names", "isolate-dev-from-prod", "guardrails"} {
		top := compile(t, name, "")
		v := query.OfTopology(top, query.FactsOf(top), "default")
		p, err := picture.Of(v, v.Reach(), picture.Options{Title: "What is permitted: examples/" + name, Detail: picture.ByTier})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := p.WriteSVG(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(name, "picture.svg")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := read(t, path); want != got.String() {
			t.Errorf("%s is not what zt draws (go test ./examples -update writes it)", path)
		}
		if !strings.Contains(page, "]("+filepath.ToSlash(path)+")") {
			t.Errorf("README.md does not show %s", path)
		}
	}
}
