package safe

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// hostile has what terminals, pages and readers obey.
const hostile = "a\x1b[31m\a\n```\n## Approved `x` ````\r\t\x7f\u009b31m\u202e\u2066\u200b\U000e0041\x9b é 日本"

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"shop/web -> db": "shop/web -> db", "é日": "é日", "a\x1b[31m\nb": "a␛[31m␊b",
		"\t": "    ", "\u202ea\u009b": "<U+202E>a<U+009B>", "\x9b": "\ufffd", "\u00a0": "<U+00A0>",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if strings.ContainsFunc(Text(hostile), func(r rune) bool { return !unicode.IsGraphic(r) }) {
		t.Errorf("%q", Text(hostile))
	}
}

func TestFprintf(t *testing.T) {
	var b strings.Builder
	Fprintf(&b, "%s\n%-3s|%d\n", "a\n", "\x1b", 3)
	if b.String() != "a␊\n␛  |3\n" {
		t.Errorf("%q", b.String())
	}
}

// What is quoted in markdown ends where its own marks are.
func TestMarkdown(t *testing.T) {
	if got := Span("a`` `b`"); got != "``` a`` `b` ```" {
		t.Error(got)
	}
	if got := Span("a"); got != "`a`" {
		t.Error(got)
	}
	if got := Fence("diff", "+ ```\n"); got != "````diff\n+ ```\n````\n" {
		t.Error(got)
	}
}

// JSON is what the library writes, but for characters that a terminal obeys.
func TestJSON(t *testing.T) {
	got := JSON(map[string]string{"<k>": hostile}, "")
	if strings.ContainsFunc(string(got), func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) || !strings.Contains(string(got), "<k>") {
		t.Errorf("%q", got)
	}
	var back map[string]string
	if err := json.Unmarshal(got, &back); err != nil || back["<k>"] != strings.ToValidUTF8(hostile, "\ufffd") {
		t.Errorf("%v %q", err, back)
	}
}
