package grammar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func parse(text string) (statements int, diags diag.List) {
	tree, diags := grammar.Parse(source.NewFile("a.zt", text))
	return len(tree.Statements), diags
}

// What is larger than a file may be is not read at all, and what is as large as it may be is.
func TestTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	const most, mostTokens = 16 << 20, 1_500_000
	tier := "tier a by role\n"
	fill := func(n int, what string) string { return tier + strings.Repeat(what, (n-len(tier))/len(what)) }
	for name, test := range map[string]struct {
		text string
		fits bool
	}{
		"as many bytes as there may be":  {fill(most, " "), true},
		"one byte more":                  {fill(most, " ") + " ", false},
		"as many tokens as there may be": {tier + strings.Repeat("; ", mostTokens-6), true},
		"more tokens":                    {tier + strings.Repeat("; ", mostTokens), false},
		"more comments":                  {tier + strings.Repeat("#\n", mostTokens), false},
	} {
		statements, diags := parse(test.text)
		if test.fits && (statements != 1 || len(diags) > 0) {
			t.Errorf("%s: %d statements, %v", name, statements, diags)
		}
		if !test.fits && (statements != 0 || len(diags) != 1 || diags[0].Code != diag.TooMuch || diags[0].Span.File.Name != "a.zt") {
			t.Errorf("%s: %d statements, %v", name, statements, diags)
		}
	}
}

// Of many mistakes the first are told, and how many more there are; the statements among them are
// read all the same.
func TestTooManyMistakes(t *testing.T) {
	for name, text := range map[string]string{
		"of the parser":  "tier\n",
		"of the scanner": "# \x00\n",
		"of strings":     "\"\n",
	} {
		const many, told = 5000, 1000
		statements, diags := parse(strings.Repeat(text, many) + "tier a by role\n")
		if statements != 1 || len(diags) != told+1 {
			t.Fatalf("%s: %d statements, %d diagnostics", name, statements, len(diags))
		}
		last := diags[told]
		if last.Code != diag.TooMuch || !strings.HasPrefix(last.Message, fmt.Sprint(many-told)+" more") || last.Span.Begin().Line != told+1 {
			t.Errorf("%s: %v in line %d", name, last.Message, last.Span.Begin().Line)
		}
	}
}

// A word that is longer than any may be is not shown whole wherever it is told of.
func TestLongWords(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, text := range []string{
		"tier " + long + " by role", "a -> " + long, "import \"" + long + "\"", "a -> " + long + "/*", "é" + strings.Repeat("é", 5000),
		"a -> " + strings.Repeat("1:", 5000) + "1", strings.Repeat("<", 5000), "tier a { " + long + " }",
	} {
		_, diags := parse(text)
		if len(diags) != 1 || diags[0].Code != diag.TooMuch || len(diags[0].Message) > 200 {
			t.Errorf("%.20s...: %.300v", text, diags)
		}
	}
	if _, diags := parse(strings.Repeat("é", 2000)); len(diags) != 1 || diags[0].Code != diag.BadCharacter || len(diags[0].Message) > 200 {
		t.Errorf("%.300v", diags)
	}
}
