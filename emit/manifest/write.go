package manifest

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// The library makes an object into JSON, reads that as YAML, and writes what it read. The
// writer goes straight from a NetworkPolicy to the same bytes, in a fiftieth of the time. What it does
// not know (metadata that zt never sets, strings that need escapes) it leaves to the library, whole:
// so no document is ever written in part by either.

// width is the column behind which a long text is folded at the next space.
const width = 80

// maxKey is the longest key that is written as "key:".
const maxKey = 128

// writer appends YAML to out.
type writer struct {
	out    []byte
	line   int  // where in out the last line begins
	inItem bool // "- " has been written, and what follows stands beside it
	gaveUp bool // something needs the library

	written map[placed]span // the selectors and lists of ports that are in out already
}

// placed is a selector, or a list of ports by its first, at an indent: policies share them.
type placed struct {
	*metav1.LabelSelector
	*networkingv1.NetworkPolicyPort
	length, indent int
}

// span is a part of out.
type span struct{ start, end int }

// newWriter returns a writer with room for so many bytes.
func newWriter(size int) *writer {
	return &writer{out: make([]byte, 0, size), written: map[placed]span{}}
}

// document appends one object: the bytes that sigs.k8s.io/yaml gives.
func (w *writer) document(o any) error {
	start := len(w.out)
	if p, ok := o.(*networkingv1.NetworkPolicy); ok && p != nil {
		w.line, w.gaveUp, w.inItem = start, false, false
		if w.policy(p); !w.gaveUp {
			return nil
		}
		clear(w.written) // of which a part may stand in what is taken back
	}
	text, err := yaml.Marshal(o)
	w.out = append(w.out[:start], text...)
	return err
}

// policy writes a policy. Fields stand in the order of their names.
func (w *writer) policy(p *networkingv1.NetworkPolicy) {
	w.optional(0, "apiVersion", p.APIVersion)
	w.optional(0, "kind", p.Kind)
	w.metadata(&p.ObjectMeta)
	w.open(0, "spec")
	if len(p.Spec.Egress) > 0 {
		w.open(2, "egress")
		for _, r := range p.Spec.Egress {
			w.item(2)
			w.empty(len(r.Ports)+len(r.To) == 0)
			w.ports(4, r.Ports)
			w.peers(4, "to", r.To)
		}
	}
	if len(p.Spec.Ingress) > 0 {
		w.open(2, "ingress")
		for _, r := range p.Spec.Ingress {
			w.item(2)
			w.empty(len(r.Ports)+len(r.From) == 0)
			w.peers(4, "from", r.From)
			w.ports(4, r.Ports)
		}
	}
	w.selector(2, "podSelector", &p.Spec.PodSelector)
	w.list(2, "policyTypes", len(p.Spec.PolicyTypes), func(i int) string { return string(p.Spec.PolicyTypes[i]) })
}

func (w *writer) metadata(m *metav1.ObjectMeta) {
	rest := *m
	rest.Name, rest.Namespace, rest.Labels, rest.Annotations = "", "", nil, nil
	if !reflect.ValueOf(rest).IsZero() {
		w.gaveUp = true
	}
	w.key(0, "metadata")
	if len(m.Annotations)+len(m.Labels)+len(m.Name)+len(m.Namespace) == 0 {
		w.text(" {}")
		w.newline()
		return
	}
	w.newline()
	w.mapping(2, "annotations", m.Annotations)
	w.mapping(2, "labels", m.Labels)
	w.optional(2, "name", m.Name)
	w.optional(2, "namespace", m.Namespace)
}

func (w *writer) peers(indent int, name string, peers []networkingv1.NetworkPolicyPeer) {
	if len(peers) == 0 {
		return
	}
	w.open(indent, name)
	for _, p := range peers {
		w.item(indent)
		w.empty(p.IPBlock == nil && p.NamespaceSelector == nil && p.PodSelector == nil)
		if p.IPBlock != nil {
			w.open(indent+2, "ipBlock")
			w.field(indent+4, "cidr", p.IPBlock.CIDR)
			w.list(indent+4, "except", len(p.IPBlock.Except), func(i int) string { return p.IPBlock.Except[i] })
		}
		if p.NamespaceSelector != nil {
			w.peer(indent+2, "namespaceSelector", p.NamespaceSelector)
		}
		if p.PodSelector != nil {
			w.peer(indent+2, "podSelector", p.PodSelector)
		}
	}
}

func (w *writer) ports(indent int, ports []networkingv1.NetworkPolicyPort) {
	if len(ports) == 0 {
		return
	}
	w.key(indent, "ports")
	w.shared(placed{NetworkPolicyPort: &ports[0], length: len(ports), indent: indent}, func() { w.portList(indent, ports) })
}

func (w *writer) portList(indent int, ports []networkingv1.NetworkPolicyPort) {
	w.newline()
	for _, p := range ports {
		w.item(indent)
		w.empty(p.EndPort == nil && p.Port == nil && p.Protocol == nil)
		if p.EndPort != nil {
			w.number(indent+2, "endPort", *p.EndPort)
		}
		switch {
		case p.Port == nil:
		case p.Port.Type == intstr.Int:
			w.number(indent+2, "port", p.Port.IntVal)
		case p.Port.Type == intstr.String:
			w.field(indent+2, "port", p.Port.StrVal)
		default:
			w.gaveUp = true
		}
		if p.Protocol != nil {
			w.field(indent+2, "protocol", string(*p.Protocol))
		}
	}
}

// peer writes a selector of a peer.
func (w *writer) peer(indent int, name string, s *metav1.LabelSelector) {
	w.key(indent, name)
	w.shared(placed{LabelSelector: s, indent: indent}, func() { w.requirements(indent, s) })
}

// shared writes what others may have too.
func (w *writer) shared(at placed, write func()) {
	if before, ok := w.written[at]; ok {
		w.out = append(w.out, w.out[before.start:before.end]...)
		w.line = len(w.out)
		return
	}
	start := len(w.out)
	write()
	w.written[at] = span{start, len(w.out)}
}

func (w *writer) selector(indent int, name string, s *metav1.LabelSelector) {
	w.key(indent, name)
	w.requirements(indent, s)
}

func (w *writer) requirements(indent int, s *metav1.LabelSelector) {
	if len(s.MatchExpressions)+len(s.MatchLabels) == 0 {
		w.text(" {}")
		w.newline()
		return
	}
	w.newline()
	indent += 2
	if len(s.MatchExpressions) > 0 {
		w.open(indent, "matchExpressions")
		for _, e := range s.MatchExpressions {
			w.item(indent)
			w.field(indent+2, "key", e.Key)
			w.field(indent+2, "operator", string(e.Operator))
			w.list(indent+2, "values", len(e.Values), func(i int) string { return e.Values[i] })
		}
	}
	w.mapping(indent, "matchLabels", s.MatchLabels)
}

// mapping writes a map of strings; nothing for one without any.
func (w *writer) mapping(indent int, name string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	w.open(indent, name)
	keys := make([]string, 0, 8)
	for k := range m {
		keys = append(keys, k)
	}
	if len(keys) > 1 {
		slices.Sort(keys)
		slices.SortStableFunc(keys, compareKeys) // which knows circles: the result depends on the order before
	}
	for _, k := range keys {
		w.entry(indent+2, k, m[k])
	}
}

// entry writes an entry of a map of strings.
func (w *writer) entry(indent int, key, value string) {
	s := styleOf(key)
	if s == literal || len(key) > maxKey {
		s = unsure
	}
	w.indent(indent)
	w.scalar(s, key, -1)
	w.text(": ")
	w.scalar(styleOf(value), value, indent+2)
	w.newline()
}

// list writes a list of n strings; nothing for one without any. A list's items
// stand below the first letter of its name.
func (w *writer) list(indent int, name string, n int, at func(int) string) {
	if n == 0 {
		return
	}
	w.open(indent, name)
	for i := range n {
		w.item(indent)
		w.inItem = false
		w.scalar(styleOf(at(i)), at(i), indent+2)
		w.newline()
	}
}

// field writes a field of a string, and optional one that is left out when empty.
func (w *writer) field(indent int, name, value string) {
	w.key(indent, name)
	w.text(" ")
	w.scalar(styleOf(value), value, indent+2)
	w.newline()
}

func (w *writer) optional(indent int, name, value string) {
	if value != "" {
		w.field(indent, name, value)
	}
}

func (w *writer) number(indent int, name string, n int32) {
	w.key(indent, name)
	w.text(" ")
	w.out = strconv.AppendInt(w.out, int64(n), 10)
	w.newline()
}

// open writes the name of a field whose value stands below it.
func (w *writer) open(indent int, name string) {
	w.key(indent, name)
	w.newline()
}

// key writes the name of a field.
func (w *writer) key(indent int, name string) {
	w.indent(indent)
	w.text(name)
	w.text(":")
}

// item begins an item of a list.
func (w *writer) item(indent int) {
	w.indent(indent)
	w.text("- ")
	w.inItem = true
}

// empty writes an item without any field.
func (w *writer) empty(yes bool) {
	if yes {
		w.text("{}")
		w.inItem = false
		w.newline()
	}
}

// spaces are what lines are indented with.
const spaces = "                        "

// indent begins a line, unless "- " has begun it.
func (w *writer) indent(n int) {
	if !w.inItem {
		w.text(spaces[:n])
	}
	w.inItem = false
}

func (w *writer) text(s string) { w.out = append(w.out, s...) }

func (w *writer) newline() {
	w.out = append(w.out, '\n')
	w.line = len(w.out)
}

// scalar writes a string, whose further lines have this indent; one with a negative indent has none.
func (w *writer) scalar(style style, s string, indent int) {
	switch style {
	case plain:
		w.folded(s, indent)
	case singleQuoted:
		w.text("'")
		w.folded(strings.ReplaceAll(s, "'", "''"), indent)
		w.text("'")
	case doubleQuoted:
		w.text(`"`)
		w.text(s)
		w.text(`"`)
	case literal:
		w.text("|-")
		for line := range strings.SplitSeq(s, "\n") {
			w.newline()
			if line != "" {
				w.text(spaces[:indent])
				w.text(line)
			}
		}
	default:
		w.gaveUp = true
	}
}

// folded writes text, with a line end instead of each space behind width that
// stands alone between other characters.
func (w *writer) folded(s string, indent int) {
	column := utf8.RuneCount(w.out[w.line:])
	if indent < 0 || column+len(s) <= width {
		w.text(s)
		return
	}
	start := 0
	for i := range len(s) {
		if s[i] == ' ' && column > width && i > 0 && i < len(s)-1 && s[i-1] != ' ' && s[i+1] != ' ' {
			w.text(s[start:i])
			w.newline()
			w.text(spaces[:indent])
			start, column = i+1, indent
		} else if utf8.RuneStart(s[i]) {
			column++
		}
	}
	w.text(s[start:])
}
