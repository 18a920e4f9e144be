package grammar

import (
	"strings"
	"testing"
)

// Every word that a program is written with has a section that explains it.
func TestReferenceExplainsKeywords(t *testing.T) {
	for _, word := range []string{
		"tier", "external", "namespace", "environment", "network", "import", "edge", "deny", "isolate", "deny path", "dns", "apiserver", "ingress", "egress",
		"isolates", "labels", "except", "internet", "cluster", "all", "nodes", "port", "endpoint", "$environment",
	} {
		s, ok := Explain(word)
		if !ok || !strings.HasPrefix(s.Text, "#") {
			t.Errorf("no section explains %q", word)
			continue
		}
		if !strings.Contains(strings.ToLower(s.Text), strings.TrimSuffix(strings.ToLower(word), "s")) {
			t.Errorf("%q is explained by %q, which does not mention it", word, s.Title)
		}
	}
	for _, word := range []string{"", " ", "zebra"} {
		if s, ok := Explain(word); ok {
			t.Errorf("%q is explained by %q", word, s.Title)
		}
	}
}

// A statement's own section explains it, and ends where the next begins.
func TestReferenceSections(t *testing.T) {
	s, ok := Explain("tier")
	if !ok || !strings.Contains(s.Title, "tier") || strings.Contains(s.Text, "\n## ") {
		t.Errorf("tier is explained by %q:\n%s", s.Title, s.Text)
	}
	var whole int
	for _, s := range Reference() {
		if strings.HasPrefix(s.Text, "# ") {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("%d sections are the whole reference; a comment in an example is not a heading", whole)
	}
}
