package semantics

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// printer writes a program in one of its spellings: names bare or whole, lists
// whole or split, on one line or several, statements in any order, blocks
// opened once or several times, in one file or more. With seed 0 it makes no such choice.
// Whatever it chooses, the program means the same.
type printer struct {
	names  *names
	random *rand.Rand // nil for the plain spelling
	denies bool       // whether to write what forbids
}

// sources is a program's text: files by name, and those that are given to the
// compiler; the others are imported.
type sources struct {
	files  map[string]string
	inputs []string
}

func (s sources) String() string {
	var b strings.Builder
	for i := range len(s.files) {
		name := fileName(i)
		fmt.Fprintf(&b, "--- %s\n%s", name, s.files[name])
	}
	return b.String()
}

func fileName(i int) string { return fmt.Sprintf("%c.zt", 'a'+i) }

func (p *program) print(seed uint64, denies bool) sources {
	w := &printer{names: p.names(), denies: denies}
	if seed != 0 {
		w.random = rand.New(rand.NewPCG(seed, 0))
	}
	statements := w.program(p)
	count := 1 + w.choose(3)
	files := make([][]string, count)
	for _, s := range statements {
		i := w.choose(count)
		files[i] = append(files[i], s)
	}
	out := sources{files: map[string]string{}}
	imported := w.may()
	if imported {
		// Each file imports the next, and the first also the last.
		for i := 0; i+1 < count; i++ {
			files[i] = append(files[i], fmt.Sprintf("import %q", fileName(i+1)))
		}
		if count > 1 {
			files[0] = append(files[0], fmt.Sprintf("import %q", fileName(count-1)))
		}
	}
	for i, s := range files {
		text := w.join(s, "")
		if w.choose(12) == 1 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if w.choose(12) == 1 {
			text = "\ufeff" + text
		}
		out.files[fileName(i)] = text
		if i == 0 || !imported {
			out.inputs = append(out.inputs, fileName(i))
		}
	}
	return out
}

// choose returns a number below n, 0 in the plain spelling.
func (w *printer) choose(n int) int {
	if w.random == nil || n < 2 {
		return 0
	}
	return w.random.IntN(n)
}

func (w *printer) may() bool { return w.choose(2) == 1 }

func (w *printer) one(of ...string) string { return of[w.choose(len(of))] }

// join writes statements under each other, in any order, with noise between.
func (w *printer) join(statements []string, indent string) string {
	if w.random != nil {
		w.random.Shuffle(len(statements), func(i, j int) { statements[i], statements[j] = statements[j], statements[i] })
	}
	var b strings.Builder
	for i, s := range statements {
		switch w.choose(8) {
		case 1:
			b.WriteString("\n")
		case 2:
			b.WriteString(indent + "# a remark, and nothing's description\n\n")
		}
		b.WriteString(indent + strings.ReplaceAll(s, "\n", "\n"+indent))
		documented := i+1 < len(statements) && strings.HasPrefix(statements[i+1], "#")
		switch w.choose(6) {
		case 1:
			b.WriteString(" # trailing")
		case 2:
			b.WriteString(" ;")
			if !documented && w.may() && i+1 < len(statements) {
				continue // the next one goes on the same line
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (w *printer) program(p *program) []string {
	var out []string
	out = append(out, w.block(&p.top, scope{})...)
	for _, e := range p.envs {
		out = append(out, w.environment(e)...)
	}
	out = append(out, w.network(p.network)...)
	for _, d := range p.dns {
		out = append(out, "dns "+w.refs(scope{}, d.to, true)+w.ports(d.ports))
	}
	if p.dnsOff {
		out = append(out, "dns off")
	}
	return out
}

// parts deals statements to one or several blocks with the same head.
func (w *printer) parts(statements []string) [][]string {
	parts := make([][]string, 1+w.choose(3)/2+w.choose(4)/3)
	for _, s := range statements {
		i := w.choose(len(parts))
		parts[i] = append(parts[i], s)
	}
	return parts
}

// braces writes a block.
func (w *printer) braces(statements []string) string {
	if len(statements) == 0 {
		return "{" + w.one("", " ", "\n") + "}"
	}
	if len(statements) == 1 && !strings.ContainsAny(statements[0], "#\n") && w.may() {
		return "{ " + statements[0] + " }"
	}
	return "{\n" + w.join(statements, "  ") + "}"
}

func (w *printer) block(b *block, at scope) []string {
	var out []string
	for _, t := range b.tiers {
		out = append(out, w.tier(t)...)
	}
	for _, x := range b.externals {
		out = append(out, w.external(x))
	}
	if len(b.labels) > 0 {
		var items []string
		for _, l := range b.labels {
			items = append(items, l.key+"="+l.value)
		}
		if w.may() {
			for _, item := range items {
				out = append(out, "labels "+item)
			}
		} else {
			out = append(out, "labels "+strings.Join(items, ", "))
		}
	}
	for _, e := range b.edges {
		out = append(out, w.edge(e, at)...)
	}
	if w.denies {
		for _, d := range b.denies {
			out = append(out, w.deny(d, at))
		}
	}
	for _, s := range b.spaces {
		out = append(out, w.space(s, at)...)
	}
	return out
}

func (w *printer) space(s *space, at scope) []string {
	var out []string
	for i, part := range w.parts(w.block(&s.body, scope{env: at.env, space: s.name})) {
		head := "namespace " + s.name
		if i == 0 || w.may() {
			if s.isolates != "" {
				head += " isolates " + s.isolates
			}
		}
		if i == 0 {
			head = doc(s.doc) + head
		}
		if len(part) > 0 || w.may() {
			head += " " + w.braces(part)
		}
		out = append(out, head)
	}
	return out
}

func doc(text string) string {
	if text == "" {
		return ""
	}
	return "# " + text + "\n"
}

func (w *printer) environment(e *environment) []string {
	by := ""
	if e.by != "" {
		by = " by " + e.by
	}
	head := "environment " + strings.Join(e.names, w.comma())
	if e.body == nil {
		return []string{head + by}
	}
	var out []string
	for i, part := range w.parts(w.block(e.body, scope{env: e})) {
		if i > 0 && w.may() {
			by = "" // said already
		}
		out = append(out, head+by+" "+w.braces(part))
	}
	return out
}

func (w *printer) network(n network) []string {
	var items []string
	for _, list := range []struct {
		word  string
		cidrs []string
	}{{"pods", texts(n.pods)}, {"services", texts(n.services)}, {"nodes", texts(n.nodes)}} {
		if len(list.cidrs) == 0 {
			continue
		}
		if w.may() {
			for _, c := range list.cidrs {
				items = append(items, list.word+" "+c)
			}
		} else {
			items = append(items, list.word+" "+strings.Join(list.cidrs, w.comma()))
		}
	}
	if len(items) == 0 {
		return nil
	}
	var out []string
	for _, part := range w.parts(items) {
		if len(part) > 0 {
			out = append(out, "network "+w.braces(part))
		}
	}
	return out
}

func texts[T fmt.Stringer](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, x.String())
	}
	return out
}

// comma is a comma, after which a line may end.
func (w *printer) comma() string { return w.one(", ", ",", " , ", ",\n    ", ", # and\n  ") }

// item separates the items of a selector or address list.
func (w *printer) item() string { return w.one(", ", "\n", ",\n  ", " ,") }

func (w *printer) tier(t *tier) []string {
	listens := w.ports(t.listens)
	if t.by == "" {
		return []string{doc(t.doc) + "tier " + t.names[0] + " " + w.selector(t.selector) + listens}
	}
	braces := ""
	if len(t.selector) > 0 || w.may() {
		braces = " " + w.selector(t.selector)
	}
	if len(t.names) > 1 && w.may() {
		var out []string
		for _, name := range t.names {
			if w.may() {
				out = append(out, doc(t.doc)+"tier "+name+" by "+t.by+braces+listens)
			} else {
				whole := append([]requirement{{t.by, "=", []string{name}}}, t.selector...)
				out = append(out, doc(t.doc)+"tier "+name+" "+w.selector(whole)+listens)
			}
		}
		return out
	}
	return []string{doc(t.doc) + "tier " + strings.Join(t.names, w.comma()) + " by " + t.by + braces + listens}
}

func (w *printer) selector(selector []requirement) string {
	var items []string
	for _, r := range selector {
		items = append(items, w.requirement(r))
	}
	if w.random != nil {
		w.random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	return "{" + w.one(" ", "", "\n") + strings.Join(items, w.item()) + w.one(" ", "", "\n") + "}"
}

func (w *printer) requirement(r requirement) string {
	switch r.op {
	case "=":
		if w.choose(4) == 3 {
			return r.key + " in (" + r.values[0] + ")"
		}
		return r.key + w.one("=", "==", " = ", " == ") + r.values[0]
	case "!=":
		if w.choose(4) == 3 {
			return r.key + " notin (" + r.values[0] + ")"
		}
		return r.key + w.one("!=", " != ") + r.values[0]
	case "in", "notin":
		return r.key + " " + r.op + w.one(" (", "(") + strings.Join(r.values, w.one(", ", ",")) + ")"
	case "!":
		return "!" + r.key
	}
	return r.key
}

func (w *printer) ports(ports []portSpec) string {
	if len(ports) == 0 {
		return ""
	}
	var items []string
	for _, p := range ports {
		items = append(items, w.port(p))
	}
	return w.one(" :", "  : ", ":") + strings.Join(items, w.comma())
}

func (w *printer) port(p portSpec) string {
	if p.any {
		return "any"
	}
	text := p.name
	if p.low > 0 {
		if p.name != "" {
			text += "="
		}
		text += fmt.Sprint(p.low)
		if p.high > p.low {
			text += fmt.Sprint("-", p.high)
		}
	}
	protocol := p.protocol
	if p.low > 0 && (protocol == "" || protocol == "tcp") {
		protocol = w.one(protocol, "", "tcp")
	}
	if protocol != "" {
		text += "/" + protocol
	}
	return text
}

func (w *printer) external(x *external) string {
	var items []string
	for _, b := range x.blocks {
		item := b.cidr.String()
		switch except := texts(b.except); {
		case len(except) == 1 && !w.may():
			item += " except " + except[0]
		case len(except) > 0:
			item += " except (" + strings.Join(except, w.comma()) + ")"
		}
		items = append(items, item)
	}
	return "external " + x.name + " {" + w.one(" ", "\n") + strings.Join(items, w.item()) + w.one(" ", "\n") + "}" + w.ports(x.listens)
}

func (w *printer) ref(at scope, r ref, bare bool) string {
	switch r.kind {
	case tierRef:
		if w.may() && bare && w.names.bare(at, r) {
			return r.name
		}
		return r.space + "/" + r.name
	case spaceRef:
		return r.space + "/*"
	}
	return r.text("$environment")
}

func (w *printer) refs(at scope, refs []ref, first bool) string {
	var items []string
	for i, r := range refs {
		// A tier called path or off is no word of the statement only where it can't be.
		items = append(items, w.ref(at, r, i > 0 || !first || r.name != "path" && r.name != "off"))
	}
	if w.random != nil {
		w.random.Shuffle(len(items), func(i, j int) {
			if !first {
				items[i], items[j] = items[j], items[i]
			}
		})
	}
	return strings.Join(items, w.comma())
}

// edge writes an edge statement, or one for each pair.
func (w *printer) edge(e *edge, at scope) []string {
	if !w.may() {
		arrow := w.one(" -> ", "->", " ->\n  ")
		if e.both {
			arrow = w.one(" <-> ", " <->\n  ")
		}
		return []string{doc(e.doc) + w.refs(at, e.from, false) + arrow + w.refs(at, e.to, false) + w.ports(e.ports)}
	}
	var out []string
	for _, from := range e.from {
		for _, to := range e.to {
			out = append(out, doc(e.doc)+w.ref(at, from, true)+" -> "+w.ref(at, to, true)+w.ports(e.ports))
			if e.both {
				out = append(out, doc(e.doc)+w.ref(at, to, true)+" -> "+w.ref(at, from, true)+w.ports(e.ports))
			}
		}
	}
	return out
}

func (w *printer) deny(d *deny, at scope) string {
	if d.isolate {
		return "isolate " + w.refs(at, d.from, true)
	}
	head := "deny "
	if d.path {
		head += "path "
	}
	arrow := " -> "
	if d.both {
		arrow = " <-> "
	}
	return head + w.refs(at, d.from, true) + arrow + w.refs(at, d.to, false) + w.ports(d.ports)
}
