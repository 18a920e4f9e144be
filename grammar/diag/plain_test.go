package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// texts are the functions whose formats people read, with the position of the format.
var texts = map[string]int{"New": 2, "WithHelp": 0, "WithRelated": 1, "WithFix": 2}

var (
	verb = regexp.MustCompile(`%[a-z]`)
	// private are words that only this project would use so, or that have a plainer one.
	private = regexp.MustCompile(`(?i)\b(behind|mends?|nobody|somebody|anybody|whoever|stands?|speaks? of|told|takes in|by itself|melt|said)\b`)
	// names may begin a message with a capital letter.
	names = regexp.MustCompile(`^(Kubernetes|DNS|IPv4|IPv6|NetworkPolicy|Service|Namespace)\b`)
)

// Messages, help lines and labels of related places are one plain line: in lower case, without a
// full stop, and with short names no longer than 80 columns.
func TestPlainMessages(t *testing.T) {
	count := 0
	for _, folder := range []string{"grammar/diag", "compiler", "compiler/resolve", "compiler/check"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				text, at := format(n)
				if text == "" {
					return true
				}
				count++
				for _, problem := range unplain(text) {
					t.Errorf("%s: %q: %s", set.Position(at), text, problem)
				}
				return true
			})
		}
	}
	if count < 150 {
		t.Errorf("only %d texts were found", count)
	}
}

// format returns the format of a call that makes a text, or "".
func format(n ast.Node) (string, token.Pos) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", 0
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", 0
	}
	i, ok := texts[f.Sel.Name]
	if !ok || i >= len(call.Args) {
		return "", 0
	}
	literal, ok := call.Args[i].(*ast.BasicLit)
	if !ok {
		return "", 0
	}
	text, _ := strconv.Unquote(literal.Value)
	return text, literal.Pos()
}

// unplain returns what is wrong with a text.
func unplain(text string) []string {
	var problems []string
	if first := []rune(text)[0]; unicode.IsUpper(first) && !names.MatchString(text) {
		problems = append(problems, "begins with a capital letter")
	}
	if strings.HasSuffix(text, ".") {
		problems = append(problems, "ends with a full stop")
	}
	if word := private.FindString(text); word != "" {
		problems = append(problems, "has the word "+strconv.Quote(word))
	}
	if shown := verb.ReplaceAllString(text, "name"); len(shown) > 80 {
		problems = append(problems, "is longer than 80 columns")
	}
	return problems
}

func TestUnplain(t *testing.T) {
	for _, text := range []string{"Wrong", "wrong.", "nobody is told", strings.Repeat("long ", 20) + "x"} {
		if unplain(text) == nil {
			t.Errorf("nothing is wrong with %q", text)
		}
	}
	if problems := unplain("undefined name %q in namespace %s"); problems != nil {
		t.Error(problems)
	}
}
