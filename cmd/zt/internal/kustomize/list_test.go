package kustomize

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const config = "functionConfig: {apiVersion: zt-lang.github.io/v1alpha1, kind: Topology}\n"

// texts are values that a writer of YAML may get wrong.
var texts = []string{
	"", " ", "~", "null", "no", "on", "y", "1", "1.0", "0x1f", "1e3", "2001-01-01", "=", "<<", "- a", "a: b", "a #b", "#a", "'", "\"", "\\", "%a", "@a", "`a", "*a", "&a", "!a", "---", "...",
	"a\nb", "a\n", "a\n\n", "\na", " a\nb", "  a\n b\n", "a\n---\nb\n", "a\n...\nb", "\ta\n\tb", "a\r\nb", "a\u0085b\nc", "a\u2028b\nc\n", "a\u2029\n", "\ufeffa", "\u00a0", "é\n漢\n", "\x1b[31m", "\x7f",
	strings.Repeat("long ", 100), strings.Repeat("x", 2000),
}

// Items keep their values, for functions and for legacy plugins.
func TestItemsAreKept(t *testing.T) {
	for _, style := range []yaml.Style{0, yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle} {
		for _, text := range texts {
			object := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"}}
			item := &yaml.Node{}
			if err := item.Encode(object); err != nil {
				t.Fatal(err)
			}
			item.Content = append(item.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "data"}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: style})
			in, err := yaml.Marshal(map[string]any{"kind": "ResourceList", "items": []*yaml.Node{item, item}})
			if err != nil {
				continue // what cannot be written in this style
			}
			var given struct{ Items []map[string]any }
			if yaml.Unmarshal(in, &given) != nil {
				continue
			}
			list, err := ReadList(strings.NewReader(string(in) + config))
			if err != nil {
				t.Errorf("%q in style %d: %v", text, style, err)
				continue
			}
			items, err := list.With(nil)
			if err != nil {
				t.Fatal(err)
			}
			out, err := List(items, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Items []map[string]any }
			if err := yaml.Unmarshal(out, &got); err != nil {
				t.Errorf("%q in style %d: %v\n%s", text, style, err, out)
			} else if diff := cmp.Diff(given.Items, got.Items); diff != "" {
				t.Errorf("%q in style %d: -want +got\n%s", text, style, diff)
			}
			documents, err := decode(Stream(items))
			if err != nil || len(documents) != 2 {
				t.Errorf("%q in style %d: %v\n%s", text, style, err, Stream(items))
				continue
			}
			for _, d := range documents {
				var object map[string]any
				if err := d.Decode(&object); err != nil {
					t.Errorf("%q in style %d: %v", text, style, err)
				} else if diff := cmp.Diff(given.Items[0], object); diff != "" {
					t.Errorf("%q in style %d: -want +got\n%s", text, style, diff)
				}
			}
		}
	}
}

// FuzzReadList holds that no ResourceList ends in a panic, and that what is read can be read again.
func FuzzReadList(f *testing.F) {
	f.Add("kind: ResourceList\n" + config + "items:\n- {apiVersion: v1, kind: Pod, metadata: &a {name: x}, more: *a}\n")
	f.Add("kind: ResourceList\n" + config + "items:\n- apiVersion: v1\n  kind: Pod\n  text: |2\n      a\n\n     b\n")
	f.Add("{\"kind\": \"ResourceList\", \"functionConfig\": {}, \"items\": null}")
	f.Add("&a [*a]")
	f.Add("? {a: b}\n: c\n---\n...\n--- !!set {a}")
	f.Fuzz(func(t *testing.T, in string) {
		list, err := ReadList(strings.NewReader(in))
		if err != nil {
			return
		}
		_, _ = ParseConfig(list.Config)
		items, err := list.With(nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := List(items, nil)
		if err != nil {
			t.Skip("the library does not read what it wrote")
		}
		if documents, err := decode(out); err != nil || len(documents) != 1 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
