package format_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

// mustPrint prints a tree that a program can have.
func mustPrint(t *rapid.T, f *ast.File) string {
	text, err := format.Tree(f)
	if err != nil {
		t.Fatalf("Tree: %v\n%s", err, ast.Dump(f.Statements...))
	}
	return string(text)
}

func parsed(t *rapid.T, text string) *ast.File {
	f, diagnostics := grammar.Parse(source.NewFile("test.zt", text))
	if f.Broken || diagnostics.Errors() > 0 {
		t.Fatalf("syntax errors: %v\n%s", diagnostics, text)
	}
	return f
}

// A random tree that is printed and parsed is the same tree, and its text is canonical.
func TestRandomTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := (&builder{t: t, comments: true}).file()
		text := mustPrint(t, f)
		if diff := cmp.Diff(ast.Dump(f.Statements...), ast.Dump(parsed(t, text).Statements...)); diff != "" {
			t.Fatalf("the tree changed (-built +parsed):\n%s\n%s", diff, text)
		}
		if diff := cmp.Diff(text, mustFormat(t, text)); diff != "" {
			t.Fatalf("the text is not canonical (-printed +formatted):\n%s", diff)
		}
		for line := range strings.Lines(text) {
			code, comment, _ := strings.Cut(strings.TrimSpace(line), "# ")
			if trails := strings.HasPrefix(comment, "trailing "); trails && code == "" || !trails && code != "" &&
				(strings.HasPrefix(comment, "doc ") || strings.HasPrefix(comment, "file ")) {
				t.Fatalf("a comment is at the wrong place in %q", line)
			}
		}
	})
}

// A tree with a word of any text, or with its statements in another order, is printed as it is or
// refused.
func TestRandomWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := (&builder{t: t, comments: true}).file()
		if rapid.Bool().Draw(t, "parsed") {
			f = parsed(t, mustPrint(t, f))
		}
		if rapid.Bool().Draw(t, "reverse") {
			slices.Reverse(f.Statements)
		}
		var words []*ast.Word
		ast.Walk(f, func(n ast.Node) bool {
			if w, ok := n.(*ast.Word); ok {
				words = append(words, w)
			}
			return true
		})
		if len(words) > 0 {
			rapid.SampledFrom(words).Draw(t, "word").Text = rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9/:.*#{}()\n -]*`)).Draw(t, "text")
		}
		text, err := format.Tree(f)
		if err != nil {
			return
		}
		again, _ := grammar.Parse(source.NewFile("test.zt", string(text)))
		if diff := cmp.Diff(ast.Dump(f.Statements...), ast.Dump(again.Statements...)); diff != "" {
			t.Fatalf("the tree changed (-want +got):\n%s\n%s", diff, text)
		}
	})
}

// mess lays out a program as badly as the language allows, with numbered comments.
type mess struct {
	t        *rapid.T
	out      strings.Builder
	comments []string
}

func (m *mess) write(of ...string) { m.out.WriteString(rapid.SampledFrom(of).Draw(m.t, "text")) }

func (m *mess) blanks() { m.write("", "", " ", "\t ") }

// lines writes line breaks and comments.
func (m *mess) lines(atLeast int) {
	for range max(atLeast, rapid.IntRange(-3, 3).Draw(m.t, "lines")) {
		m.blanks()
		if rapid.IntRange(0, 2).Draw(m.t, "comment") == 0 {
			space := rapid.SampledFrom([]string{"", " "}).Draw(m.t, "space")
			end := rapid.SampledFrom([]string{"{", "},", "a -> b", "; #", "ü"}).Draw(m.t, "end")
			m.comments = append(m.comments, fmt.Sprintf("#%s%d %s", space, len(m.comments), end))
			m.write(m.comments[len(m.comments)-1])
			m.blanks()
		}
		m.write("\n", "\r\n")
	}
	m.blanks()
}

// separate writes a mark, with or without further lines, or at least one line break.
func (m *mess) separate(marks ...string) {
	if rapid.Bool().Draw(m.t, "mark") {
		m.write(marks...)
		m.lines(0)
	} else {
		m.lines(1)
	}
}

var token = regexp.MustCompile(`"[^"]*"|<?->|!=|\n *| +|[!=,{}():]|[^\s"!=,{}():][^\s"!=,{}()]*`)

// program writes a program again that is in canonical layout and has no comments.
func (m *mess) program(text string) {
	const list, block, parentheses = 'l', 'b', 'p'
	around := []rune{block} // the brackets around the token
	keyword, begins := "", true
	tokens := append(token.FindAllString(text, -1), "")
	previous := ""
	m.lines(0)
	for i, tok := range tokens[:len(tokens)-1] {
		inside, next := around[len(around)-1], tokens[i+1]
		isBreak := tok[0] == '\n' || tok[0] == ' '
		switch {
		case isBreak && (previous == "{" || previous == "->" || previous == "<->" || next == "}" || next == ""):
			if inside == list && next == "}" && previous != "{" {
				m.write("", ",")
			}
			m.lines(0)
		case isBreak && previous == ",": // the comma wrote it
		case tok[0] == '\n' && inside == block:
			m.separate(";", " ; ")
		case tok[0] == '\n' || tok == "," && inside == list:
			m.separate(",", " ,")
		case tok[0] == ' ':
			m.write(" ", "  ", "\t")
		case tok == ",":
			m.blanks()
			m.write(",")
			m.lines(0)
		case tok == "(" || tok == "{":
			m.write(tok)
			switch {
			case tok == "(":
				around = append(around, parentheses)
				m.lines(0)
			case keyword == "tier" || keyword == "external",
				keyword == "environment" && tokens[i-2] == "by" && tokens[i-4] != keyword && tokens[i-4] != ",": // no environment's name
				around = append(around, list)
			default:
				around = append(around, block)
			}
			if next == "}" {
				m.lines(0)
			}
		case tok == ")" || tok == "}":
			around = around[:len(around)-1]
			if tok == ")" {
				m.lines(0)
			}
			m.write(tok)
		case tok == "=" || tok == "!=" || tok == "!" || tok == ":":
			m.blanks()
			if tok == "=" && inside == list {
				m.write("=", "==")
			} else {
				m.write(tok)
			}
			m.blanks()
		default:
			if begins {
				keyword = tok
			}
			m.write(tok)
		}
		begins = inside == block && (tok[0] == '\n' || isBreak && previous == "{")
		previous = tok
	}
}

var (
	numberedComment = regexp.MustCompile(`# ?\d+ .*`)
	blanksAndCommas = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", ",", "", ";", "", "==", "=")
)

// before returns the words of a text before a comment.
func before(text, comment string) string {
	text, _, _ = strings.Cut(text, comment)
	return blanksAndCommas.Replace(numberedComment.ReplaceAllString(text, ""))
}

// withoutDocs returns the dump of a file's tree without its comments.
func withoutDocs(f *ast.File) string {
	ast.Walk(f, func(n ast.Node) bool {
		if s, ok := n.(ast.Statement); ok {
			s.Common().Doc = nil
		}
		return true
	})
	return ast.Dump(f.Statements...)
}

// A random program in any layout becomes the same program in the canonical one, with its comments
// between the same words.
func TestRandomLayouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := (&builder{t: t}).file()
		canonical := mustPrint(t, f)
		m := &mess{t: t}
		m.program(canonical)
		messy := m.out.String()
		if diff := cmp.Diff(withoutDocs(f), withoutDocs(parsed(t, messy))); diff != "" {
			t.Fatalf("the test's layout is wrong (-built +parsed):\n%s\n%s\n%s", diff, canonical, messy)
		}
		once := mustFormat(t, messy)
		got := parsed(t, once)
		var comments []string
		for _, c := range got.Comments {
			comments = append(comments, c.At.Text())
		}
		at := 0
		ast.Walk(got, func(n ast.Node) bool {
			if _, isComment := n.(*ast.Comment); isComment {
				return true // those above a statement are part of it
			}
			if n.Span().Start < at {
				t.Fatalf("Walk visits %T %q after a later node", n, n.Span().Text())
			}
			at = n.Span().Start
			return true
		})
		if diff := cmp.Diff(withoutDocs(f), withoutDocs(got)); diff != "" {
			t.Fatalf("the tree changed (-want +got):\n%s\n%s", diff, messy)
		}
		if diff := cmp.Diff(m.comments, comments); diff != "" {
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
