package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// holdReaderToLibrary compares what the scanner reads from a document with what the library reads,
// and reports whether the scanner read it.
func holdReaderToLibrary(t rapid.TB, format Format, document string) bool {
	r := newReader(format)
	if !r.scan(document) {
		if n := r.set.Set().Len(); n > 0 {
			t.Errorf("the scanner gives up, and leaves %d policies", n)
		}
		return false
	}
	if !r.scan(document) { // again, with the peers and ports that are known now
		t.Errorf("not read a second time:\n%s", document)
		return false
	}
	got := r.set.Set().Objects()
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("read a second time, it is different:\n%s", diff)
	}
	var want *networkingv1.NetworkPolicy
	read := yaml.UnmarshalStrict
	if format == FormatJSON {
		read = strictJSON
	}
	err := read([]byte(document), &want)
	if err != nil {
		t.Errorf("the library refuses, with %v, what the scanner reads:\n%s", err, document)
	} else if diff := cmp.Diff(want, got[0], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the scanner reads something else (-library +scanner):\n%s\nfrom\n%s\n%q", diff, document, document)
	}
	return true
}

// written returns the document of a policy.
func written(t testing.TB, format Format, p *networkingv1.NetworkPolicy) string {
	t.Helper()
	documents := []string{marshal(t, format, p)}
	if format == FormatJSON {
		var err error
		if documents, err = items(documents[0]); err != nil {
			t.Fatal(err)
		}
	}
	return documents[0]
}

var formats = map[string]Format{"yaml": FormatYAML, "json": FormatJSON}

// prose draws comments: lines long and short, some of which need quotes.
var prose = rapid.OneOf(ordinary,
	rapid.StringMatching(`([a-z'#:,é-]{1,9} ){0,30}[a-z]{1,9}`),
	rapid.StringMatching(`[a-z]{1,9}(\n{1,2} ?[a-z]{1,5}( -> [a-z]{1,9} :[0-9]{2}/tcp)?){0,4}`),
)

// kinds are policies of various strings, among them such as zt writes.
var kinds = map[string]*rapid.Generator[*networkingv1.NetworkPolicy]{
	"ordinary": policies(ordinary, portNumber),
	"prose":    policies(prose, portNumber),
	"mixed":    policies(rapid.OneOf(ordinary, ordinary, ordinary, ordinary, ordinary, ordinary, ordinary, prose, text), anyNumber),
	"awkward":  policies(text, anyNumber),
}

func TestScannerReadsAsTheLibrary(t *testing.T) {
	for name, drawn := range kinds {
		for form, format := range formats {
			t.Run(name+"/"+form, func(t *testing.T) {
				rapid.Check(t, func(r *rapid.T) {
					document := written(t, format, drawn.Draw(r, "policy"))
					if !holdReaderToLibrary(r, format, document) && (name == "ordinary" || name == "prose") {
						r.Errorf("the scanner gives up on\n%s", document)
					}
				})
			})
		}
	}
}

// TestScannerReadsWhatIsWritten holds that the library is rarely needed for what zt writes.
func TestScannerReadsWhatIsWritten(t *testing.T) {
	for _, s := range []string{
		"one line", "two\nlines", "a\n\nb", "a\n  b", "it's: quoted", "'quoted'", "# quoted", strings.Repeat("long ", 30) + "plain",
		strings.Repeat("it's ", 30) + "long: and quoted", "«é»", "10.0.0.0/8", "::/0", "2001:db8::/32", "yes", "80", "10-blue", "a \"b\" \\c", "-",
	} {
		p := policy("shop", "allow")
		p.Annotations["description"] = s
		p.Spec.PodSelector.MatchLabels = map[string]string{"app": s}
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyType(s)}
		for _, format := range formats {
			if data := written(t, format, p); !holdReaderToLibrary(t, format, data) {
				t.Errorf("the scanner gives up on\n%s", data)
			}
		}
	}
}

// pieces are what edits put into documents.
var pieces = append([]string{
	" ", "  ", "\n", "\n\n", "\n  ", ":", ": ", ":\n", "- ", "-", "- - ", "#", " # c", "#c\n", "\n# c\n", "&a ", "*a", "!!str ", "!t ", "{}", "[]", "{a: b}", "[a]",
	"|", "|-\n", "|+\n", "|2-\n", ">", ">-\n", "'", "''", "\"", "\\", "\\n", "\t", "---", "---\n", "--- ", "\n---\n", "...\n", "%YAML 1.1\n", "? ", "?",
	"a", "x: y\n", "name: x\n", "Name", "uid: x\n", "<<: {}\n", "\r", "\r\n", ",", "}", "]", "@", "`", "0", "08", "1", "1e3", "-1", "99999999999", "1.0", "é", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufe0f", "\x00", "\x7f", "\xff",
}, awkward...)

// edits are the ways in which a document is changed.
var edits = []struct {
	name string
	edit func(t *rapid.T, d string) string
}{
	{"insert", func(t *rapid.T, d string) string {
		at := rapid.IntRange(0, len(d)).Draw(t, "at")
		return d[:at] + rapid.SampledFrom(pieces).Draw(t, "piece") + d[at:]
	}},
	{"replace", func(t *rapid.T, d string) string {
		at := rapid.IntRange(0, len(d)-1).Draw(t, "at")
		return d[:at] + rapid.SampledFrom(pieces).Draw(t, "piece") + d[at+1:]
	}},
	{"delete", func(t *rapid.T, d string) string {
		from := rapid.IntRange(0, len(d)-1).Draw(t, "from")
		return d[:from] + d[min(len(d), from+rapid.IntRange(1, 8).Draw(t, "length")):]
	}},
	{"value", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string {
			key, _, _ := strings.Cut(line, ": ")
			return []string{key + ": " + rapid.SampledFrom(pieces).Draw(t, "piece")}
		})
	}},
	{"end", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string { return []string{line + rapid.SampledFrom(pieces).Draw(t, "piece")} })
	}},
	{"begin", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string {
			text := strings.TrimLeft(line, " -")
			return []string{strings.TrimSuffix(line, text) + rapid.SampledFrom(pieces).Draw(t, "piece") + text}
		})
	}},
	{"indent", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string {
			return []string{strings.Repeat(" ", rapid.IntRange(1, 4).Draw(t, "spaces")) + line}
		})
	}},
	{"dedent", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string {
			return []string{strings.TrimPrefix(line, strings.Repeat(" ", rapid.IntRange(1, 4).Draw(t, "spaces")))}
		})
	}},
	{"drop a line", func(t *rapid.T, d string) string {
		return editLine(t, d, func(string) []string { return nil })
	}},
	{"double a line", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string { return []string{line, line} })
	}},
	{"break a line", func(t *rapid.T, d string) string {
		return editLine(t, d, func(line string) []string {
			at := rapid.IntRange(0, len(line)).Draw(t, "at")
			return []string{line[:at], strings.Repeat(" ", rapid.IntRange(0, 12).Draw(t, "spaces")) + strings.TrimLeft(line[at:], " ")}
		})
	}},
	{"move a line", func(t *rapid.T, d string) string {
		var moved []string
		d = editLine(t, d, func(line string) []string { moved = []string{line}; return nil })
		return editLine(t, d, func(line string) []string { return append(moved, line) })
	}},
	{"indent all", func(t *rapid.T, d string) string {
		spaces := strings.Repeat(" ", rapid.IntRange(1, 3).Draw(t, "spaces"))
		lines := strings.Split(d, "\n")
		from := rapid.IntRange(0, len(lines)-1).Draw(t, "from")
		for i := from; i < min(len(lines), from+rapid.IntRange(1, 9).Draw(t, "lines")); i++ {
			lines[i] = spaces + lines[i]
		}
		return strings.Join(lines, "\n")
	}},
}

// editLine changes a line of a document into any number of lines.
func editLine(t *rapid.T, d string, edit func(line string) []string) string {
	lines := strings.Split(d, "\n")
	at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
	return strings.Join(slices.Concat(lines[:at], edit(lines[at]), lines[at+1:]), "\n")
}

// TestScannerReadsEditedDocumentsAsTheLibrary edits documents at random: whatever
// the scanner still reads, the library reads alike.
func TestScannerReadsEditedDocumentsAsTheLibrary(t *testing.T) {
	for name, drawn := range kinds {
		for form, format := range formats {
			t.Run(name+"/"+form, func(t *testing.T) {
				rapid.Check(t, func(r *rapid.T) {
					d := written(t, format, drawn.Draw(r, "policy"))
					for i := range rapid.IntRange(1, 2).Draw(r, "edits") {
						if len(d) == 0 {
							break
						}
						e := rapid.SampledFrom(edits).Draw(r, fmt.Sprintf("edit %d", i))
						d = e.edit(r, d)
					}
					holdReaderToLibrary(r, format, d)
				})
			})
		}
	}
}

// fragments are what YAML's text is made of where it is hard to read.
var fragments = []string{
	"a", "b c", "'", "''", "\"", "\\", ":", ": ", " #", "#", "-", "- ", "|-\n", "|-", ">-\n", " ", "{}", "[]", "?", "? ", "::/0", "a: b", "0/0",
	"\n", "\n  ", "\n    ", "\n      ", "\n        ", "\n\n      ", "\n      # ", "\n  - a", "\n    - a", "\n  labels: {}", "\n name: a", "\nlabels: {}", "\n---\n", "\n      ...",
	"0", "7", "08", "0o17", "0b1", "12:30", "1e3", "1_0", "4294967296", "999999999", "2026-01-02", "T03:04:05Z", "t03:04:05Z", "off", "NULL", "y", "Yes", "~", "<<",
	"é", "\u0085", "\u00a0", "\u2028", "\ufe0f", "\ufeff", "\U0001F600", "\x7f", "\t", strings.Repeat("k", 60), strings.Repeat("k", 1100),
}

// TestScannerReadsFragmentsAsTheLibrary puts text of every form in every kind of place.
func TestScannerReadsFragmentsAsTheLibrary(t *testing.T) {
	piece := rapid.SampledFrom(fragments)
	scalar := rapid.OneOf(piece,
		rapid.Map(rapid.SliceOfN(piece, 2, 7), func(s []string) string { return strings.Join(s, "") }),
		rapid.Map(rapid.SliceOfN(piece, 1, 6), func(s []string) string { return "'" + strings.Join(s, "") + "'" }),
		rapid.Map(rapid.SliceOfN(piece, 1, 6), func(s []string) string { return "\"" + strings.Join(s, "") + "\"" }),
		rapid.Map(rapid.SliceOfN(piece, 1, 6), func(s []string) string { return "|-\n      " + strings.Join(s, "") }),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b:c", "d#e", "it's", "-", "f,", "\n      g", "\n     h", "\n    i", "\n          - j"}), 1, 9), func(s []string) string { return strings.Join(s, " ") }),
	)
	const typed = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
	// Places, and text that the scanner reads there.
	places := map[string]string{
		"metadata:\n  annotations:\n    a: %s\n  name: x\n":                    "it's so",
		"metadata:\n  annotations:\n    a: %s\n    b: c\n":                     "|-\n      - a\n\n        b",
		"metadata:\n  annotations:\n    %s: x\n    b: c\n":                     "\"a\"",
		"metadata:\n  annotations:\n    %s\n  name: x\n":                       "\"y\": no more",
		"metadata:\n  name: %s":                                                "a",
		"metadata:%s\n  name: x\n":                                             "\n  labels: {}",
		"spec:\n  policyTypes:\n  - %s\n  - Egress\n":                          "\" a\\n\"",
		"spec:\n  policyTypes:%s\n  - Egress\n":                                "\n  - a",
		"spec:\n  podSelector: %s\n  policyTypes:\n  - a\n":                    "{}",
		"spec:\n  ingress:\n  - %s\n  - ports:\n    - {}\n":                    "{}",
		"spec:\n  ingress:\n  - ports:\n    - port: %s\n      protocol: TCP\n": "80",
		"spec:\n  ingress:\n  - ports:\n    - endPort: %s\n":                   "0",
		"metadata:\n  namespace: %s\n":                                         "::/0",
		"%s":                                                                   "spec: {}",
	}
	for place, good := range places {
		if document := typed + fmt.Sprintf(place, good); !holdReaderToLibrary(t, FormatYAML, document) {
			t.Errorf("the scanner gives up on\n%s", document)
		}
	}
	order := slices.Sorted(maps.Keys(places))
	rapid.Check(t, func(t *rapid.T) {
		for _, place := range order {
			for range 10 {
				holdReaderToLibrary(t, FormatYAML, typed+fmt.Sprintf(place, scalar.Draw(t, "text")))
			}
		}
	})
}

// TestScannerIsStrict lists what it must not take.
func TestScannerIsStrict(t *testing.T) {
	const right = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  labels:\n    a: b\n  name: x\nspec:\n  ingress:\n  - from:\n    - podSelector: {}\n    ports:\n    - port: 80\n  podSelector: {}\n"
	if !newReader(FormatYAML).scan(right) {
		t.Fatal("the document is not read")
	}
	for name, edit := range map[string][2]string{
		"an unknown field":          {"  name: x\n", "  name: x\n  nam: y\n"},
		"a field of another case":   {"  name: x\n", "  Name: x\n"},
		"a field twice":             {"  name: x\n", "  name: x\n  name: y\n"},
		"a label twice":             {"    a: b\n", "    a: b\n    a: c\n"},
		"a label twice, in quotes":  {"    a: b\n", "    a: b\n    \"a\": c\n"},
		"a number for text":         {"name: x", "name: 1"},
		"a boolean for text":        {"a: b", "a: yes"},
		"null":                      {"a: b", "a: null"},
		"no value":                  {"a: b", "a:"},
		"fields out of order":       {"  labels:\n    a: b\n  name: x\n", "  name: x\n  labels:\n    a: b\n"},
		"a list for a mapping":      {"    a: b\n", "  - a\n"},
		"text for a mapping":        {"podSelector: {}", "podSelector: x"},
		"a comment":                 {"name: x", "name: x # y"},
		"a tab":                     {"name: x", "name:\tx"},
		"an anchor":                 {"name: x", "name: &a x"},
		"an alias":                  {"name: x", "name: *a"},
		"a tag":                     {"name: x", "name: !!str x"},
		"a flow mapping":            {"    a: b\n", "    {a: b}\n"},
		"a flow sequence":           {"  - from:\n    - podSelector: {}\n", "  - from: [{podSelector: {}}]\n"},
		"another line end":          {"name: x\n", "name: x\r\n"},
		"a document behind":         {"kind: NetworkPolicy\n", "kind: NetworkPolicy\n---\n"},
		"a sequence item elsewhere": {"    ports:\n", "   - podSelector: {}\n    ports:\n"},
	} {
		edited := strings.Replace(right, edit[0], edit[1], 1)
		if edited == right {
			t.Fatalf("%s: the edit changes nothing", name)
		}
		if newReader(FormatYAML).scan(edited) {
			t.Errorf("%s is read:\n%s", name, edited)
		}
	}
}

func TestReadLosesNone(t *testing.T) {
	document := func(name string) string { return written(t, FormatYAML, policy("shop", name)) }
	for name, test := range map[string]struct {
		stream string
		names  string // or "" for an error
	}{
		"two":                   {document("a") + "---\n" + document("b"), "a b"},
		"a first marker":        {"---\n" + document("a") + "---\n" + document("b"), "a b"},
		"blank documents":       {"\n---\n---\n" + document("a") + "---\n\n", "a"},
		"a blank behind":        {document("a") + "--- \n" + document("b"), "a b"},
		"a comment behind":      {document("a") + "--- # next\n" + document("b"), "a b"},
		"other line ends":       {strings.ReplaceAll(document("a")+"---\n"+document("b"), "\n", "\r\n"), "a b"},
		"no last line end":      {document("a") + "---\n" + strings.TrimSuffix(document("b"), "\n"), "a b"},
		"a header":              {header + document("a") + "---\n" + document("b"), "a b"},
		"text that looks so":    {strings.Replace(document("a")+"---\n"+document("b"), "a -> b", "---", 1), "a b"},
		"an end":                {document("a") + "...\n" + document("b"), ""},
		"an end with a comment": {document("a") + "... # end\n---\n" + document("b"), ""},
		"content on the marker": {document("a") + "--- {kind: Pod}\n", ""},
		"another kind":          {document("a") + "---\n" + strings.Replace(document("b"), "NetworkPolicy", "Pod", 1), ""},
		"null":                  {document("a") + "---\nnull\n", ""},
		"an unknown field":      {document("a") + "status: {}\n---\n" + document("b"), ""},
	} {
		policies, err := Read([]File{{Data: []byte(test.stream)}}, FormatYAML)
		var names []string
		for i := 0; err == nil && i < policies.Len(); i++ {
			names = append(names, policies.Policy(i).Name)
		}
		if got := strings.Join(names, " "); got != test.names || (err != nil) != (test.names == "") {
			t.Errorf("%s: got %q, error %v, want %q", name, got, err, test.names)
		}
	}
}
