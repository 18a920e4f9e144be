package grammar

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/spell"
)

// place is where a statement is. Places can be joined with |.
type place int

const (
	atTop place = 1 << iota
	inEnvironment
	inNamespace

	anywhere = atTop | inEnvironment | inNamespace
)

// braces says what a statement has between braces.
type braces int

const (
	noBraces braces = iota
	items           // a list, which is part of the statement
	block           // statements
)

// statement is one row of the table of statements.
type statement struct {
	keyword  string // the word that begins it; an edge has none
	article  string // its name in a sentence
	places   place  // where it is allowed
	where    string // says where, if it is not allowed everywhere
	declares bool   // names follow the keyword, and it declares them
	then     string // the word that can follow the names of a block
	braces   braces
	inside   place // where the statements of its block are
	parse    parse
}

// statements is the table of statements: everything that depends on the kinds of statements reads it.
// The last row is the edge. (It is set by init, since productions use it as well.)
var statements []statement

func init() {
	statements = []statement{
		{keyword: "import", article: "an import", places: atTop, where: "write it at the top level, outside every block",
			parse: parsedAs[importFile]()},
		{keyword: "namespace", article: "a namespace", places: atTop | inEnvironment, where: "write it at the top level or in an environment",
			declares: true, then: "isolates", braces: block, inside: inNamespace, parse: parsedAs[namespace]()},
		{keyword: "tier", article: "a tier", places: anywhere,
			declares: true, braces: items, parse: parsedAs[tier]()},
		{keyword: "external", article: "an external", places: anywhere,
			declares: true, braces: items, parse: parsedAs[external]()},
		{keyword: "environment", article: "an environment", places: atTop, where: "write it at the top level, outside every block",
			declares: true, then: "by", braces: block, inside: inEnvironment, parse: parsedAs[environment]()},
		{keyword: "network", article: "a network statement", places: atTop, where: "write it at the top level, outside every block",
			braces: items, parse: parsedAs[network]()},
		{keyword: "labels", article: "a labels statement", places: inNamespace, where: "write it in the block of the namespace that has the labels",
			parse: parsedAs[labels]()},
		{keyword: "deny", article: "a deny", places: anywhere, parse: parsedAs[deny]()},
		{keyword: "isolate", article: "an isolate", places: anywhere, parse: parsedAs[isolate]()},
		{keyword: "dns", article: "a dns statement", places: atTop, where: "write it at the top level, outside every block",
			parse: parsedAs[dns]()},
		{article: "an edge", places: anywhere, parse: parsedAs[edge]()},
	}
	for i := range statements {
		s := &statements[i]
		byKeyword[s.keyword] = s
		if s.keyword != "" {
			keywords = append(keywords, s.keyword)
		}
	}
}

var (
	byKeyword = map[string]*statement{}
	keywords  []string // in the order of the table
)

// endpoints are the names that need no declaration.
var endpoints = []string{"internet", "cluster", "nodes", "apiserver", "all"}

// Reserved reports whether a word cannot be a name.
func Reserved(w string) bool {
	return w != "" && byKeyword[w] != nil || w == "any" || slices.Contains(endpoints, w)
}

// nearestKeyword returns the keyword that a word was probably meant to be, or "".
func nearestKeyword(w string) string {
	if k := Keyword(w); k != "" {
		return k
	}
	if insteadOf(beginnings, w).help != "" {
		return "" // what to write for it is known
	}
	return spell.Nearest(strings.ToLower(w), keywords)
}

// Keyword returns the keyword for a word of another tool, such as tier for deployment; "" if there is
// none.
func Keyword(w string) string {
	if w = strings.ToLower(w); slices.Contains(keywords, w) {
		return w
	}
	return insteadOf(synonyms, w).write
}
