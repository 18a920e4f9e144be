package inventory

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// MaxSize is how large a file may be, in bytes.
const MaxSize = 256 << 20

// reader fills an inventory.
type reader struct {
	inventory Inventory
	diags     diag.List
	namespace string // of what names none
	policies  map[string]source.Span
	file      *source.File
	objects   int // that have been seen, of whatever kind
}

// read takes in one file.
func (r *reader) read(f *source.File) {
	r.file = f
	if len(f.Text) > MaxSize {
		r.fault(&fault{0, fmt.Sprintf("a file of more than %d MiB", MaxSize>>20), "give it in several files"})
		return
	}
	if i := notText(f.Text); i >= 0 {
		r.fault(&fault{i, "not text: this is no UTF-8", ""})
		return
	}
	body := strings.TrimPrefix(f.Text, "\ufeff")
	if lists, ok := isJSON(body); ok {
		r.fault(eachJSON(f, len(f.Text)-len(body), lists, r.document))
		return
	}
	r.fault(eachYAML(f, r.document))
}

// notText returns where a text is not UTF-8, or holds a NUL; -1 if nowhere.
func notText(s string) int {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return i
	}
	if utf8.ValidString(s) {
		return -1
	}
	for i, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return -1
}

func (r *reader) fault(f *fault) {
	if f == nil {
		return
	}
	d := diag.New(diag.UnreadableManifest, r.span(f.offset), "%s", f.message)
	d.Help = f.help
	r.diags.Add(d)
}

// shownBytes is how much of a line a span has at most: there are manifests of
// one line, and that long.
const shownBytes = 200

// span returns what is shown of a place: from there to the end of its line.
func (r *reader) span(offset int) source.Span {
	text := r.file.Text
	offset = max(0, min(offset, len(text)))
	end := min(len(text), offset+shownBytes)
	for offset < end && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	line, _, _ := strings.Cut(text[offset:end], "\n")
	return source.Span{File: r.file, Start: offset, End: offset + len(strings.TrimRight(line, " \t\r"))}
}

// nothing reports that there was no object in any file: most likely it is a pipe
// that broke.
func (r *reader) nothing(files []*source.File) {
	d := diag.Diagnostic{Code: diag.UnreadableManifest, Message: "there is no manifest"}
	if len(files) > 0 {
		r.file = files[0]
		d.Span = r.span(0)
	}
	r.diags.Add(d.WithHelp("an empty List is one: what `kubectl get` prints where there is nothing"))
}

// document takes in one document, or one item of a List.
func (r *reader) document(n *node) { r.object(n, "", "", 0) }

// object takes in one object. An item of a List of one kind may leave out
// what it is; then the List says it.
func (r *reader) object(n *node, apiVersion, kind string, depth int) {
	r.objects++
	if n.kind != object {
		r.problem(n, "", "not an object")
		return
	}
	if v := n.get("apiVersion"); v != nil {
		apiVersion = v.text
	}
	if v := n.get("kind"); v != nil {
		kind = v.text
	}
	if kind == "" || apiVersion == "" && kind != "ResourceList" { // which kustomize's own readers tell by the kind alone
		if isKustomization(r.file.Name) {
			return // kustomize itself lets it be left out there
		}
		r.problem(n, "", "an object without %s", missing(kind, apiVersion))
		return
	}
	if items := n.get("items"); strings.HasSuffix(kind, "List") && (items != nil || kind == "List") {
		r.list(n, items, apiVersion, kind, depth)
		return
	}
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		group = ""
	}
	o := Object{Kind: kind, Namespace: n.get("metadata").str("namespace"), Name: n.get("metadata").str("name"), Span: r.span(n.offset)}
	if slices.Contains(foreign, kind) && (kind != "NetworkPolicy" || strings.HasSuffix(group, "projectcalico.org")) {
		r.inventory.Foreign = append(r.inventory.Foreign, o)
		return
	}
	for _, k := range kinds {
		if k.kind != kind || k.group != group && !slices.Contains(k.formerly, apiVersion) {
			continue
		}
		if o.Namespace == "" && !k.cluster {
			o.Namespace = r.namespace
		}
		if o.Name == "" && n.get("metadata").str("generateName") == "" {
			r.problem(n, "metadata.name", "%s without a name", kind)
			return
		}
		if apiVersion != k.apiVersion() {
			r.problem(n, "apiVersion", "%s: no API server knows %s any longer, or yet; it is %s", o, apiVersion, k.apiVersion())
			return
		}
		k.take(r, n, o)
		return
	}
}

func missing(kind, apiVersion string) string {
	switch {
	case kind != "":
		return "apiVersion"
	case apiVersion != "":
		return "kind"
	}
	return "apiVersion and kind"
}

// isKustomization reports whether a file is one of kustomize's own.
func isKustomization(name string) bool {
	return slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, path.Base(strings.ReplaceAll(name, `\`, "/")))
}

// list takes in the items of a List.
func (r *reader) list(n, items *node, apiVersion, kind string, depth int) {
	if depth > 10 {
		r.problem(n, "", "Lists in Lists in Lists")
		return
	}
	element := strings.TrimSuffix(kind, "List")
	of := apiVersion
	if element == "" { // items of any kinds, which each says itself
		of = ""
		for _, k := range n.keys {
			if !slices.Contains([]string{"apiVersion", "kind", "metadata", "items"}, k) {
				r.problem(n, k, "a List has no field %q", k)
			}
		}
	}
	if items == nil || items.kind == null {
		return
	}
	if items.kind != list {
		r.problem(n, "items", "the items of a %s are no list", kind)
		return
	}
	for i := range items.children {
		r.object(&items.children[i], of, element, depth+1)
	}
}

// problem reports what is wrong with an object, at a path in it.
func (r *reader) problem(n *node, path, format string, args ...any) {
	r.diags.Add(diag.New(diag.UnreadableManifest, r.span(n.at(path).offset), format, args...))
}
