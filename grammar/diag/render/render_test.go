package render

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// marked returns the span between « and » of a text, in the file without them.
func marked(t *testing.T, name, text string) source.Span {
	t.Helper()
	before, rest, ok := strings.Cut(text, "«")
	inside, after, ok2 := strings.Cut(rest, "»")
	if !ok || !ok2 {
		t.Fatalf("no « » in %q", text)
	}
	file := source.NewFile(name, before+inside+after)
	return source.Span{File: file, Start: len(before), End: len(before) + len(inside)}
}

func terminalText(t *testing.T, color bool, list ...diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := Terminal(&b, list, Style{Color: color, Width: 107}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func linesText(t *testing.T, list ...diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := Lines(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sample(t *testing.T) diag.List {
	edge := marked(t, "shop.zt", "\n\n«frontnd» -> backend :80\n")
	tier := marked(t, "tiers.zt", strings.Repeat("\n", 9)+"tier «frontend» by role\n")
	unused := marked(t, "shop.zt", "external «old» { 192.0.2.0/24 }")
	return diag.List{
		diag.New(diag.UndefinedName, edge, "nothing here is called %q", "frontnd").
			WithRelated(tier, "%q is declared here", "frontend").
			WithHelp("did you mean %q?", "frontend"),
		diag.New(diag.UnusedExternal, unused, "no edge uses old"),
	}
}

func TestTerminal(t *testing.T) {
	want := `error[ZT201]: nothing here is called "frontnd"
   --> shop.zt:3:1
    |
  3 | frontnd -> backend :80
    | ^^^^^^^
    |
   ::: tiers.zt:10:6
    |
 10 | tier frontend by role
    |      -------- "frontend" is declared here
    |
    = help: did you mean "frontend"?

warning[ZT504]: no edge uses old
  --> shop.zt:1:10
   |
 1 | external old { 192.0.2.0/24 }
   |          ^^^
   |

1 error, 1 warning
`
	if d := cmp.Diff(want, terminalText(t, false, sample(t)...)); d != "" {
		t.Error(d)
	}
}

func TestColors(t *testing.T) {
	plainText := terminalText(t, false, sample(t)...)
	colored := terminalText(t, true, sample(t)...)
	for _, want := range []string{
		"\x1b[1;31merror[ZT201]\x1b[0m", "\x1b[1;33mwarning[ZT504]\x1b[0m", // by severity,
		"\x1b[1;31m^^^^^^^\x1b[0m", "\x1b[1;33m^^^\x1b[0m", // the marks too
	} {
		if !strings.Contains(colored, want) {
			t.Errorf("no %q in %q", want, colored)
		}
	}
	without := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored, "")
	if d := cmp.Diff(plainText, without); d != "" {
		t.Errorf("colours change more than the colour:\n%s", d)
	}
}

// Each span is shown with its lines; the frame and the header are left out here.
func TestSnippets(t *testing.T) {
	long := strings.Repeat("a, ", 60)
	tests := []struct{ name, text, want string }{
		{"a tab before and inside", "\ttier\t«a\tb» x", `
 1 |     tier    a    b x
   |             ^^^^^^`},
		{"wide characters take two columns", "# 日本 «日本» x", `
 1 | # 日本 日本 x
   |        ^^^^`},
		{"combining marks take none", "# e\u0301 «a\u0308b» x", "\n 1 | # e\u0301 a\u0308b x\n   |     ^^"},
		{"an emoji takes two", "# 🔥 «x»", `
 1 | # 🔥 x
   |      ^`},
		{"control characters are shown, not sent", "a\x1b[31m «b\x07»\x7f", `
 1 | a␛[31m b␇␡
   |        ^^`},
		{"marks of direction are shown by name", "a \u202e«b»", `
 1 | a <U+202E>b
   |           ^`},
		{"spaces that are none to the language too", "a«\u00a0»b", `
 1 | a<U+00A0>b
   |  ^^^^^^^^`},
		{"bytes that are no UTF-8", "a «\xff»\xfe", "\n 1 | a \ufffd\ufffd\n   |   ^"},
		{"a carriage return ends no line", "a «b\rc»", `
 1 | a b␍c
   |   ^^^`},
		{"nothing, between two", "a«» b", `
 1 | a b
   |  ^`},
		{"nothing, at the end of a line", "a«»\nb", `
 1 | a
   |  ^`},
		{"nothing, at the end of the file", "a\n«»", `
 2 |
   | ^`},
		{"nothing at all", "«»", `
 1 |
   | ^`},
		{"a line end", "a«\n»b", `
 1 | a
   |  ^`},
		{"a CRLF line end", "a«\r\n»b", `
 1 | a
   |  ^`},
		{"after a CRLF line", "a\r\n«b»\r\n", `
 2 | b
   | ^`},
		{"several lines, without their indentation", "tier a «{\n  x=y\n\n  z»\n}", `
 1 | tier a {
   |        ^
 2 |   x=y
   |   ^^^
 3 |
   |
 4 |   z
   |   ^`},
		{"several lines up to a line end", "«a\nb\n»c", `
 1 | a
   | ^
 2 | b
   | ^`},
		{"many lines: the first two and the last", "«{\n1\n2\n3\n4\n5\n}»", `
 1 | {
   | ^
 2 | 1
   | ^
   ...
 7 | }
   | ^`},
		{"a long line is cut on the right", "«frontend» -> " + long, `
 1 | frontend -> ` + strings.Repeat("a, ", 29) + `a…
   | ^^^^^^^^`},
		{"a long line is cut on the left", "x, " + long + "«frontend»", `
 1 | …, ` + strings.Repeat("a, ", 30) + `frontend
   | ` + strings.Repeat(" ", 93) + `^^^^^^^^`},
		{"a long line is cut on both sides", long + "«frontend», " + long, `
 1 | …, a, a, a, a, a, a, frontend, ` + strings.Repeat("a, ", 23) + `a…
   |                      ^^^^^^^^`},
		{"a range too long to be seen whole", "x «" + strings.Repeat("日", 200) + "»", `
 1 | x ` + strings.Repeat("日", 49) + `…
   |   ` + strings.Repeat("^", 98)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := terminalText(t, false, diag.New(diag.Unexpected, marked(t, "f", test.text), "m"))
			_, got, _ = strings.Cut(got, "\n   |")
			got, _, _ = strings.Cut(got, "\n   |\n\n1 error")
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWithoutAFile(t *testing.T) {
	d := diag.Diagnostic{Code: diag.PermitsMore, Message: "a bug", Related: []diag.Related{{Message: "somewhere"}}}.WithHelp("report it")
	if d := cmp.Diff("error[ZT901]: a bug\n   = note: somewhere\n   = help: report it\n\n1 error\n", terminalText(t, false, d)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("error: a bug [ZT901]\n    note: somewhere\n    help: report it\n", linesText(t, d)); d != "" {
		t.Error(d)
	}
}

func TestNothing(t *testing.T) {
	if got := terminalText(t, true) + linesText(t) + Summary(nil); got != "" {
		t.Errorf("%q of no diagnostics", got)
	}
}

func TestLines(t *testing.T) {
	want := `shop.zt:3:1: error: nothing here is called "frontnd" [ZT201]
    tiers.zt:10:6: note: "frontend" is declared here
    help: did you mean "frontend"?
shop.zt:1:10: warning: no edge uses old [ZT504]
`
	if d := cmp.Diff(want, linesText(t, sample(t)...)); d != "" {
		t.Error(d)
	}
}

// The text of a message or a name cannot break out of its line.
func TestLinesStayLines(t *testing.T) {
	d := diag.New(diag.Unexpected, marked(t, "a\nb\x1b[2J.zt", "«x»"), "one\ntwo\x1b[31m").WithHelp("three\rfour").
		WithRelated(marked(t, "f", "«x»"), "five\nsix")
	for _, got := range []string{linesText(t, d), terminalText(t, false, d)} {
		if strings.ContainsAny(got, "\x1b\r") {
			t.Errorf("control characters in %q", got)
		}
	}
	if got := strings.Count(linesText(t, d), "\n"); got != 3 {
		t.Errorf("%d lines, want 3", got)
	}
}

func TestJSON(t *testing.T) {
	want := `{
  "diagnostics": [
    {
      "code": "ZT201",
      "severity": "error",
      "message": "nothing here is called \"frontnd\"",
      "help": "did you mean \"frontend\"?",
      "range": {
        "file": "shop.zt",
        "start": {
          "line": 3,
          "column": 1
        },
        "end": {
          "line": 3,
          "column": 8
        }
      },
      "related": [
        {
          "message": "\"frontend\" is declared here",
          "range": {
            "file": "tiers.zt",
            "start": {
              "line": 10,
              "column": 6
            },
            "end": {
              "line": 10,
              "column": 14
            }
          }
        }
      ]
    },
    {
      "code": "ZT504",
      "severity": "warning",
      "message": "no edge uses old",
      "help": "",
      "range": {
        "file": "shop.zt",
        "start": {
          "line": 1,
          "column": 10
        },
        "end": {
          "line": 1,
          "column": 13
        }
      },
      "related": []
    }
  ],
  "summary": {
    "errors": 1,
    "warnings": 1
  }
}
`
	var b strings.Builder
	if err := JSON(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestJSONOfNothing(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("{\n  \"diagnostics\": [],\n  \"summary\": {\n    \"errors\": 0,\n    \"warnings\": 0\n  }\n}\n", b.String()); d != "" {
		t.Error(d)
	}
}

func TestJSONIsReadableAndCountsCodePoints(t *testing.T) {
	d := diag.New(diag.Unexpected, marked(t, "日\xff.zt", "# 日本 🔥 «->»"), "-> & <").
		WithRelated(source.Span{}, "nowhere")
	var b strings.Builder
	if err := JSON(&b, diag.List{d}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"-> & <"`) {
		t.Errorf("an arrow is escaped in %s", b.String())
	}
	var got report
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	want := source.Range{File: "日\ufffd.zt", Start: source.Position{Line: 1, Column: 8}, End: source.Position{Line: 1, Column: 10}}
	if d := cmp.Diff(&want, got.Diagnostics[0].Range); d != "" {
		t.Error(d)
	}
	if got.Diagnostics[0].Related[0].Range != nil {
		t.Error("what is nowhere has a range")
	}
}

// TestWidths compares pictures of one diagnostic at several widths. Each mark is under the text of the
// range, whatever is before it.
func TestWidths(t *testing.T) {
	line := "\ttier a; " + strings.Repeat("x, ", 20) + "\t日本, e\u0301, «frontend» -> " + strings.Repeat("backend, ", 10) + "z"
	other := strings.Repeat("y, ", 15) + "«tier»"
	d := diag.New(diag.Unexpected, marked(t, "f", line), "m").
		WithRelated(marked(t, "g", other), "this is where it is declared, in a related message that is longer than 40 columns")
	for _, width := range []int{40, 80, 120} {
		want := pictures[width]
		var b strings.Builder
		if err := Terminal(&b, diag.List{d}, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, "\n"+b.String()); diff != "" {
			t.Errorf("at %d columns:\n%s", width, diff)
		}
	}
}

// A message or a help line that is wider than the terminal is broken between words.
func TestLongMessages(t *testing.T) {
	d := diag.New(diag.Unexpected, source.Span{}, "the edge of a very long name -> \x1bother").
		WithHelp("declare it in a namespace, for example of this name")
	var b strings.Builder
	if err := Terminal(&b, diag.List{d}, Style{Width: 40}); err != nil {
		t.Fatal(err)
	}
	want := `error[ZT101]: the edge of a very long
  name -> ␛other
   = help: declare it in a namespace,
           for example of this name

1 error
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// A snippet is never wider than the terminal, and its marks are under it and cover something,
// whatever the line holds.
func FuzzRows(f *testing.F) {
	f.Add("tier a by role", 5, 6, 80)
	f.Add("\ta\u0301日\x1b\xff\u202e\r\n\n  b", 1, 9, 30)
	f.Add(strings.Repeat("日", 300), 400, 700, 120)
	f.Add(strings.Repeat("\U000367d7", 20), 20, 30, 40) // wide, and not printable
	f.Add(strings.Repeat("a", 40), 40, 40, 40)
	f.Add(strings.Repeat("a", 40)+"\u0301", 40, 40, 40) // what follows the mark has no column
	f.Add("", 0, 0, 0)
	f.Fuzz(func(t *testing.T, text string, start, end, room int) {
		start = max(0, min(start, len(text)))
		end = max(start, min(end, len(text)))
		room = max(minRoom, min(room, 300))
		span := source.Span{File: source.NewFile("f", text), Start: start, End: end}
		rows := rows(span, room)
		if len(rows) == 0 || len(rows) > maxLines+1 {
			t.Fatalf("%d rows", len(rows))
		}
		if rows[0].from >= rows[0].to {
			t.Errorf("no mark on the first line: %+v", rows[0])
		}
		for _, r := range rows {
			shown := 0
			for _, c := range r.text {
				if c < ' ' || c == 0x7f {
					t.Fatalf("control character in %q", r.text)
				}
				shown += show(c).columns
			}
			if shown > room || r.from > r.to || r.to > room || r.to > shown+1 {
				t.Errorf("%d of %d columns, marks from %d to %d", shown, room, r.from, r.to)
			}
		}
		terminalText(t, true, diag.New(diag.Unexpected, span, "m"))
	})
}

// failing fails to be written to.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestErrorsOfWriting(t *testing.T) {
	for name, render := range map[string]func() error{
		"terminal": func() error { return Terminal(failing{}, sample(t), Style{}) },
		"lines":    func() error { return Lines(failing{}, sample(t)) },
		"json":     func() error { return JSON(failing{}, sample(t)) },
	} {
		if render() == nil {
			t.Errorf("%s: an error of writing is lost", name)
		}
	}
}

func TestSummary(t *testing.T) {
	e, w := diag.Diagnostic{Severity: diag.Error}, diag.Diagnostic{Severity: diag.Warning}
	for want, list := range map[string]diag.List{
		"":                     {},
		"1 error":              {e},
		"2 errors":             {e, e},
		"1 warning":            {w},
		"2 errors, 3 warnings": {e, w, e, w, w},
	} {
		if got := Summary(list); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
