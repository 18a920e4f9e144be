package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// requirementWords are words of other selectors, by what is expected instead: the end of a requirement.
var requirementWords = []instead{
	{"and", ",", "separate requirements with commas; all of them must hold"},
	{"or", "", alternatives},
	{"exists present", "", existence},
	{"not", "", exclusion},
	{"is eq equals matches contains like", "", "compare with =, != or, for several values, in (a, b) and notin (a, b)"},
}

const (
	alternatives = "for alternative values write KEY in (a, b)"
	exclusion    = "exclude a label with KEY!=VALUE, !KEY or KEY notin (a, b)"
	existence    = "a key alone requires the label, as in `tier web { app }`; !app excludes it"
)

// foreignRequirement says what to write for a token in a tier's selector that reads like the selectors
// of another tool. List are the tokens of the selector before it.
func foreignRequirement(list tokens, tok *lexer.Token) instead {
	if values, open := inParentheses(list); open {
		if tok.Type == word && !afterSeparator(values) {
			return instead{help: "separate values with commas"}
		}
		return instead{}
	}
	last := ""
	if len(list) > 0 {
		last = strings.ToLower(list[len(list)-1].Value)
	}
	switch {
	case last == "not" && tok.Type == word:
		return instead{help: exclusion}
	case strings.HasPrefix(last, "match") || last == "podselector" || last == "selector":
		return instead{help: "write the labels directly in the braces: `tier web { app=web }`"}
	case tok.Type == word:
		return insteadOf(requirementWords, tok.Value)
	case last == "!":
		return instead{help: exclusion}
	case isMark(tok, ";"):
		return instead{write: ",", help: "separate requirements with commas; all of them must hold"}
	case isMark(tok, "(") && last == "!=":
		return instead{help: "for several values write KEY notin (a, b)"}
	case isMark(tok, "(") && (last == "=" || last == "=="):
		return instead{help: alternatives}
	case isMark(tok, "(") && last == "all":
		return instead{help: everyPod}
	case isMark(tok, "("):
		return instead{help: existence}
	case isMark(tok, ":"):
		return instead{write: "=", help: "write labels as for `kubectl get -l`: KEY=VALUE"}
	}
	return instead{}
}

const everyPod = "for every pod of a namespace write `tier every {}`, or NAMESPACE/* in an edge"

// illegalRequirement is foreignRequirement for what no statement can have.
func illegalRequirement(list tokens, found string) instead {
	switch {
	case strings.HasPrefix(found, "*") && len(list) > 0 && list[len(list)-1].Type == word:
		return instead{help: "selectors compare whole values; list them: KEY in (a, b)"}
	case found == "*" && afterSeparator(list):
		return instead{help: everyPod}
	case found == "*":
		return instead{help: "for any value write the key alone, as in `tier web { app }`"}
	case found == "<>" || found == "~=":
		return instead{help: "write != or notin"}
	}
	return instead{}
}
