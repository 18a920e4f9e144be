package model

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
	for _, t := range b.across {
		out = append(out, doc(t.doc)+"tier "+t.names[0]+" in "+t.in+" "+w.selector(t.selector)+w.ports(t.listens))
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
		if e.value != "" {
			by += w.one("=", " = ") + e.value
		}
	}
	if e.where != nil {
		by = " by " + w.selector(e.where)
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
	}{{"pods", w.addresses(n.pods)}, {"services", w.addresses(n.services)}, {"nodes", w.addresses(n.nodes)}, {"apiserver", w.addresses(n.apiserver)}} {
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
		if list.word == "apiserver" {
			items[len(items)-1] += w.ports(n.listens)
		}
	}
	if n.plugin != "" {
		item := "plugin " + n.plugin
		if len(n.settings) > 0 {
			item += " with " + strings.Join(n.settings, w.comma())
		}
		items = append(items, item)
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
