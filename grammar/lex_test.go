package grammar

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

// Tokens gives every token and comment in the order of the text, in a text with errors too.
func TestTokens(t *testing.T) {
	const text = "# a\nnamespace shop { # b\n  tier web { app = web } :80/tcp\n  ??? => web -> 2001:db8::/32 \"x\n}\n# c"
	var got []string
	for _, tok := range Tokens(source.NewFile("f", text)) {
		kind := []string{"newline", "word", "string", "mark", "comment", "illegal"}[tok.Kind]
		got = append(got, kind+" "+strings.Trim(tok.Text(), "\n"))
	}
	want := []string{
		"comment # a", "word namespace", "word shop", "mark {", "comment # b",
		"word tier", "word web", "mark {", "word app", "mark =", "word web", "mark }", "mark :", "word 80/tcp", "newline ",
		"illegal ???", "illegal =>", "word web", "mark ->", "word 2001:db8::/32", "string \"x", "newline ",
		"mark }", "newline ", "comment # c",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Statements follows the table of statements.
func TestStatements(t *testing.T) {
	for block, want := range map[string]string{
		"":            "import namespace tier external environment network deny isolate dns",
		"namespace":   "tier external labels deny isolate",
		"environment": "namespace tier external deny isolate",
	} {
		if got, ok := Statements(block); !ok || strings.Join(got, " ") != want {
			t.Errorf("in %q: %v, want %s", block, got, want)
		}
	}
	if got, ok := Statements("tier"); ok {
		t.Errorf("a tier has a block with %v", got)
	}
}
