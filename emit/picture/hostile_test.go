package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/zt-lang/zt/compiler/relation"
)

var hostile = []string{
	`"><script>alert(1)</script>`, `"]; click n1 "https://x" "`, "a\nb\r\x1b[31m", `\"; evil -> x; "`, `\`, `x#quot;]`, "</title><image href='x'>",
	"%%{init: {}}%%", "`md` **b** [l](http://x)", "end", "1. one", "bidi\u202e\u2066", "]]>", "<!-- ", "日本", `\N \G`, "&amp;",
}

// of returns a picture with a text in every place that has one.
func of(text string) *Picture {
	box := &Box{Name: text, Environment: text, Mark: text}
	a := &Node{ID: 1, Name: text, Label: text, Marks: []string{text}, Self: []string{text}, Box: box, Open: true}
	b := &Node{ID: 2, Name: text, Label: text, Marks: []string{text}}
	box.Nodes = []*Node{a}
	ports := relation.Named(relation.NamedPort{Name: text})
	return &Picture{
		Title: text, Boxes: []*Box{box}, Nodes: []*Node{b}, Notes: []string{text},
		Arrows: []*Arrow{{From: a, To: b, Ports: ports, Before: text}, {From: b, To: a, Ports: ports, Look: Opens}, {From: a, To: a, Ports: ports, Look: Closes}},
	}
}

// Whatever names and labels have in them, a picture has the same elements.
func TestHostileSVG(t *testing.T) {
	elements := func(p *Picture) (names []string, all string) {
		var b bytes.Buffer
		if err := p.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(&b); ; {
			token, err := d.Token()
			switch token := token.(type) {
			case xml.StartElement:
				if token.Name.Local != "text" { // long texts have more lines
					names = append(names, token.Name.Local)
				}
				for _, a := range token.Attr {
					if strings.HasPrefix(a.Name.Local, "on") || strings.HasSuffix(a.Name.Local, "href") {
						t.Errorf("attribute %s", a.Name.Local)
					}
				}
			case xml.CharData:
				all += string(token)
			}
			if errors.Is(err, io.EOF) {
				return names, all
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	want, _ := elements(of("x"))
	for _, text := range hostile {
		got, all := elements(of(text))
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q makes %s", text, got)
		}
		if strings.ContainsFunc(all, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
			t.Errorf("%q: %q", text, all)
		}
	}
}

// Each line of Mermaid and DOT has a form that no text can leave.
func TestHostileText(t *testing.T) {
	const plain = `"[\w ./:,()#;<>-]*"` // what is escaped is #NUMBER;
	mermaid := regexp.MustCompile(`^( *(n\d|b\d|notes)[(\[]*` + plain + `[)\]]*|flowchart LR| +subgraph b\d\[` + plain + `\]| +end| +n\d [<>.-]+\|` + plain + `\| n\d| +(linkStyle|classDef|class) [\w #:.,-]+)$`)
	const quoted = `"([^"\\]|\\.)*"`
	dot := regexp.MustCompile(`^( *(n\d|notes|n\d -> n\d|node|edge) \[\w+=.*(` + quoted + `|\d|\w)\]|digraph \{| +rankdir=LR| +fontname="monospace"| +subgraph cluster_\d \{| +label=` + quoted + `| *\})$`)
	outside := regexp.MustCompile(quoted)
	for _, text := range append(hostile, "x") {
		chart, ok := of(text).Mermaid()
		if !ok {
			t.Fatal("too large")
		}
		for _, line := range strings.Split(strings.TrimSpace(chart), "\n") {
			if !mermaid.MatchString(line) || strings.Count(line, "<") != strings.Count(line, "<br/>")+strings.Count(line, "<-") {
				t.Errorf("%q: %s", text, line)
			}
		}
		var b bytes.Buffer
		if err := of(text).WriteDOT(&b); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
			if rest := outside.ReplaceAllString(line, ""); !dot.MatchString(line) || strings.ContainsAny(rest, `"\;`) {
				t.Errorf("%q: %s", text, line)
			}
		}
	}
}
