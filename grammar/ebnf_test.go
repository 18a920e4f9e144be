package grammar

import (
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// TestReference compares the grammar in the reference with the parser: sentences that the reference
// generates, and what a few wrong tokens make of them, are right for both or for neither.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	g := readEBNF(t, string(text))
	for _, k := range keywords {
		if !strings.Contains(g.text, `"`+k+`"`) {
			t.Errorf("the reference has no production with %q", k)
		}
	}
	const samples = 20_000
	counts := map[bool]int{}
	r := rand.New(rand.NewPCG(1, 2))
	vocabulary := strings.Fields(`web db2 http shop/web shop/* 10.0.0.0/8 ::/0 80 8000-8999 80/tcp http/tcp any "a.zt" app.kubernetes.io/name *.example.com
		-> <-> { } ( ) , ; : = == != ! in notin by path except pods isolates ingress dynamic tier deny labels`)
	vocabulary = append(vocabulary, "\n")
	for range samples {
		sentence := g.sentence(r, "statement", 0)
		for range r.IntN(3) {
			i, w := r.IntN(len(sentence)), vocabulary[r.IntN(len(vocabulary))]
			switch r.IntN(3) {
			case 0:
				sentence = slices.Insert(sentence, i, w)
			case 1:
				sentence[i] = w
			case 2:
				if len(sentence) > 1 {
					sentence = slices.Delete(sentence, i, i+1)
				}
			}
		}
		text := strings.Join(sentence, " ")
		if sentence[0] == "labels" { // the only statement that is not allowed at the top
			text = "namespace n {\n" + text + "\n}"
		}
		right, comparable := parses(text)
		if !comparable {
			continue
		}
		counts[right]++
		if g.accepts(text) != right {
			t.Errorf("the parser takes it: %v; the reference does not agree:\n%s", right, text)
		}
		if t.Failed() && counts[true]+counts[false] > 3000 {
			break
		}
	}
	if counts[true] < samples/4 || counts[false] < samples/4 {
		t.Errorf("%d sentences are right, %d are wrong: there must be many of both", counts[true], counts[false])
	}
}

// parses reports whether the parser takes a text. Texts with a keyword in the middle of a statement are
// not compared, nor misplaced statements, nor an except of what is no address block: the reference says in
// words what holds of them.
func parses(text string) (right, comparable bool) {
	if strings.Contains(text, "path except") || strings.Contains(text, "deny except") || strings.Contains(text, "gress except") {
		return false, false
	}
	begins := true
	for s := newScanner(source.NewFile("test.zt", text)); ; {
		tok := s.token()
		switch {
		case tok.EOF():
			_, diags := Parse(source.NewFile("test.zt", text))
			right = !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return strings.HasPrefix(string(d.Code), "ZT1") })
			return right, !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.Misplaced })
		case tok.Type == word && !begins && byKeyword[tok.Value] != nil:
			return false, false
		}
		begins = tok.Type == newline || isMark(&tok, ";") || isMark(&tok, "{")
	}
}

// ebnf is a grammar: each production is an expression.
type ebnf struct {
	text        string
	productions map[string]*expression
}

// expression is a token, or a list of others. Kind is '"' for a literal, 'a' for a name, '|' for
// alternatives, ' ' for a sequence, '[' for an option and '{' for a repetition.
type expression struct {
	kind  byte
	text  string
	parts []*expression
}

// readEBNF reads the productions of all blocks of the reference.
func readEBNF(t *testing.T, reference string) *ebnf {
	g := &ebnf{productions: map[string]*expression{}}
	for _, block := range regexp.MustCompile("(?s)```ebnf\n(.*?)```").FindAllStringSubmatch(reference, -1) {
		g.text += block[1]
	}
	lines := regexp.MustCompile(`\n +`).ReplaceAllString(g.text, " ")
	for line := range strings.Lines(lines) {
		name, body, _ := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if name == "" || name == "end" { // end is about what follows, so this test has its own
			continue
		}
		tokens := regexp.MustCompile(`"[^"]*"|\w+|[][{}()|]`).FindAllString(body, -1)
		g.productions[name] = readExpression(&tokens)
		if len(tokens) > 0 || g.productions[name] == nil {
			t.Fatalf("%s cannot be read from %q on", name, tokens)
		}
	}
	return g
}

func readExpression(tokens *[]string) *expression {
	either, sequence := &expression{kind: '|'}, &expression{kind: ' '}
	for {
		if len(*tokens) == 0 || strings.Contains("])}", (*tokens)[0]) {
			either.parts = append(either.parts, sequence)
			return either
		}
		tok := (*tokens)[0]
		*tokens = (*tokens)[1:]
		switch c := tok[0]; c {
		case '|':
			either.parts = append(either.parts, sequence)
			sequence = &expression{kind: ' '}
		case '(', '[', '{':
			inner := readExpression(tokens)
			*tokens = (*tokens)[1:]
			if c != '(' {
				inner = &expression{kind: c, parts: []*expression{inner}}
			}
			sequence.parts = append(sequence.parts, inner)
		case '"':
			sequence.parts = append(sequence.parts, &expression{kind: '"', text: strings.Trim(tok, `"`)})
		default:
			sequence.parts = append(sequence.parts, &expression{kind: 'a', text: tok})
		}
	}
}

// oneWord are the productions that are written without blanks.
var oneWord = []string{"endpoint", "listen", "port"}

var samplesOf = map[string]string{
	"NAME": "web db2 a path by in $environment", "NAMESPACE": "shop n-1 off", "KEY": "app app.kubernetes.io/name in by", "VALUE": "web v1.2_3 X",
	"CIDR": "10.0.0.0/8 ::/0 203.0.113.7/32 2001:db8::/32", "DNSNAME": "api.example.com *.example.com", "STRING": `"a.zt"`,
	"NUMBER": "80 443", "PROTOCOL": "tcp udp", "newline": "\n", "end": "\n ;",
}

// sentence generates a random sentence of a production.
func (g *ebnf) sentence(r *rand.Rand, name string, depth int) []string {
	if words, ok := samplesOf[name]; ok {
		all := strings.Split(words, " ")
		return []string{all[r.IntN(len(all))]}
	}
	words := g.generate(r, g.productions[name], depth+1)
	if slices.Contains(oneWord, name) {
		return []string{strings.Join(words, "")}
	}
	return words
}

func (g *ebnf) generate(r *rand.Rand, e *expression, depth int) (words []string) {
	switch e.kind {
	case '"':
		return []string{e.text}
	case 'a':
		return g.sentence(r, e.text, depth)
	case '|':
		return g.generate(r, e.parts[r.IntN(len(e.parts))], depth)
	case ' ':
		for _, part := range e.parts {
			words = append(words, g.generate(r, part, depth)...)
		}
		return words
	}
	for n := r.IntN(3); n > 0 && depth < 12; n-- { // an option or a repetition
		words = append(words, g.generate(r, e.parts[0], depth)...)
		if e.kind == '[' {
			break
		}
	}
	return words
}

// accepts reports whether a text is a sentence of file.
func (g *ebnf) accepts(text string) bool {
	var normal strings.Builder // as the scanner reads it, with one blank after each token
	parentheses := false
	for s := newScanner(source.NewFile("test.zt", text)); ; {
		tok := s.token()
		if tok.EOF() {
			break
		}
		switch {
		case isMark(&tok, "("):
			parentheses = true
		case isMark(&tok, ")"), isMark(&tok, "}"):
			parentheses = false
		}
		if tok.Type != newline || !parentheses {
			normal.WriteString(tok.Value + " ")
		}
	}
	m := &matcher{ebnf: g, text: normal.String()}
	return slices.Contains(m.match(g.productions["file"], []int{0}, false), len(m.text))
}

// matcher finds where matches of an expression can end.
type matcher struct {
	*ebnf
	text string
}

const wordPattern = `(?:\*\.)?[A-Za-z0-9$_][-A-Za-z0-9_.$/]*\*?`

var patterns = map[string]*regexp.Regexp{
	"word": regexp.MustCompile("^" + wordPattern), "part": regexp.MustCompile(`^(?:\*\.)?[A-Za-z0-9$_][-A-Za-z0-9_.$]*`),
	"CIDR": regexp.MustCompile(`^(?:[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:/\d+)?|` + wordPattern + `)`), "STRING": regexp.MustCompile(`^"[^"]*"`),
	"NUMBER": regexp.MustCompile(`^\d+`), "PROTOCOL": regexp.MustCompile(`^[-A-Za-z0-9_.$*]+`), "newline": regexp.MustCompile(`^\n`),
}

func (m *matcher) match(e *expression, from []int, glued bool) (to []int) {
	switch e.kind {
	case '|':
		for _, part := range e.parts {
			to = append(to, m.match(part, from, glued)...)
		}
	case ' ':
		to = from
		for _, part := range e.parts {
			to = m.match(part, to, glued)
		}
	case '[':
		to = append(m.match(e.parts[0], from, glued), from...)
	case '{':
		seen := map[int]bool{}
		for next := from; len(next) > 0; {
			next = slices.DeleteFunc(slices.Clone(next), func(at int) bool { return seen[at] })
			for _, at := range next {
				seen[at] = true
			}
			to = append(to, next...)
			next = m.match(e.parts[0], next, glued)
		}
	default:
		for _, at := range from {
			to = append(to, m.terminal(e, at, glued)...)
		}
	}
	slices.Sort(to)
	return slices.Compact(to)
}

// terminal matches a literal or a name. Glued is set in what is written without blanks.
func (m *matcher) terminal(e *expression, at int, glued bool) (to []int) {
	if p := m.productions[e.text]; e.kind == 'a' && p != nil {
		return m.match(p, []int{at}, glued || slices.Contains(oneWord, e.text))
	}
	for at < len(m.text) && m.text[at] == ' ' {
		at++
	}
	rest := m.text[at:]
	if e.kind == '"' {
		ends := len(e.text)
		if !strings.HasPrefix(rest, e.text) || wordLength(e.text) > 0 && ends < len(rest) && wordLength(rest[ends:]) > 0 && !glued {
			return nil
		}
		return []int{at + ends}
	}
	pattern := patterns[e.text]
	switch {
	case e.text == "end":
		switch {
		case strings.TrimSpace(rest) == "":
			return []int{len(m.text)}
		case rest[0] == '\n' || rest[0] == ';':
			return []int{at + 1}
		case rest[0] == '}':
			return []int{at}
		}
		return nil
	case pattern == nil && glued:
		pattern = patterns["part"]
	case pattern == nil:
		pattern = patterns["word"]
	}
	found := pattern.FindString(rest)
	if found == "" || glued && byKeyword[found] != nil || e.text == "CIDR" && found == "host" {
		return nil
	}
	return []int{at + len(found)}
}
