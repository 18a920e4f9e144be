package inventory

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/validation"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// MaxSize is the maximum size of a file, in bytes.
const MaxSize = 256 << 20

// maxKept is how many objects there may be that some command uses, and peers of policies' rules. What a
// question costs grows with them. A program of 30,000 edges has nearly as many.
const maxKept = 100_000

// maxLines is how many lines a file may have: each takes memory, however short it is.
const maxLines = 10_000_000

// maxDocuments is how many documents of YAML there may be, of whatever kind.
const maxDocuments = 1_000_000

// reader fills an inventory.
type reader struct {
	inventory Inventory
	diags     diag.List
	namespace string // of objects without one
	policies  map[string]source.Span
	file      *source.File
	objects   int      // read so far, of every kind
	kept      int      // objects that some command uses, and peers of policies
	homeless  []Object // policies that name no namespace, and that no flag gives one
	documents int      // of YAML, read so far
	decoded   int      // values that the library read
	need      func(apiVersion, kind string) *shape
	evidence  *Evidence    // nil unless it is read
	placed    bool         // the places of policies' fields are kept
	skipped   *source.File // the last file with a document that is no manifest
	dropped   bool         // there are more problems than are reported
}

func (r *reader) read(f *source.File) {
	r.file = f
	if len(f.Text) > MaxSize {
		r.fault(&fault{0, fmt.Sprintf("a file of more than %d MiB", MaxSize>>20), "give it in several files"})
		return
	}
	if strings.Count(f.Text, "\n") > maxLines {
		r.fault(&fault{0, fmt.Sprintf("a file of more than %d lines", maxLines), "give it in several files"})
		return
	}
	if i := notText(f.Text); i >= 0 {
		what := "this is no UTF-8"
		if f.Text[i] == 0 {
			what = "this is a NUL byte"
		}
		r.fault(&fault{i, "not text: " + what, "save the file as UTF-8, without NUL bytes"})
		return
	}
	base := len(f.Text) - len(strings.TrimPrefix(f.Text, "\ufeff"))
	if isJSON, wrong := readJSON(f.Text, base, r.need, r.document); isJSON {
		r.fault(wrong)
		return
	}
	r.eachYAML(f, r.document)
}

// notText returns the offset of the first byte that is NUL or not UTF-8, or -1.
func notText(s string) int {
	if utf8.ValidString(s) {
		return strings.IndexByte(s, 0)
	}
	for i := range s {
		if c, size := utf8.DecodeRuneInString(s[i:]); c == 0 || c == utf8.RuneError && size == 1 {
			return i
		}
	}
	return -1
}

const maxReported = 10_000

// report adds a diagnostic at an offset of the file, and returns it for more to be added to it.
func (r *reader) report(code diag.Code, offset int, format string, args ...any) *diag.Diagnostic {
	return r.add(diag.New(code, r.span(offset), format, args...))
}

func (r *reader) add(d diag.Diagnostic) *diag.Diagnostic {
	if strings.Contains(d.Message+d.Span.Text(), "{{") {
		d.Help = renderFirst
	}
	if len(r.diags) >= maxReported {
		r.dropped = true
		return &d
	}
	r.diags.Add(d)
	return &r.diags[len(r.diags)-1]
}

// problem reports what is wrong with an object, at a path in it.
func (r *reader) problem(n *node, path, format string, args ...any) *diag.Diagnostic {
	n, _ = n.at(path)
	return r.report(diag.UnreadableManifest, n.offset, format, args...)
}

// refuse reports what the API server would refuse, at a path of an object.
func (r *reader) refuse(n *node, path, format string, args ...any) *diag.Diagnostic {
	n, _ = n.at(path)
	return r.report(diag.RefusedObject, n.offset, "the API server would refuse "+format, args...)
}

func (r *reader) fault(f *fault) {
	if f != nil {
		r.report(diag.UnreadableManifest, f.offset, "%s", f.message).Help = f.help
	}
}

// shownBytes is the maximum length of a span: some manifests are one very long line.
const shownBytes = 200

// span returns the span from an offset to the end of its line.
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

// nothing reports files without any object: most likely a pipe broke.
func (r *reader) nothing(files []*source.File) {
	d := diag.Diagnostic{Code: diag.UnreadableManifest, Message: "there is no manifest"}
	if len(files) > 0 {
		r.file = files[0]
		d.Span = r.span(0)
	}
	r.diags.Add(d.WithHelp("an empty List is one: what `kubectl get` prints where there is nothing"))
}

// document adds one document, or one item of a List.
func (r *reader) document(n *node) { r.object(n, "", "", 0) }

// count counts what is kept, and reports once that it is too much. Nothing is kept from then on.
func (r *reader) count(n int) {
	if !r.full() {
		if r.kept += n; r.full() {
			r.report(diag.TooMuch, 0, "these manifests have more than %d policies, peers, workloads and other objects that zt reads", maxKept).
				Help = "give fewer of them: those of the namespaces that you ask about"
		}
	}
}

func (r *reader) full() bool {
	return r.kept > maxKept || r.decoded > maxDecoded || r.documents > maxDocuments
}

// kustomization matches the names of kustomize's own files, which need no kind.
var kustomization = regexp.MustCompile(`(^|[/\\])(kustomization\.ya?ml|Kustomization)$`)

// object adds one object. An item of a List of one kind may omit its API version and kind; then
// those of the List count.
func (r *reader) object(n *node, apiVersion, kind string, depth int) {
	if r.full() {
		return
	}
	if n.kind != object && depth == 0 {
		if !r.refuseHeld(n, "bare list") {
			r.skip(n, "holds no object")
		}
		return
	}
	if n.kind != object {
		r.problem(n, "", "not an object")
		return
	}
	if n.twice != nil && n.twice.what {
		r.fault(&n.twice.fault)
		return
	}
	if v := n.get("apiVersion"); v != nil {
		apiVersion = v.text
	}
	if v := n.get("kind"); v != nil {
		kind = v.text
	}
	if missing := missingType(apiVersion, kind); missing != "" {
		if kustomization.MatchString(r.file.Name) {
			return
		}
		var d *diag.Diagnostic
		if depth == 0 && !n.mayBePolicy(apiVersion, kind) {
			d = r.skip(n, "has no "+missing)
		} else {
			d = r.problem(n, "", "an object without %s", missing)
		}
		for _, field := range []string{"kind", "apiVersion"} {
			if key := n.meant(field); key != "" && strings.Contains(missing, field) {
				d.Help = "did you mean " + field + " instead of " + key + "?"
			}
		}
		return
	}
	r.objects++
	if !isWord(kind) || !isWord(apiVersion) && apiVersion != "" {
		r.problem(n, "kind", "no API server serves the kind %q in %q", kind, apiVersion)
		return
	}
	if strings.HasSuffix(kind, "List") {
		r.list(n, apiVersion, kind, depth)
		return
	}
	if r.refuseHeld(n, kind) {
		return
	}
	k := lookup(apiVersion, kind)
	if k == nil || k.isPolicy() {
		if near := misspelt(apiVersion, kind); near != "" {
			r.problem(n, "kind", "no API server serves the kind %s in %s", kind, apiVersion).Help = "did you mean " + near + "?"
			return
		}
	}
	if k == nil {
		if near := misspeltKind(apiVersion, kind); near != "" {
			d := diag.New(diag.UnreadableManifest, r.span(n.offset), "no API server serves the kind %s in %s, so it is skipped", kind, apiVersion).WithHelp("did you mean kind %s?", near)
			d.Severity = diag.Warning
			r.add(d)
		}
	}
	o := Object{Kind: kind, Namespace: n.get("metadata").str("namespace"), Name: n.get("metadata").str("name"), Span: r.span(n.offset)}
	if r.evidence != nil {
		r.observe(n, o, apiVersion)
	}
	if k != nil {
		r.known(k, n, o, apiVersion)
		return
	}
	if groupOf(apiVersion) == ciliumGroupName && kind == "CiliumCIDRGroup" {
		r.inventory.AddressGroups = append(r.inventory.AddressGroups, o.String()+" "+n.content())
	}
	if apiVersion == "v1" && kind == "Endpoints" {
		r.endpoints(n, o)
	}
	before := len(r.inventory.Custom) + len(r.inventory.Foreign)
	if isCustom(groupOf(apiVersion)) && len(validation.NameIsDNSSubdomain(o.Name, false)) == 0 {
		custom := o
		custom.Namespace = cmp.Or(o.Namespace, r.namespace)
		r.inventory.Custom = append(r.inventory.Custom, custom)
	}
	if r.evidence != nil && strings.Contains(groupOf(apiVersion), ".") {
		r.custom(n, o, apiVersion)
	}
	r.foreign(n, o, apiVersion)
	if r.evidence != nil || len(r.inventory.Custom)+len(r.inventory.Foreign) > before {
		r.count(1)
	}
}

// skip reports a document that is no manifest. Where it has no part of a type, its file is another
// tool's: that has one warning, however many documents it has, and only a note if it is hidden.
func (r *reader) skip(n *node, why string) *diag.Diagnostic {
	d := diag.New(diag.UnreadableManifest, r.span(n.offset), "not a manifest: it %s, and is skipped", why)
	d.Severity = diag.Warning
	if slices.ContainsFunc([]string{"kind", "apiVersion"}, func(part string) bool { return n.get(part) != nil || n.meant(part) != "" }) {
		return r.add(d)
	}
	if r.skipped == r.file {
		return &d
	}
	r.skipped = r.file
	if hidden.MatchString(r.file.Name) {
		d.Severity = diag.Note
	}
	return r.add(d)
}

// hidden matches the paths of files that are hidden or in a hidden folder, such as .github.
var hidden = regexp.MustCompile(`(^|[/\\])\.[^./\\]`)

// missingType names what of an object's type is missing, or returns "".
func missingType(apiVersion, kind string) string {
	switch {
	case apiVersion == "" && kind == "":
		return "apiVersion and kind"
	case kind == "":
		return "kind"
	case apiVersion == "" && kind != "ResourceList": // kustomize writes that without one
		return "apiVersion"
	}
	return ""
}

// meant returns the key that was most likely meant to be a missing one, or "".
func (n *node) meant(field string) string {
	if n == nil || n.get(field) != nil {
		return ""
	}
	for _, key := range n.keys {
		if nearest(key, []string{field}) != "" {
			return key
		}
	}
	return ""
}

// mayBePolicy reports whether a document without a part of its type may be meant as a policy.
func (n *node) mayBePolicy(apiVersion, kind string) bool {
	spec, items := n.get("spec"), n.get("items")
	isObject := func(item node) bool { return item.get("metadata") != nil || item.get("kind") != nil }
	return spec != nil && (n.get("metadata") != nil || spec.get("podSelector") != nil) ||
		served[groupOf(apiVersion)] != nil || nearest(kind, []string{"NetworkPolicy"}) != "" || policyName.MatchString(kind) ||
		items != nil && slices.ContainsFunc(items.children, isObject)
}

// known adds an object of a kind that some command uses.
func (r *reader) known(k *known, n *node, o Object, apiVersion string) {
	ignored := ""
	switch {
	case k.cluster && k.isPolicy():
		ignored, o.Namespace = o.Namespace, "" // it has none, whatever is written
	case o.Namespace == "" && !k.cluster:
		o.Namespace = r.namespace
		if k.isPolicy() && r.namespace == DefaultNamespace {
			r.homeless = append(r.homeless, o)
		}
	}
	isPolicy, before, workloads, doubt := k.isPolicy(), len(r.diags), len(r.inventory.Workloads), n.doubt()
	if isPolicy { // a cluster adds managedFields; API servers before 1.28 also wrote a status
		n.get("metadata").remove("managedFields")
		n.remove("status")
	}
	if doubt != nil {
		r.fault(&doubt.fault)
	}
	switch {
	case !r.named(n, o):
		isPolicy = isPolicy || r.diags[len(r.diags)-1].Code == diag.RefusedObject
	case doubt != nil && (isPolicy || !doubt.same):
	case apiVersion != k.apiVersion(apiVersion):
		r.problem(n, "apiVersion", "%s: API servers do not serve it in %s, but in %s", o, apiVersion, k.apiVersion(apiVersion))
	default:
		if ignored != "" {
			r.clusterWide(n, o)
		}
		f := &form{reader: r, Object: o, n: n, apiVersion: apiVersion}
		if f.check(n, k.shape); !f.bad {
			k.add(f)
			r.count(1)
		}
	}
	if k.makesPods() && len(r.inventory.Workloads) == workloads && len(r.diags) > before {
		r.inventory.Unread = append(r.inventory.Unread, Unread{o, k.podLabels(n)})
	}
	if !isPolicy {
		// Answers are possible without it: they say what they do not know.
		for i := range r.diags[before:] {
			if d := &r.diags[before+i]; d.Code != diag.TooMuch { // after that, policies are missing
				d.Severity = diag.Warning
			}
		}
	}
}

// clusterWide warns that the namespace of an object is ignored, which belongs to the whole cluster. Its author may believe
// that it applies to fewer pods.
func (r *reader) clusterWide(n *node, o Object) {
	d := r.problem(n, "metadata.namespace", "%s has a namespace, which API servers ignore: it applies to the whole cluster", o)
	d.Severity = diag.Warning
	d.Help = "remove metadata.namespace; the policy itself selects the pods that it applies to"
}

// isWord reports whether a text can be an API version or kind.
func isWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '.' && c != '/' && c != '-'
	}) < 0
}

// foreign adds an object of another API, if it can permit or deny connections.
func (r *reader) foreign(n *node, o Object, apiVersion string) {
	switch scopeOf(groupOf(apiVersion), o.Kind, o.Namespace) {
	case noPods:
		return
	case namespacePods:
		o.Namespace = cmp.Or(o.Namespace, r.namespace)
	case everyPod:
		o.Namespace = ""
	}
	if !r.named(n, o) {
		return
	}
	r.inventory.Foreign = append(r.inventory.Foreign, Foreign{Object: o, APIVersion: apiVersion, Content: n.content()})
}

// content returns the object as text, without what a cluster adds.
func (n *node) content() string {
	n.remove("status")
	for _, key := range []string{"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp"} {
		n.get("metadata").remove(key)
	}
	return string(n.appendJSON(nil))
}

// named reports whether an object has a name and namespace that API servers accept. Others are
// refused here: answers show names, and a terminal or page would obey what a name can hold.
func (r *reader) named(n *node, o Object) bool {
	meta := n.get("metadata")
	prefix := meta.str("generateName")
	if meta != nil && meta.kind != object && meta.kind != null {
		r.problem(meta, "", "the metadata of a %s cannot be %s", o.Kind, meta.sort()).Help = "write metadata: {name: NAME}"
		return false
	}
	for _, key := range []string{"name", "generateName", "namespace"} {
		v := meta.get(key)
		switch {
		case v == nil || v.kind == text || v.kind == null:
			continue
		case v.kind == scalar:
			written := r.span(v.offset).Text()
			if i := strings.IndexAny(written, " ,}]"); i >= 0 {
				written = written[:i]
			}
			r.problem(v, "", "the %s of a %s is read as the YAML value %s, not as text", key, o.Kind, v.text).
				Help = fmt.Sprintf("write it in quotes: %s: %q", key, written)
		default:
			r.problem(v, "", "the %s of a %s cannot be %s", key, o.Kind, v.sort())
		}
		return false
	}
	ok := true
	check := func(path, value string, wrong []string) {
		if len(wrong) == 0 {
			return
		}
		ok = false
		d := r.refuse(n, path, "the %s %q of this %s", path, value, o.Kind)
		if d.Help == "" {
			d.Help, _, _ = strings.Cut(wrong[0], " (e.g.")
		}
	}
	switch {
	case o.Name != "":
		check("metadata.name", o.Name, validation.NameIsDNSSubdomain(o.Name, false))
	case prefix != "":
		check("metadata.generateName", prefix, validation.NameIsDNSSubdomain(prefix, true))
	default:
		d := r.problem(n, "metadata.name", "%s without a name", o.Kind)
		if at, key := n.meant("metadata"), meta.meant("name"); at != "" {
			d.Help = "did you mean metadata instead of " + at + "?"
		} else if key != "" {
			d.Help = "did you mean name instead of " + key + "?"
		}
		return false
	}
	if o.Namespace != "" {
		check("metadata.namespace", o.Namespace, validation.ValidateNamespaceName(o.Namespace, false))
	}
	return ok
}

// list adds the items of a List.
func (r *reader) list(n *node, apiVersion, kind string, depth int) {
	if depth > 10 {
		r.problem(n, "", "Lists in Lists in Lists")
		return
	}
	element := strings.TrimSuffix(kind, "List")
	if element == "" { // each item has its own
		apiVersion = ""
	}
	if element == "" || nearest(element, []string{"NetworkPolicy"}) != "" || policyName.MatchString(element) {
		for _, k := range n.keys {
			if !slices.Contains([]string{"apiVersion", "kind", "metadata", "items"}, k) {
				d := r.problem(n, k, "%s has no field %q", kind, k)
				if n.meant("items") == k {
					d.Help = "did you mean items?"
				}
			}
		}
	}
	items := n.get("items")
	if items == nil || items.kind == null {
		return
	}
	if items.kind != list {
		r.problem(n, "items", "the items of a %s are no list", kind)
		return
	}
	for i := range items.children {
		r.object(&items.children[i], apiVersion, element, depth+1)
	}
}
