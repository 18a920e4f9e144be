package format_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// program writes one random program twice: tidily, without a comment, and in a
// layout as messy as the language allows, with numbered comments.
type program struct {
	t           *rapid.T
	tidy, messy strings.Builder
	comments    []string
}

func (p *program) coin(label string) bool { return rapid.Bool().Draw(p.t, label) }

func (p *program) n(low, high int) int { return rapid.IntRange(low, high).Draw(p.t, "n") }

func (p *program) pick(of ...string) string { return rapid.SampledFrom(of).Draw(p.t, "pick") }

func (p *program) name() string {
	return p.pick("a", "bb", "frontend", "a-very-long-name-that-is-wider-than-a-column", "path", "by", "host", "off", "in")
}

func (p *program) text(s string) { p.tidy.WriteString(s); p.messy.WriteString(s) }

// blanks stand between two words that could be read as one.
func (p *program) blanks() {
	p.tidy.WriteString(" ")
	p.messy.WriteString(p.pick(" ", "  ", "\t", " \t "))
}

// optional blanks stand where there need not be any.
func (p *program) optional() { p.messy.WriteString(p.pick("", "", " ", "\t ")) }

func (p *program) sign(s string) { p.optional(); p.text(s); p.optional() }

// lines are line breaks and comments, at least one if the caller needs it.
func (p *program) lines(atLeast int) {
	for range max(atLeast, p.n(-3, 3)) {
		p.optional()
		if p.n(0, 2) == 0 {
			c := fmt.Sprintf("#%s%d %s", p.pick("", " "), len(p.comments), p.pick("{", "},", "a -> b", "; #", "ü"))
			p.comments = append(p.comments, c)
			p.messy.WriteString(c + p.pick("", " ", "\t"))
		}
		p.messy.WriteString(p.pick("\n", "\r\n"))
	}
	p.optional()
}

// comma separates the items of a list, after which a line may go on.
func (p *program) comma() {
	p.optional()
	p.text(",")
	p.tidy.WriteString(" ")
	p.lines(0)
}

func (p *program) list(n int, item func()) {
	for i := range n {
		if i > 0 {
			p.comma()
		}
		item()
	}
}

// braces are a list in which a new line separates items too.
func (p *program) braces(n int, item func()) {
	p.text("{")
	p.lines(0)
	for i := range n {
		if i > 0 {
			p.tidy.WriteString(", ")
			if p.coin("comma") {
				p.messy.WriteString(",")
				p.lines(0)
			} else {
				p.lines(1)
			}
		}
		item()
	}
	if p.optional(); n > 0 && p.coin("comma") {
		p.messy.WriteString(",")
	}
	p.lines(0)
	p.text("}")
}

func (p *program) endpoint() {
	p.text(p.pick("a", "bb", "frontend", "shop/frontend", "shop/*", "internet", "cluster",
		"10.0.0.0/8", "2001:db8::/32", "a-name-that-is-wider-than-a-column-can-be", "path"))
}

func (p *program) endpoints() { p.list(p.n(1, 3), p.endpoint) }

func (p *program) ports(of ...string) {
	if p.coin("ports") {
		p.blanks()
		p.sign(":")
		p.list(p.n(1, 3), func() {
			name, number, named := strings.Cut(p.pick(of...), "=")
			p.text(name)
			if named {
				p.sign("=")
				p.text(number)
			}
		})
	}
}

func (p *program) edgePorts() { p.ports("80", "http", "53/udp", "any", "http/tcp", "8000-8999/sctp") }

func (p *program) listens() { p.ports("80", "http=80/tcp", "metrics=9000-9009", "any", "dns/udp") }

func (p *program) link() {
	p.endpoints()
	p.blanks()
	p.text(p.pick("->", "<->"))
	p.tidy.WriteString(" ")
	p.lines(0)
	p.endpoints()
	p.edgePorts()
}

func (p *program) requirement() {
	key := p.pick("role", "app.kubernetes.io/name", "k8s-app", "x")
	switch p.n(0, 3) {
	case 0:
		p.text(key)
	case 1:
		p.text("!" + key)
	case 2:
		p.text(key)
		p.optional()
		if p.coin("not") {
			p.text("!=")
		} else {
			p.tidy.WriteString("=")
			p.messy.WriteString(p.pick("=", "=="))
		}
		p.optional()
		p.text(p.pick("v", "v1.2_3", "80", ""))
	case 3:
		p.text(key)
		p.blanks()
		p.text(p.pick("in", "notin"))
		p.blanks()
		p.parenthesized(p.n(1, 3), "v", "w", "x-y")
	}
}

func (p *program) parenthesized(n int, of ...string) {
	p.text("(")
	p.lines(0)
	p.list(n, func() { p.text(p.pick(of...)); p.lines(0) })
	p.text(")")
}

func (p *program) address() {
	if p.n(0, 2) == 0 {
		p.text("host")
		p.blanks()
		p.text(p.pick("example.com", "*.example.com"))
		return
	}
	p.text(p.pick("10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"))
	switch p.n(0, 2) {
	case 0:
		p.blanks()
		p.text("except")
		p.blanks()
		p.text("10.1.0.0/16")
	case 1:
		p.blanks()
		p.text("except")
		p.blanks()
		p.parenthesized(p.n(1, 3), "10.1.0.0/16", "10.2.0.0/16")
	}
}

func (p *program) end() {
	p.tidy.WriteString("\n")
	p.messy.WriteString(p.pick("", ";"))
	p.lines(0)
	p.messy.WriteString("\n")
}

// nothing is a statement that says nothing.
func (p *program) nothing() {
	p.messy.WriteString(p.pick("", ";", ";;"))
	p.lines(0)
}

// place is where statements stand: each kind of statement only in some.
type place string

const (
	top           place = "file"
	inEnvironment place = "environment"
	inNamespace   place = "namespace"
)

// statements writes statements, each with its end.
func (p *program) statements(in place) {
	for range p.n(0, 5) {
		p.nothing()
		p.statement(in)
		if p.n(0, 2) == 0 {
			p.tidy.WriteString("\n")
			p.optional()
			p.messy.WriteString(";")
			p.lines(0)
			continue
		}
		p.end()
	}
}

func (p *program) block(in place) {
	p.text("{")
	p.tidy.WriteString("\n")
	p.lines(0)
	p.statements(in)
	p.text("}")
}

func (p *program) statement(in place) {
	kinds := []string{"edge", "edge", "deny", "tier", "tier", "external", "isolate"}
	switch in {
	case top:
		kinds = append(kinds, "import", "network", "dns", "namespace", "environment")
	case inEnvironment:
		kinds = append(kinds, "namespace")
	case inNamespace:
		kinds = append(kinds, "labels")
	}
	switch p.pick(kinds...) {
	case "edge":
		p.link()
	case "deny":
		p.text("deny")
		p.blanks()
		if p.coin("path") {
			p.text("path")
			p.blanks()
		}
		p.link()
	case "isolate":
		p.text("isolate")
		p.blanks()
		p.list(p.n(2, 4), p.endpoint)
	case "tier":
		p.text("tier")
		p.blanks()
		if p.coin("by") {
			p.list(p.n(1, 3), func() { p.text(p.name()) })
			p.blanks()
			p.text("by")
			p.blanks()
			p.text(p.pick("role", "app.kubernetes.io/name"))
			if p.coin("selector") {
				p.blanks()
				p.braces(p.n(0, 3), p.requirement)
			}
		} else {
			p.text(p.name())
			p.blanks()
			p.braces(p.n(0, 3), p.requirement)
		}
		p.listens()
	case "external":
		p.text("external")
		p.blanks()
		p.text(p.name())
		p.blanks()
		p.braces(p.n(1, 3), p.address)
		p.listens()
	case "import":
		p.text("import")
		p.blanks()
		p.text(`"base # {.zt"`)
	case "labels":
		p.text("labels")
		p.blanks()
		p.list(p.n(1, 3), func() { p.text("team"); p.sign("="); p.text(p.pick("a", "b.c", "")) })
	case "dns":
		p.text("dns")
		p.blanks()
		if p.coin("off") {
			p.text("off")
			return
		}
		p.text("kube-system/kube-dns")
		p.edgePorts()
	case "network":
		p.text("network")
		p.blanks()
		p.text("{")
		p.tidy.WriteString("\n")
		p.lines(0)
		for range p.n(1, 3) {
			p.text(p.pick("pods", "services", "nodes"))
			p.blanks()
			p.list(p.n(1, 2), func() { p.text(p.pick("10.0.0.0/8", "fd00::/8")) })
			p.end()
		}
		p.text("}")
	case "namespace":
		p.text("namespace")
		p.blanks()
		p.text(p.pick("shop", "ingress-nginx", "all"))
		if p.coin("isolates") {
			p.blanks()
			p.text("isolates")
			p.blanks()
			p.text(p.pick("ingress", "egress", "nothing"))
		}
		if p.coin("block") {
			p.blanks()
			p.block(inNamespace)
		}
	case "environment":
		p.text("environment")
		p.blanks()
		p.list(p.n(1, 2), func() { p.text(p.name()) })
		p.blanks()
		p.text("by")
		p.blanks()
		p.text("env")
		if p.coin("block") {
			p.blanks()
			p.block(inEnvironment)
		}
	}
}

// withoutSpans compares what two trees say.
var withoutSpans = cmp.Options{cmpopts.IgnoreTypes(source.Span{}, []ast.Comment{})}

func parsed(t *rapid.T, text string) *ast.File {
	f, diagnostics := grammar.Parse(source.NewFile("test.zt", text))
	if f.Broken || diagnostics.Errors() > 0 {
		t.Fatalf("the generator wrote what cannot be parsed: %v\n%s", diagnostics, text)
	}
	return f
}

var (
	numberedComment = regexp.MustCompile(`# ?\d+ .*`)
	blanksAndCommas = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", ",", "", ";", "", "==", "=")
)

// before returns what a text says up to a comment: without other comments,
// blanks, line breaks, and the separators that line breaks can stand for.
func before(text, comment string) string {
	text, _, _ = strings.Cut(text, comment)
	return blanksAndCommas.Replace(numberedComment.ReplaceAllString(text, ""))
}

func TestRandomPrograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &program{t: t}
		p.lines(0)
		p.statements(top)
		messy := p.messy.String()
		want := parsed(t, p.tidy.String())
		once := mustFormat(t, messy)
		got := parsed(t, once)
		if diff := cmp.Diff(want.Statements, got.Statements, withoutSpans); diff != "" {
			t.Fatalf("the tree changed (-want +got):\n%s\n%s", diff, messy)
		}
		var comments []string
		for _, c := range got.Comments {
			comments = append(comments, c.At.Text())
		}
		if diff := cmp.Diff(p.comments, comments); diff != "" {
			t.Fatalf("the comments changed (-want +got):\n%s\n%s", diff, messy)
		}
		for _, c := range comments {
			if diff := cmp.Diff(before(messy, c), before(once, c)); diff != "" {
				t.Fatalf("comment %q moved (-before it was +before it is):\n%s\n%s", c, diff, messy)
			}
		}
		if diff := cmp.Diff(once, mustFormat(t, once)); diff != "" {
			t.Fatalf("formatted twice (-once +twice):\n%s\n%s", diff, messy)
		}
		for line := range strings.Lines(once) {
			if strings.TrimRight(line, " \t\r\n")+"\n" != line {
				t.Fatalf("line %q ends in blanks", line)
			}
		}
		if strings.Contains(once, "\n\n\n") || strings.HasPrefix(once, "\n") || strings.HasSuffix(once, "\n\n") {
			t.Fatalf("superfluous blank lines in\n%q", once)
		}
	})
}
