package spell

import "testing"

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"frontnd", []string{"backend", "frontend"}, "frontend"},
		{"teir", []string{"tier", "deny"}, "tier"},
		{"db", []string{"web", "frontend"}, ""},
		{"a", []string{"b"}, ""},
		{"", []string{"internet"}, ""},
		{"database", []string{"databse", "databases"}, "databse"},
		{"same", []string{"same"}, ""},
		{"x", nil, ""},
	} {
		if got := Nearest(test.word, test.candidates); got != test.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", test.word, test.candidates, got, test.want)
		}
	}
}
