package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/safe"
	"github.com/zt-lang/zt/grammar/source"
)

func sarifText(t *testing.T, list diag.List) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := SARIF(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// odd are diagnostics with everything that a format could stumble over.
func odd(t *testing.T) diag.List {
	file := source.NewFile("odd,100%: <é>.zt", "\ufefftier é\r\nb\n")
	whole := source.Span{File: file, Start: 0, End: len(file.Text)}
	end := source.Span{File: file, Start: len(file.Text), End: len(file.Text)}
	absolute := source.Span{File: source.NewFile("/a b/c.zt", "x"), Start: 0, End: 1}
	nowhere := diag.New(diag.PermitsMore, source.Span{}, "permits\x1b[31m %d%%,\r\nmore", 5).WithHelp("report it")
	return append(sample(t),
		diag.New(diag.Unexpected, whole, "all of it").WithRelated(end, "here").WithRelated(absolute, "and there").WithRelated(source.Span{}, "nowhere"),
		diag.New(diag.Unexpected, absolute, "a <b> & c"), nowhere)
}

// The log is one by SARIF's own schema, whatever is reported.
func TestSARIFIsValid(t *testing.T) {
	schema, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]diag.List{"nothing": nil, "sample": sample(t), "odd": odd(t)} {
		invalid, err := validate(schema, sarifText(t, list))
		if err != nil || len(invalid) > 0 {
			t.Errorf("%s: %v %s", name, err, strings.Join(invalid, "\n"))
		}
	}
}

// A schema check that accepts everything would say nothing.
func TestSchemaRefuses(t *testing.T) {
	schema, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	good := string(sarifText(t, sample(t)))
	for _, change := range [][2]string{
		{`"version": "2.1.0"`, `"version": "2.0"`},
		{`"startLine": 3`, `"startLine": 0`},
		{`"startLine": 3`, `"startLine": "3"`},
		{`"startColumn": 1,`, `"startColumn": 1.5,`},
		{`"uri": "shop.zt"`, `"uri": "a b"`},
		{`"uri": "shop.zt"`, `"url": "shop.zt"`},
		{`"level": "error"`, `"level": "fatal"`},
		{`"columnKind": "unicodeCodePoints"`, `"columnKind": "bytes"`},
		{`"name": "zt",`, ``},
		{`"ruleIndex": 0`, `"ruleIndex": -2`},
		{`"text": "no edge uses old"`, `"id": 3`},
		{`"results": [`, `"results": {}, "artifacts": [`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s is not there", change[0])
			continue
		}
		if invalid, err := validate(schema, []byte(bad)); err != nil || len(invalid) == 0 {
			t.Errorf("%s for %s is valid (%v)", change[1], change[0], err)
		}
	}
}

func TestSARIF(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(sarifText(t, odd(t)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	for i, r := range run.Results {
		if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID || rule.ShortDescription.Text == "" || !strings.Contains(rule.Help.Text, string(r.RuleID)) {
			t.Errorf("result %d: rule %+v", i, rule)
		}
	}
	if got := len(run.Tool.Driver.Rules); got != 4 { // one of them for two results
		t.Errorf("%d rules", got)
	}
	zero := 0
	want := sarifResult{
		RuleID: "ZT201", RuleIndex: 1, Level: "error",
		Message:   sarifMessage{Text: "nothing here is called \"frontnd\"\nhelp: did you mean \"frontend\"?"},
		Locations: []sarifLocation{{Physical: &sarifPhysical{sarifArtifact{"shop.zt"}, sarifRegion{3, 1, 3, 8}}}},
		Related:   []sarifLocation{{&zero, &sarifPhysical{sarifArtifact{"tiers.zt"}, sarifRegion{10, 6, 10, 14}}, &sarifMessage{Text: `"frontend" is declared here`}}},
	}
	if diff := cmp.Diff(want, run.Results[0]); diff != "" {
		t.Error(diff)
	}
	whole := run.Results[2]
	if got := *whole.Locations[0].Physical; got != (sarifPhysical{sarifArtifact{"./odd,100%25:%20%3C%C3%A9%3E.zt"}, sarifRegion{1, 1, 3, 1}}) {
		t.Errorf("%+v", got)
	}
	if got := whole.Related[1].Physical.Artifact.URI; got != "file:///a%20b/c.zt" {
		t.Error(got)
	}
	if whole.Related[2].Physical != nil || run.Results[4].Locations != nil {
		t.Error("what is nowhere is somewhere")
	}
}

func TestGitHub(t *testing.T) {
	var b strings.Builder
	if err := GitHub(&b, odd(t)); err != nil {
		t.Fatal(err)
	}
	want := `::error file=shop.zt,line=3,endLine=3,col=1,endColumn=8,title=ZT201::nothing here is called "frontnd"%0Atiers.zt:10:6: note: "frontend" is declared here%0Ahelp: did you mean "frontend"?
::warning file=shop.zt,line=1,endLine=1,col=10,endColumn=13,title=ZT504::no edge uses old
::error file=odd%2C100%25%3A <é>.zt,line=1,endLine=3,title=ZT101::all of it%0Aodd,100%25: <é>.zt:3:1: note: here%0A/a b/c.zt:1:1: note: and there%0Anote: nowhere
::error file=/a b/c.zt,line=1,endLine=1,col=1,endColumn=2,title=ZT101::a <b> & c
::error title=ZT901::` + commandData.Replace(safe.Text("permits\x1b[31m 5%,\r\nmore")) + `%0Ahelp: report it
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// A command is one line, and nothing in it can end it or begin another.
func TestGitHubStaysOneLine(t *testing.T) {
	file := source.NewFile("a\nb,line=9::c\x1b", "x")
	var b strings.Builder
	GitHub(&b, diag.List{diag.New(diag.Unexpected, source.Span{File: file, Start: 0, End: 1}, "a\n::warning::b")})
	if strings.Count(b.String(), "\n") != 1 || !strings.HasPrefix(b.String(), "::error file=a␊b%2Cline=9%3A%3Ac␛,line=1,") {
		t.Errorf("%q", b.String())
	}
}

// A fix is edits to programs, and its message a help line to people.
func TestFixes(t *testing.T) {
	at := marked(t, "shop.zt", "«10.0.0.5/8» -> web")
	list := diag.List{diag.New(diag.HostBits, at, "m").WithFix(at, "10.0.0.0/8", "write %s", "10.0.0.0/8")}
	if got := linesText(t, list...); !strings.Contains(got, "help: write 10.0.0.0/8") {
		t.Errorf("no help in %s", got)
	}
	var asJSON, asSARIF strings.Builder
	if err := errors.Join(JSON(&asJSON, list), SARIF(&asSARIF, list)); err != nil {
		t.Fatal(err)
	}
	var report report
	if err := json.Unmarshal([]byte(asJSON.String()), &report); err != nil {
		t.Fatal(err)
	}
	want := []fix{{"write 10.0.0.0/8", []edit{{&source.Range{File: "shop.zt", Start: source.Position{Line: 1, Column: 1}, End: source.Position{Line: 1, Column: 11}}, "10.0.0.0/8"}}}}
	if d := cmp.Diff(want, report.Diagnostics[0].Fixes); d != "" {
		t.Error(d)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(asSARIF.String()), &log); err != nil {
		t.Fatal(err)
	}
	wantFix := []sarifFix{{sarifMessage{Text: "write 10.0.0.0/8"}, []sarifChange{{
		sarifArtifact{"shop.zt"}, []sarifReplacement{{sarifRegion{1, 1, 1, 11}, sarifMessage{Text: "10.0.0.0/8"}}},
	}}}}
	if d := cmp.Diff(wantFix, log.Runs[0].Results[0].Fixes); d != "" {
		t.Error(d)
	}
}

// A note has its own severity in every format, and is counted by itself.
func TestNotes(t *testing.T) {
	note := diag.New(diag.Redundant, source.Span{}, "zt did not check 3 edges")
	note.Severity = diag.Note
	list := diag.List{note}
	for name, tt := range map[string]struct {
		write func(*bytes.Buffer) error
		want  string
	}{
		"terminal": {func(b *bytes.Buffer) error { return Terminal(b, list, Style{}) }, "note[ZT503]: zt did not check 3 edges\n\n1 note\n"},
		"lines":    {func(b *bytes.Buffer) error { return Lines(b, list) }, "note: zt did not check 3 edges [ZT503]"},
		"GitHub":   {func(b *bytes.Buffer) error { return GitHub(b, list) }, "::notice title=ZT503::"},
		"SARIF":    {func(b *bytes.Buffer) error { return SARIF(b, list) }, `"level": "note"`},
		"JSON":     {func(b *bytes.Buffer) error { return JSON(b, list) }, `"notes": 1`},
	} {
		var b bytes.Buffer
		if err := tt.write(&b); err != nil || !strings.Contains(b.String(), tt.want) {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

// A relative name stays relative, for consumers to resolve; an absolute one is a URI of a file.
func TestURI(t *testing.T) {
	for name, want := range map[string]string{
		"a b/c.zt":         "a%20b/c.zt",
		"/work/c.zt":       "file:///work/c.zt",
		"C:/work/c.zt":     "file:///C:/work/c.zt",
		"//server/share/c": "file:////server/share/c",
		"<stdin>":          "%3Cstdin%3E",
	} {
		if got := uri(name); got != want {
			t.Errorf("uri(%q) = %q, want %q", name, got, want)
		}
	}
}
