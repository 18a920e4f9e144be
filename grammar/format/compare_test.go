package format

import (
	"testing"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/source"
)

func TestCompare(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"a -> b", "a   ->\n b", ""},
		{"tier a { x, y }", "tier a {\n x\n y }", ""},
		{"# doc \na -> b", "# doc\n  a -> b", ""},
		{"a -> b", "a <-> b", "its meaning"},
		{"a -> b", "a -> c", "its meaning"},
		{"a -> b", "a -> b :80", "its meaning"},
		{"a -> b :80", "a -> b :80/tcp", "its meaning"},
		{"tier a { x }", "tier a { !x }", "its meaning"},
		{"tier a { x }", "tier a by x", "its meaning"},
		{"tier a { x in (v, w) }", "tier a { x in (w, v) }", "its meaning"},
		{"deny a -> b", "deny path a -> b", "its meaning"},
		{"namespace n", "namespace n {}", "its meaning"},
		{"dns off", "dns a", "its meaning"},
		{"# doc\na -> b", "# doc\n\na -> b", "its meaning"},
		{"# doc\na -> b", "# other\na -> b", "its meaning"},
		{"a -> b # one", "a -> b # two", "its comments"},
		{"a -> b # one", "a -> b", "its comments"},
		{"a -> b # one\nb -> c", "a -> b\nb -> c # one", "the places of its comments"},
		{"tier a { x # one\n y }", "tier a { x\n y # one\n }", "the places of its comments"},
	} {
		a, _ := grammar.Parse(source.NewFile("a.zt", tt.a))
		b, _ := grammar.Parse(source.NewFile("b.zt", tt.b))
		if a.Broken || b.Broken {
			t.Errorf("%q or %q cannot be parsed", tt.a, tt.b)
		}
		for range 2 {
			got := difference(a.Statements, a.Comments, b)
			if got == "" && !samePlaces(a, b) {
				got = "the places of its comments"
			}
			if got != tt.want {
				t.Errorf("%q and %q differ in %q, want %q", a.Source.Text, b.Source.Text, got, tt.want)
			}
			a, b = b, a
		}
	}
}
