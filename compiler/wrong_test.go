package compiler_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// A file of testdata/wrong or testdata/right has many programs, each below its title:
//
//	--- a title [environment=prod] [namespace=shop] [target=cilium]
//	import "other.zt"
//	...
//	=== other.zt
//	...
//
// What is in brackets are options of the build. A line of === begins another file of the program.
// In testdata/wrong, what zt reports of a line follows that line:
//
//	frontnd -> backend
//	#~ ZT201 1-7 `nothing is called "frontnd"` help `did you mean "frontend"?`
//
// which is the code, the first and the last column of the range (or
// COLUMN-+LINES:COLUMN where it ends lines below), and, where they are given, parts of
// the message and of the help. Related ranges are expected at their own lines, as
// `#~ ZT201 also 6-8`, except those in zt's own prelude. What is reported and not expected fails the test
// as does what is expected and not reported.

// testProgram is one program of such a file.
type testProgram struct {
	title string
	program
	want []expectation
}

// expectation is a range that a diagnostic points at, and what it says.
type expectation struct {
	file          string
	line          int
	code          string
	also          bool
	columns       string
	message, help string
}

func (e expectation) String() string {
	s := fmt.Sprintf("%s:%d %s", e.file, e.line, e.code)
	if e.also {
		s += " also"
	}
	return s + " " + e.columns
}

func TestWrongPrograms(t *testing.T) {
	seen := map[string]int{}
	total := 0
	for _, p := range readPrograms(t, "wrong") {
		total++
		t.Run(p.title, func(t *testing.T) {
			if len(p.want) == 0 {
				t.Fatal("nothing is expected of this program, so it does not belong here")
			}
			diags := p.diagnose(t)
			checkPlain(t, diags)
			got := places(p, diags)
			for _, e := range got {
				seen[e.code]++
			}
			if d := cmp.Diff(sorted(p.want), sorted(got)); d != "" {
				t.Errorf("expected (-) and reported (+):\n%s\n%s", d, render(diags))
				return
			}
			for _, e := range p.want {
				if e.message+e.help == "" {
					continue
				}
				says := func(d diag.Diagnostic) bool {
					return string(d.Code) == e.code && d.Span.File.Name == e.file && d.Span.Begin().Line == e.line &&
						columns(d.Span) == e.columns && strings.Contains(d.Message, e.message) && strings.Contains(d.Help, e.help)
				}
				if !slices.ContainsFunc(diags, says) {
					t.Errorf("%s does not say %q and help %q:\n%s", e, e.message, e.help, render(diags))
				}
			}
		})
	}
	if total < 80 {
		t.Errorf("only %d programs were read", total)
	}
	for _, e := range diag.Registry() {
		// The proof's codes are of bugs, which no program can bring about, evidence and imports take manifests,
		// guardrails are not the default target, and what is too much is too long for this place: those have tests of
		// their own.
		elsewhere := slices.Contains([]string{"ZT6", "ZT8", "ZT9"}, string(e.Code)[:3]) ||
			slices.Contains([]diag.Code{diag.TooMuch, diag.NotGuarded, diag.TooFewPriorities, diag.PathNotGuarded, diag.DomainUnsupported}, e.Code)
		if seen[string(e.Code)] == 0 && !elsewhere {
			t.Errorf("no wrong program has %s, %s", e.Code, e.Title)
		}
	}
}

// private are words that the project must not use in what it reports.
var private = regexp.MustCompile(`(?i)\b(behind|mends?|nobody|somebody|whoever|stands?|speaks of|told|takes in)\b`)

// checkPlain holds that reports are in lower case, without a full stop and in plain words.
func checkPlain(t *testing.T, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		if strings.HasPrefix(string(d.Code), "ZT1") {
			continue // package grammar tests its own
		}
		said := []string{d.Message, d.Help}
		for _, r := range d.Related {
			said = append(said, r.Message)
		}
		for _, s := range said {
			capital := s != "" && unicode.IsUpper([]rune(s)[0]) && !strings.HasPrefix(s, "DNS ") && !strings.HasPrefix(s, "Kubernetes ")
			if capital || strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "...") || private.MatchString(s) {
				t.Errorf("%s is not reported in plain words: %q", d.Code, s)
			}
		}
	}
}

func TestRightPrograms(t *testing.T) {
	for _, p := range readPrograms(t, "right") {
		t.Run(p.title, func(t *testing.T) {
			if diags := p.diagnose(t); len(diags) > 0 {
				t.Errorf("reported:\n%s", render(diags))
			}
		})
	}
}

// places lists what diagnostics point at in the program's own files.
func places(p testProgram, diags diag.List) []expectation {
	var all []expectation
	add := func(code diag.Code, s source.Span, also bool) {
		if slices.ContainsFunc(p.files, func(f programFile) bool { return f.name == s.File.Name }) {
			all = append(all, expectation{file: s.File.Name, line: s.Begin().Line, code: string(code), also: also, columns: columns(s)})
		}
	}
	for _, d := range diags {
		add(d.Code, d.Span, false)
	}
	related := map[string]bool{}
	for _, d := range diags {
		for _, r := range d.Related {
			// Several problems may relate to one place, which is expected once.
			if key := fmt.Sprint(d.Code, r.Span.File.Name, r.Span.Start, r.Span.End); !related[key] {
				related[key] = true
				add(d.Code, r.Span, true)
			}
		}
	}
	return all
}

func sorted(list []expectation) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.String())
	}
	slices.Sort(out)
	return out
}

// columns writes a range without its line, with its last column included.
func columns(s source.Span) string {
	begin, end := s.Begin(), s.Finish()
	if begin.Line == end.Line {
		return fmt.Sprintf("%d-%d", begin.Column, end.Column-1)
	}
	return fmt.Sprintf("%d-+%d:%d", begin.Column, end.Line-begin.Line, end.Column-1)
}

// place writes a range with its line.
func place(s source.Span) string {
	return fmt.Sprintf("%d:%s", s.Begin().Line, columns(s))
}

func readPrograms(t *testing.T, folder string) []testProgram {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.zt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no programs in testdata/%s: %v", folder, err)
	}
	var all []testProgram
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		group := strings.TrimSuffix(filepath.Base(name), ".zt")
		for _, text := range strings.Split("\n"+string(data), "\n--- ")[1:] {
			title, text, _ := strings.Cut(text, "\n")
			p := parseProgram(t, text)
			p.title = group + ": " + title
			p.options = parseOptions(t, title)
			all = append(all, p)
		}
	}
	return all
}

var (
	option  = regexp.MustCompile(`\[(\w+)=([^\]]*)\]`)
	expects = regexp.MustCompile("^#~ (ZT\\d{3}) (also )?([0-9+:-]+)(?: " + quoted + ")?(?: help " + quoted + ")?$")
)

// quoted is a text in backquotes; a backquote in it is written twice.
const quoted = "`((?:[^`]|``)*)`"

func parseOptions(t *testing.T, title string) compiler.Options {
	var o compiler.Options
	for _, m := range option.FindAllStringSubmatch(title, -1) {
		if m[1] == "target" {
			o.Native = m[2] == "cilium"
			continue
		}
		set, ok := map[string]*string{"environment": &o.Environment, "namespace": &o.DefaultNamespace}[m[1]]
		if !ok {
			t.Fatalf("%q: there is no option %s", title, m[1])
		}
		*set = m[2]
	}
	return o
}

// parseProgram reads a program's files, and takes the expectations out of them.
func parseProgram(t *testing.T, text string) testProgram {
	t.Helper()
	var p testProgram
	name, lines := mainFile, []string(nil)
	flush := func() {
		p.files = append(p.files, programFile{name, strings.Join(lines, "\n") + "\n"})
		lines = nil
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "=== "):
			flush()
			name = strings.TrimPrefix(line, "=== ")
		case strings.HasPrefix(strings.TrimSpace(line), "#~"):
			m := expects.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				t.Fatalf("cannot read the expectation %s", line)
			}
			unquote := func(s string) string { return strings.ReplaceAll(s, "``", "`") }
			p.want = append(p.want, expectation{name, len(lines), m[1], m[2] != "", m[3], unquote(m[4]), unquote(m[5])})
		default:
			lines = append(lines, line)
		}
	}
	flush()
	return p
}

// codes counts the codes of diagnostics.
func codes(diags diag.List) []string {
	counts := map[string]bool{}
	for _, d := range diags {
		counts[string(d.Code)] = true
	}
	return slices.Sorted(maps.Keys(counts))
}
