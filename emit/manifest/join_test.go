package manifest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
)

// Two manifests that are joined are what writing their policies together makes, and are read back as one.
func TestJoin(t *testing.T) {
	set := func(names ...string) *policyset.Set {
		b := policyset.NewBuilder()
		for _, name := range names {
			b.Add(policyset.Policy{Namespace: "shop", Name: name})
		}
		return b.Set()
	}
	for _, format := range []Format{FormatYAML, FormatJSON} {
		for _, parts := range [][2]string{{"a", "b c"}, {"", "b"}, {"a", ""}, {"", ""}} {
			a, b := strings.Fields(parts[0]), strings.Fields(parts[1])
			got := Join(Marshal(set(a...), format), Marshal(set(b...), format), format)
			if want := Marshal(set(append(a, b...)...), format); !bytes.Equal(got, want) {
				t.Errorf("%q joined is:\n%s\nnot:\n%s", parts, got, want)
			}
			if len(a) == 0 || len(b) == 0 {
				continue
			}
			file := Join(Files(set(a...), format)[0].Data, Files(set(b...), format)[0].Data, format)
			if want := Files(set(append(a, b...)...), format)[0].Data; !bytes.Equal(file, want) {
				t.Errorf("the files of %q joined are:\n%s", parts, file)
			}
		}
	}
}
