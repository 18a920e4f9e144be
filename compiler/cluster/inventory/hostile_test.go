package inventory

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func newFile(name, text string) *source.File { return source.NewFile(name, text) }

// What is made to break readers is refused, and soon.
func TestHostile(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	tests := map[string]struct{ text, want string }{
		"alias bomb":              {bomb.String(), "aliases repeat more than 100000 values"},
		"alias of itself":         {"a: &a [*a]\n", ""},
		"merge of itself":         {"a: &a {<<: *a}\n", ""},
		"deep flow":               {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested more than 1000 deep"},
		"deeper flow":             {strings.Repeat("[", 1_000_000), ""},
		"deep blocks":             {strings.Repeat("- ", 3000) + "x", "nested more than 1000 deep"},
		"deep JSON":               {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), "nested more than 1000 deep"},
		"deeper JSON":             {strings.Repeat(`{"a":`, 200_000), ""},
		"too many values":         {"a: [" + strings.Repeat("1,", maxValues+1) + "]\n", "too large to be read at once"},
		"too many values in JSON": {`{"apiVersion":"v1","kind":"List","items":[` + strings.Repeat("1,", maxValues+1) + "1]}", "more than 1000000 values"},
		"NUL":                     {"a: \x00b\n", "not text: this is a NUL byte"},
		"no UTF-8":                {"a: b\n---\nc: \xff\n", "not text: this is no UTF-8"},
		"UTF-16":                  {"\xff\xfea\x00:\x00", "not text"},
		"a tab":                   {"a:\n\t- b\n", "not YAML"},
		"half a quote":            {"a: 'b\n", "not YAML"},
		"an unknown alias":        {"a: *b\n", "not YAML"},
		"an unknown tag":          {"a: !important b\n", "manifests have no tag !important"},
		"a tag that does not fit": {"a: !!int b\n", ""},
		"a list as a key":         {"[a]: b\n", "a list or mapping cannot be a key"},
		"no key":                  {"? \n: b\n", "a key is missing, or null"},
		"no number":               {"a: .nan\n", "cannot stand in a manifest"},
		"merge of a text":         {"<<: a\n", "only a mapping can be merged"},
		"JSON broken off":         {`{"apiVersion": "v1", "kind": "List", "items": [`, "not YAML"},
		"JSON and nulls":          {`{"apiVersion": "v1", "kind": "List"}nullnull`, "not YAML"},
		"JSON without a comma":    {`{"apiVersion": "v1" "kind": "List"}`, "not YAML"},
		"JSON with a bad escape":  {`{"apiVersion": "\q"}`, "not YAML"},
		"JSON with half a quote":  {`{"apiVersion": "v1`, "not YAML"},
		"JSON and rubbish":        {`{"apiVersion": "v1", "kind": "List"} x`, "not YAML"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && len(tt.text) > maxValues {
				t.Skip("a limit, which takes long to reach")
			}
			_, problems := read(tt.text)
			if len(problems) == 0 || !strings.Contains(problems[0], tt.want) {
				t.Errorf("%.300q, want %s", problems, tt.want)
			}
		})
	}
}

// A file beyond the limit is refused before it is looked at.
func TestTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	if _, many := read(strings.Repeat("a: b\n---\n", maxDocuments+1)); len(many) != 2 || !strings.Contains(many[1], "1000000 documents") {
		t.Errorf("many documents: %v", many)
	}
	if _, long := read(strings.Repeat("\n", maxLines+1)); len(long) != 1 || !strings.Contains(long[0], "more than 10000000 lines") {
		t.Errorf("many lines: %v", long)
	}
	_, problems := read(strings.Repeat(" ", MaxSize+1))
	if len(problems) != 1 || !strings.Contains(problems[0], "more than 256 MiB") {
		t.Errorf("%.300q", problems)
	}
}

// The objects of a large cluster, as kubectl prints them in JSON, are read
// one by one: 20 MB take a small part of what they would take at once.
func TestLargeList(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB")
	}
	item := `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"p%d","namespace":"n","annotations":{"a":"` + strings.Repeat("x", 4000) + `"}},"spec":{"podSelector":{},"ingress":[` +
		strings.TrimSuffix(strings.Repeat(`{"ports":[{"port":80,"protocol":"TCP"},{"port":81,"protocol":"TCP"},{"port":82,"protocol":"TCP"}]},`, 75), ",") + `]}}`
	var b strings.Builder
	b.WriteString(`{"apiVersion":"v1","items":[`)
	n := 0
	for ; b.Len() < 20_000_000; n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, item, n)
	}
	b.WriteString(`],"kind":"List"}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	inv, diags := Read([]*source.File{newFile("cluster.json", b.String())}, "")
	runtime.ReadMemStats(&after)
	if len(diags) > 0 || len(inv.Policies) != n {
		t.Fatalf("%d policies, %v", len(inv.Policies), diags)
	}
	if grown := after.Sys - before.Sys; grown > 512<<20 {
		t.Errorf("it took %d MiB", grown>>20)
	}
	runtime.KeepAlive(inv)
}

// Plain words and numbers are what they are to kubectl, which reads YAML by this library.
func TestScalars(t *testing.T) {
	for _, s := range []string{
		"", "~", "null", "Null", "NULL", "nUll", "true", "True", "TRUE", "tRue", "false", "yes", "Yes", "YES", "yEs", "no", "No", "on", "On", "off", "OFF",
		"y", "Y", "n", "N", "yes ", "1", "01", "010", "0o10", "0x1F", "0b11", "-1", "+1", "1_000", "1.5", "1.", ".5", "1e3", "1E3", "1e", "-.5", "0.10", "1.20", "1:30", "08", "009",
		"18446744073709551615", "18446744073709551616", "-9223372036854775808", "1e400x", "2024-05-01", "2024-05-01T10:00:00Z", "'y'", `"yes"`, "'1'", "!!str 1", "!!str yes", "!!int 1", "!!float 1", "!!bool yes", "!!bool true", "!!null ''",
		"!!binary YQ==", "=", "<", "a b", "a#b", "a # b", "-", "|\n  a\n  ---\n  b", ">\n  a\n  b", "[a, yes, 1]", "{a: y, y: a, 1: b, 1.5: c, true: d}", "{}", "[]", "*x", "&y z",
	} {
		text := "x: &x 1\nv: " + s + "\n"
		want, err := yaml.YAMLToJSONStrict([]byte(text))
		got, wrong := asJSON(text)
		if (err != nil) != (len(wrong) > 0) {
			t.Errorf("%q: %v, kubectl says %v", s, wrong, err)
			continue
		}
		if err == nil && (len(got) != 1 || !sameJSON(t, got[0], string(want))) {
			t.Errorf("%q: %s, kubectl reads %s", s, got, want)
		}
	}
}

// asJSON reads the documents of a YAML text, and returns them as JSON.
func asJSON(text string) (documents []string, problems diag.List) {
	f := newFile("f", text)
	r := reader{file: f}
	r.eachYAML(f, func(n *node) {
		if doubt := n.doubt(); doubt != nil {
			r.fault(&doubt.fault)
		}
		documents = append(documents, string(n.appendJSON(nil)))
	})
	return documents, r.diags
}

// sameJSON compares two JSON texts without regard to the order of keys.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	normal := func(s string) (v any) {
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return reflect.DeepEqual(normal(a), normal(b))
}

// No text makes the reader panic, hang, or lose a policy without saying so.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		policyOf("podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80, endPort: 90}]}]"),
		"a: &a [*a]\n", "<<: {a: b}\n", "%YAML 1.1\n--- |\n a\n...\n", `{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}]}`, "? [a]\n: - b\n", "\ufeff{}", "a: \r\r\nb: 1\n", "{" + strings.Repeat("\x87", 300),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, diags := Read([]*source.File{newFile("f", text)}, "")
		for _, d := range diags {
			if d.Message == "" || d.Span.IsZero() || d.Span.Start > d.Span.End || d.Span.End > len(text) {
				t.Errorf("%+v", d)
			}
		}
	})
}
